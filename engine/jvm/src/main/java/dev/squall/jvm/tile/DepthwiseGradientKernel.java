package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;
import jdk.incubator.vector.VectorShuffle;

/**
 * The weight gradients of a few rows of a few taps, for one vector of channels: {@code sums[order][tap] += sum over positions of in[position + tap] *
 * gradient[position] in this order}, lane by lane. Implementations come from {@link LaneKernels#depthwiseGradient}.
 */
public interface DepthwiseGradientKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in what the first tap meets at the first position
     * @param inRow step from a row of positions to the next in the input
     * @param tapRow step from what a tap meets to what the tap below it does
     * @param gradient the first position's gradient; positions are {@link BlockedLayout#PIXEL_BYTES} apart
     * @param gradientRow step from a row of positions to the next in the gradient
     * @param rows of positions
     * @param width positions in a row, 1 or more
     * @param orders of the lanes of the gradient, or none where channels are by themselves
     * @param sums of the first tap; taps are {@link BlockedLayout#PIXEL_BYTES} apart
     * @param sumsRow step from the sum of a tap to that of the tap below it
     * @param sumsOrder step from the sum in an order to that in the next
     */
    void run(
            long in,
            long inRow,
            long tapRow,
            long gradient,
            long gradientRow,
            int rows,
            int width,
            VectorShuffle<Float>[] orders,
            long sums,
            long sumsRow,
            long sumsOrder);
}
