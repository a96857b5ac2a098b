package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;

/**
 * A few rows of a few positions of one vector of channels, each channel with its own weight: {@code out[j] = epilogue(bias + sum over t of in[j][taps[t]]
 * * weights[t])}. Implementations come from {@link LaneKernels#depthwise}.
 */
public interface DepthwiseKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in the first position's vector, as seen through a tap of offset 0
     * @param inRow step from a row of positions to the next in the input
     * @param taps offsets added to {@code in}
     * @param tapCount taps to sum
     * @param weights the first tap's vector; taps are {@link BlockedLayout#PIXEL_BYTES} apart
     * @param out the first position's vector
     * @param outRow as {@code inRow}, in the output
     * @param epilogue what to do with the sums before they are written
     * @param bias of the vector of channels, or {@link DenseKernel#NO_BIAS}
     */
    void run(
            long in,
            long inRow,
            long[] taps,
            int tapCount,
            long weights,
            long out,
            long outRow,
            FusedEpilogue epilogue,
            long bias);
}
