package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;

/**
 * How 3x3 kernels are transformed, and their gradients back. Equal ones take the same weights.
 *
 * @param points along a side of a tile
 * @param isStrided whether for a stride of 2, by {@link Strided}
 */
public record KernelTransform(int points, boolean isStrided) {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private int side() {
        return isStrided ? points + 1 : points;
    }

    /** Values of a transformed kernel. */
    int kernels() {
        return side() * side();
    }

    /** From 9 vectors {@code inStep} bytes apart to {@link #kernels}, {@code outStep} bytes apart. */
    void run(long in, long inStep, long between, long out, long outStep) {
        if (isStrided) {
            Strided.kernel(points, in, 3 * inStep, inStep, 3, between, 3 * PIXEL, PIXEL);
            Strided.kernel(points, between, PIXEL, 3 * PIXEL, side(), out, outStep, side() * outStep);
        } else if (points == WholePlaneKernels.POINTS) {
            WholePlaneKernels.kernel(in, inStep, out, outStep);
        } else {
            WinogradKernel.run(points, in, 3 * inStep, inStep, 3, between, 3 * PIXEL, PIXEL);
            WinogradKernel.run(points, between, PIXEL, 3 * PIXEL, points, out, outStep, points * outStep);
        }
    }

    /** The transposed, with a stride of 1: from {@link #kernels} sums {@code inStep} bytes apart to the 9 of a kernel's gradient, {@code outStep} bytes apart. */
    void gradient(long in, long inStep, long between, long out, long outStep) {
        if (points == WholePlaneKernels.POINTS) {
            WholePlaneKernels.kernelGradient(in, inStep, out, outStep);
        } else {
            int row = points * PIXEL;
            WinogradKernel.transposed(points, in, points * inStep, inStep, points, between, row, PIXEL);
            WinogradKernel.transposed(points, between, PIXEL, row, 3, out, outStep, 3 * outStep);
        }
    }
}
