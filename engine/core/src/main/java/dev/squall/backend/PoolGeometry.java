package dev.squall.backend;

import dev.squall.tensor.Shape;

/**
 * How a pooling window moves, as in PyTorch.
 *
 * @param ceilMode round the output size up instead of down, but never start a window beyond the image and its leading padding
 * @param countPadding for averages: divide by the window's area with its padding (but without what ceil mode adds beyond it), not by the
 *     number of pixels
 */
public record PoolGeometry(
        int kernelH,
        int kernelW,
        int strideH,
        int strideW,
        int padH,
        int padW,
        boolean ceilMode,
        boolean countPadding) {

    /** The most pixels that a window or a stride may have: what kernels compute from them fits into ints. */
    private static final int LIMIT = 1 << 20;

    public PoolGeometry {
        if (kernelH < 1 || kernelW < 1 || strideH < 1 || strideW < 1) {
            throw new IllegalArgumentException("kernel and stride must be at least 1, got kernel " + kernelH + "x"
                    + kernelW + ", stride " + strideH + "x" + strideW);
        }
        if (Math.max(Math.max(kernelH, kernelW), Math.max(strideH, strideW)) > LIMIT) {
            throw new IllegalArgumentException("kernel and stride must be at most " + LIMIT + " pixels, got kernel "
                    + kernelH + "x" + kernelW + ", stride " + strideH + "x" + strideW);
        }
        if (padH < 0 || padW < 0 || padH > kernelH / 2 || padW > kernelW / 2) {
            throw new IllegalArgumentException("padding must be between 0 and half the kernel, got " + padH + "x" + padW
                    + " for kernel " + kernelH + "x" + kernelW);
        }
    }

    /** A square window, rounding down, that does not count padding. */
    public static PoolGeometry square(int kernel, int stride, int padding) {
        return new PoolGeometry(kernel, kernel, stride, stride, padding, padding, false, false);
    }

    /** The same with ceil mode. */
    public PoolGeometry ceil() {
        return new PoolGeometry(kernelH, kernelW, strideH, strideW, padH, padW, true, countPadding);
    }

    /** The output shape for images {@code x}. */
    public Shape output(Shape x) {
        return Shape.of(
                x.batch(),
                x.channels(),
                extent(x.height(), kernelH, strideH, padH),
                extent(x.width(), kernelW, strideW, padW));
    }

    private int extent(int size, int kernel, int stride, int pad) {
        long padded = size + 2L * pad;
        if (padded > Integer.MAX_VALUE - LIMIT) {
            throw new IllegalArgumentException("an image to be pooled may have at most 2^31 - 2^20 pixels a side"
                    + " with its padding, got " + padded);
        }
        int span = (int) padded - kernel;
        if (!ceilMode) {
            return Math.floorDiv(span, stride) + 1;
        }
        int outputs = Math.ceilDiv(span, stride) + 1;
        return (outputs - 1) * stride >= size + pad ? outputs - 1 : outputs;
    }

    /** What an average over the window of output ({@code i}, {@code j}) divides by. */
    public int divisor(int height, int width, int i, int j) {
        return overlap(height, kernelH, strideH, padH, i) * overlap(width, kernelW, strideW, padW, j);
    }

    private int overlap(int size, int kernel, int stride, int pad, int i) {
        int start = i * stride - pad;
        int end = Math.min(start + kernel, size + (countPadding ? pad : 0));
        return end - (countPadding ? start : Math.max(start, 0));
    }
}
