package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;

/**
 * A few positions of one vector of channels, each channel with its own weight: {@code out[j] = sum over t of in[j][taps[t]] *
 * weights[t]}. Implementations come from {@link TileKernels#depthwise}.
 */
public interface DepthwiseKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in the first position's vector, as seen through a tap of offset 0
     * @param taps offsets added to {@code in}
     * @param tapCount taps to sum
     * @param weights the first tap's vector; taps are {@link BlockedLayout#PIXEL_BYTES} apart
     * @param out the first position's vector
     * @param accumulate whether to add to what {@code out} holds
     */
    void run(long in, long[] taps, int tapCount, long weights, long out, boolean accumulate);
}
