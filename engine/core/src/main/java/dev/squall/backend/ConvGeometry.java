package dev.squall.backend;

import dev.squall.tensor.Shape;

/**
 * How a convolution's window moves: {@code y[n, k, i, j] = sum over c, a, b of w[k, c, a, b] * x[n, c0 + c, i*strideH - padH +
 * a*dilationH, j*strideW - padW + b*dilationW]}, with zeros outside the image and c0 the first channel of k's group.
 *
 * @param groups into how many separate convolutions the channels are divided; depthwise when equal to the number of channels. What is not finite
 *     in one group stays in this group; but where groups have more than 8 channels, and on one side not a multiple of 16, a backend on a device
 *     takes neighbours together, with zeros where no weight is, and zero times NaN or infinity is NaN: to ask first would make it wait
 */
public record ConvGeometry(
        int kernelH,
        int kernelW,
        int strideH,
        int strideW,
        int padH,
        int padW,
        int dilationH,
        int dilationW,
        int groups) {

    /** The most pixels that a kernel with its dilation, a stride or a padding may have: what kernels compute from them fits into ints. */
    private static final int LIMIT = 1 << 20;

    public ConvGeometry {
        if (kernelH < 1 || kernelW < 1 || strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || groups < 1) {
            throw new IllegalArgumentException("kernel, stride, dilation and groups must be at least 1, got kernel "
                    + kernelH + "x" + kernelW + ", stride " + strideH + "x" + strideW + ", dilation " + dilationH + "x"
                    + dilationW
                    + ", groups " + groups);
        }
        if (padH < 0 || padW < 0) {
            throw new IllegalArgumentException("padding must not be negative, got " + padH + "x" + padW);
        }
        long extent = Math.max(extent(kernelH, dilationH), extent(kernelW, dilationW));
        long largest = Math.max(Math.max(extent, Math.max(padH, padW)), Math.max(strideH, strideW));
        if (largest > LIMIT) {
            throw new IllegalArgumentException("a kernel with its dilation, stride and padding may each be at most "
                    + LIMIT + " pixels, got " + largest);
        }
    }

    /** The pixels from the first tap of a kernel to its last. */
    private static long extent(int kernel, int dilation) {
        return (long) dilation * (kernel - 1) + 1;
    }

    /** A square kernel with equal stride and padding both ways, no dilation, one group. */
    public static ConvGeometry square(int kernel, int stride, int padding) {
        return new ConvGeometry(kernel, kernel, stride, stride, padding, padding, 1, 1, 1);
    }

    /** The same with {@code groups} groups. */
    public ConvGeometry grouped(int groups) {
        return new ConvGeometry(kernelH, kernelW, strideH, strideW, padH, padW, dilationH, dilationW, groups);
    }

    /** The output height for an input height; 0 or less if the window does not fit. */
    public int outputHeight(int height) {
        return outputs(height, padH, extent(kernelH, dilationH), strideH);
    }

    /** The output width for an input width; 0 or less if the window does not fit. */
    public int outputWidth(int width) {
        return outputs(width, padW, extent(kernelW, dilationW), strideW);
    }

    private static int outputs(int size, int pad, long extent, int stride) {
        long padded = size + 2L * pad;
        if (padded > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "an image with its padding may have at most 2^31 - 1 pixels a side, got " + padded);
        }
        return (int) (Math.floorDiv(padded - extent, (long) stride) + 1);
    }

    /** The output shape {@code [N, K, H', W']} for images {@code [N, C, H, W]} and weights {@code [K, C/groups, kernelH, kernelW]}. */
    public Shape output(Shape x, Shape w) {
        return Shape.of(x.batch(), w.dim(0), outputHeight(x.height()), outputWidth(x.width()));
    }

    /** Multiply-adds of the forward pass: one for each output element, input channel of its group, and kernel position. */
    public long multiplyAdds(Shape y, Shape w) {
        return (long) y.elements() * w.dim(1) * kernelH * kernelW;
    }
}
