package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Blurring, rearranging and pooling of images {@code [N][H][W][C8]}. One work-item computes one vector of the output, or of the input's gradient: even
 * the backward kernels gather, asking which outputs an input went into, instead of adding into places that other work-items add into too.
 *
 * <p>All take the planes' description in the same slots: 0 vectors of the result (one work-item each), 1 source, 2 result, 3 vectors of a pixel, 4 and 5 height and
 * width of the input plane, 6 and 7 of the output plane.
 */
public final class PoolingKernels {
    private PoolingKernels() {}

    public static final Kernel BLUR = Kernel.line(
                    "blurPool",
                    "the anti-alias filter [1 2 1] x [1 2 1] / 16 with stride 2, in one pass",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK, PoolingKernels::blurPool, a.context(), a.operand(0), a.operand(1), a.sizes()))
            .images(0, 1);

    public static final Kernel BLUR_BACKWARD = Kernel.line(
                    "blurPoolBackward",
                    "dx of the anti-alias filter",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::blurPoolBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel SPACE_TO_DEPTH = Kernel.line(
                    "spaceToDepth",
                    "moves blocks of pixels into channels",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::spaceToDepth,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel DEPTH_TO_SPACE = Kernel.line(
                    "depthToSpace",
                    "moves channels back into blocks of pixels",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::depthToSpace,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel SPREAD = Kernel.line(
                    "spreadAverage",
                    "dx of the global average: the same share of dy for every pixel",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::spreadAverage,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(1);

    public static final Kernel AVERAGE = Kernel.line(
                    "averagePool",
                    "averages over windows",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::averagePool,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel AVERAGE_BACKWARD = Kernel.line(
                    "averagePoolBackward",
                    "dx of averages over windows",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::averagePoolBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel MAX = Kernel.line(
                    "maxPool",
                    "maxima over windows",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK, PoolingKernels::maxPool, a.context(), a.operand(0), a.operand(1), a.sizes()))
            .images(0, 1);

    public static final Kernel MAX_BACKWARD = Kernel.line(
                    "maxPoolBackward",
                    "dx of maxima over windows: to the first maximum of each",
                    PoolingKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PoolingKernels::maxPoolBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 1, 2);

    /** Index {@code i} of a line of {@code size} that goes on by reflection: -1 is 1, size is size - 2. */
    private static int reflected(int i, int size) {
        int distance = Math.max(i, -i);
        return Math.min(distance, 2 * size - 2 - distance);
    }

    /** Two and once the neighbours: one row, or one column, of the filter. */
    private static Float8 weigh(Float8 before, Float8 middle, Float8 after) {
        return Float8.add(Float8.add(before, after), Float8.add(middle, middle));
    }

    /**
     * <pre>
     *   x   . . . . .         y[i, j] = 1/16 of   1 2 1
     *       . o . o .                             2 4 2   around x[2i, 2j],
     *       . . . . .                             1 2 1
     * </pre>
     *
     * with the image continued by reflection. Nine loads, of which six come from the cache: the neighbouring work-items load them too.
     */
    public static void blurPool(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int vector = item % vectors;
            int pixel = item / vectors;
            int j = pixel % sizes.get(7);
            int i = pixel / sizes.get(7) % sizes.get(6);
            int image = sizes.get(1) + pixel / (sizes.get(6) * sizes.get(7)) * height * width * vectors + vector;
            int step = width * vectors;
            int above = image + reflected(2 * i - 1, height) * step;
            int middle = image + 2 * i * step;
            int below = image + reflected(2 * i + 1, height) * step;
            int left = reflected(2 * j - 1, width) * vectors;
            int centre = 2 * j * vectors;
            int right = reflected(2 * j + 1, width) * vectors;
            Float8 sum = weigh(
                    weigh(from.get(above + left), from.get(above + centre), from.get(above + right)),
                    weigh(from.get(middle + left), from.get(middle + centre), from.get(middle + right)),
                    weigh(from.get(below + left), from.get(below + centre), from.get(below + right)));
            to.set(sizes.get(2) + item, Float8.mult(sum, Float8s.splat(0.0625f)));
        }
    }

    /** How often, weighted with [1 2 1] / 4, output {@code i} of a blurred line of {@code size} reads input {@code y}. */
    private static float blurWeight(int i, int y, int size) {
        float weight = 0f;
        if (reflected(2 * i - 1, size) == y) {
            weight += 0.25f;
        }
        if (2 * i == y) {
            weight += 0.5f;
        }
        if (reflected(2 * i + 1, size) == y) {
            weight += 0.25f;
        }
        return weight;
    }

    /** The inputs that outputs (y-1)/2 to (y+1)/2 read include y; no others do. Sizes as for the class; the source is dy, the result dx. */
    public static void blurPoolBackward(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int outHeight = sizes.get(6);
            int outWidth = sizes.get(7);
            int vector = item % vectors;
            int pixel = item / vectors;
            int x = pixel % width;
            int y = pixel / width % height;
            int image = sizes.get(1) + pixel / (height * width) * outHeight * outWidth * vectors + vector;
            int lastI = Math.min((y + 1) / 2, outHeight - 1);
            int lastJ = Math.min((x + 1) / 2, outWidth - 1);
            Float8 sum = Float8s.splat(0f);
            for (int i = Math.max(y - 1, 0) / 2; i <= lastI; i++) {
                float weightI = blurWeight(i, y, height);
                for (int j = Math.max(x - 1, 0) / 2; j <= lastJ; j++) {
                    float weight = weightI * blurWeight(j, x, width);
                    Float8 dy = from.get(image + (i * outWidth + j) * vectors);
                    sum = Float8.add(sum, Float8.mult(dy, Float8s.splat(weight)));
                }
            }
            to.set(sizes.get(2) + item, sum);
        }
    }

    /** The element that SpaceToDepth puts into channel {@code channel} of a pixel whose block starts at pixel {@code corner} of the input. */
    private static float fromBlock(
            VectorFloat8 from, int base, int corner, int channel, int channels, int block, int width, int pixelFloats) {
        float value = 0f;
        if (channel < block * block * channels) {
            int position = channel / channels;
            int pixel = corner + position / block * width + position % block;
            value = from.getArray().get(base + pixel * pixelFloats + channel % channels);
        }
        return value;
    }

    /**
     * Sizes beside the class's: 8 block, 9 channels of the input, 10 floats of a pixel of the input. y[(bh * block + bw) * C + c, i, j] = x[c, i * block + bh, j *
     * block + bw]:
     *
     * <pre>
     *   x   a b      y   (a b c d)      block 2: four pixels become the channels of one
     *       c d
     * </pre>
     */
    public static void spaceToDepth(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int width = sizes.get(5);
            int block = sizes.get(8);
            int c = sizes.get(9);
            int pf = sizes.get(10);
            int base = sizes.get(1) * 8;
            int channel = item % vectors * 8;
            int pixel = item / vectors;
            int j = pixel % sizes.get(7);
            int i = pixel / sizes.get(7) % sizes.get(6);
            int corner = pixel / (sizes.get(6) * sizes.get(7)) * sizes.get(4) * width + i * block * width + j * block;
            float s0 = fromBlock(from, base, corner, channel, c, block, width, pf);
            float s1 = fromBlock(from, base, corner, channel + 1, c, block, width, pf);
            float s2 = fromBlock(from, base, corner, channel + 2, c, block, width, pf);
            float s3 = fromBlock(from, base, corner, channel + 3, c, block, width, pf);
            float s4 = fromBlock(from, base, corner, channel + 4, c, block, width, pf);
            float s5 = fromBlock(from, base, corner, channel + 5, c, block, width, pf);
            float s6 = fromBlock(from, base, corner, channel + 6, c, block, width, pf);
            float s7 = fromBlock(from, base, corner, channel + 7, c, block, width, pf);
            to.set(sizes.get(2) + item, new Float8(s0, s1, s2, s3, s4, s5, s6, s7));
        }
    }

    /** The inverse. Here 4 and 5 describe the large plane, which is the result; 8 block, 9 channels of the result, 10 floats of a pixel of the source. */
    public static void depthToSpace(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int width = sizes.get(5);
            int height = sizes.get(4);
            int block = sizes.get(8);
            int c = sizes.get(9);
            int channel = item % vectors * 8;
            int pixel = item / vectors;
            int x = pixel % width;
            int y = pixel / width % height;
            int small = (pixel / (width * height) * sizes.get(6) + y / block) * sizes.get(7) + x / block;
            int at = sizes.get(1) * 8 + small * sizes.get(10) + (y % block * block + x % block) * c;
            to.set(sizes.get(2) + item, Float8s.channelValues(from, at, channel, c));
        }
    }

    /** Sizes beside the class's: 8 channels, 9 floats of dy from image to image. dx[n, c, h, w] = dy[n, c] / (H W). */
    public static void spreadAverage(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int plane = sizes.get(4) * sizes.get(5);
            int image = item / (vectors * plane);
            Float8 dy =
                    Float8s.loadPixel(from, sizes.get(1) * 8, sizes.get(9), image, item % vectors * 8, sizes.get(8));
            to.set(sizes.get(2) + item, Float8.mult(dy, Float8s.splat(1f / plane)));
        }
    }

    /** The extent of window {@code i} over a line of {@code size} that an average divides by, padding included if {@code countPadding} is 1. */
    private static int extent(int i, int size, int kernel, int stride, int pad, int countPadding) {
        int start = i * stride - pad;
        int counted = Math.min(start + kernel, size + pad * countPadding);
        return counted - Math.max(start, -pad * countPadding);
    }

    /**
     * y[i, j] = the mean of x over the window whose corner is at (i * stride - padding, j * stride - padding).
     *
     * <pre>
     *   padding  o o o . .         a window that hangs over the edge is cut off there; by what its sum is divided,
     *            o X X . .         9 or the 4 values that exist, is slot 14
     *            o X X . .
     * </pre>
     *
     * Sizes beside the class's: 8-13 kernel height and width, stride, padding, 14 whether padding counts.
     */
    public static void averagePool(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int pixel = item / vectors;
            int j = pixel % sizes.get(7);
            int i = pixel / sizes.get(7) % sizes.get(6);
            int image =
                    sizes.get(1) + pixel / (sizes.get(6) * sizes.get(7)) * height * width * vectors + item % vectors;
            int top = i * sizes.get(10) - sizes.get(12);
            int left = j * sizes.get(11) - sizes.get(13);
            int bottom = Math.min(top + sizes.get(8), height);
            int right = Math.min(left + sizes.get(9), width);
            Float8 sum = Float8s.splat(0f);
            for (int y = Math.max(top, 0); y < bottom; y++) {
                for (int x = Math.max(left, 0); x < right; x++) {
                    sum = Float8.add(sum, from.get(image + (y * width + x) * vectors));
                }
            }
            int area = extent(i, height, sizes.get(8), sizes.get(10), sizes.get(12), sizes.get(14))
                    * extent(j, width, sizes.get(9), sizes.get(11), sizes.get(13), sizes.get(14));
            to.set(sizes.get(2) + item, Float8.mult(sum, Float8s.splat(1f / area)));
        }
    }

    /** The first window of a line that covers input {@code y}. */
    private static int firstWindow(int y, int kernel, int stride, int pad) {
        return (Math.max(y + pad - kernel + 1, 0) + stride - 1) / stride;
    }

    /**
     * dx[y, x] = the sum, over the windows that cover it, of dy / the window's area. The windows that cover one input are a rectangle too, from
     * {@link #firstWindow} to the last that begins at or before it.
     *
     * <p>Sizes as {@link #averagePool}; the source is dy, the result dx.
     */
    public static void averagePoolBackward(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int outWidth = sizes.get(7);
            int pixel = item / vectors;
            int x = pixel % width;
            int y = pixel / width % height;
            int image = sizes.get(1) + pixel / (height * width) * sizes.get(6) * outWidth * vectors + item % vectors;
            int lastI = Math.min((y + sizes.get(12)) / sizes.get(10), sizes.get(6) - 1);
            int lastJ = Math.min((x + sizes.get(13)) / sizes.get(11), outWidth - 1);
            Float8 sum = Float8s.splat(0f);
            for (int i = firstWindow(y, sizes.get(8), sizes.get(10), sizes.get(12)); i <= lastI; i++) {
                int tall = extent(i, height, sizes.get(8), sizes.get(10), sizes.get(12), sizes.get(14));
                for (int j = firstWindow(x, sizes.get(9), sizes.get(11), sizes.get(13)); j <= lastJ; j++) {
                    int area = tall * extent(j, width, sizes.get(9), sizes.get(11), sizes.get(13), sizes.get(14));
                    Float8 dy = from.get(image + (i * outWidth + j) * vectors);
                    sum = Float8.add(sum, Float8.mult(dy, Float8s.splat(1f / area)));
                }
            }
            to.set(sizes.get(2) + item, sum);
        }
    }

    /** y[i, j] = the largest of x over the window, in each of the eight channels by itself. Sizes as {@link #averagePool}, without 14. */
    public static void maxPool(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int vectors = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int pixel = item / vectors;
            int j = pixel % sizes.get(7);
            int i = pixel / sizes.get(7) % sizes.get(6);
            int image =
                    sizes.get(1) + pixel / (sizes.get(6) * sizes.get(7)) * height * width * vectors + item % vectors;
            int top = Math.max(i * sizes.get(10) - sizes.get(12), 0);
            int left = Math.max(j * sizes.get(11) - sizes.get(13), 0);
            int bottom = Math.min(i * sizes.get(10) - sizes.get(12) + sizes.get(8), height);
            int right = Math.min(j * sizes.get(11) - sizes.get(13) + sizes.get(9), width);
            Float8 largest = from.get(image + (top * width + left) * vectors);
            for (int y = top; y < bottom; y++) {
                for (int x = left; x < right; x++) {
                    largest = Float8s.larger(largest, from.get(image + (y * width + x) * vectors));
                }
            }
            to.set(sizes.get(2) + item, largest);
        }
    }

    /**
     * One work-item a single float of dx, since which window it wins differs from channel to channel. It wins a window if it is larger than all before it in the window
     * and not smaller than any after it. Sizes as {@link #averagePool}, but 0 counts floats, 14 is the first vector of x, and 3 floats of a pixel.
     */
    public static void maxPoolBackward(
            KernelContext context, VectorFloat8 inputs, VectorFloat8 gradients, VectorFloat8 results, IntArray sizes) {
        int item = context.globalIdx;
        if (item < sizes.get(0)) {
            int stride = sizes.get(3);
            int height = sizes.get(4);
            int width = sizes.get(5);
            int outWidth = sizes.get(7);
            int pixel = item / stride;
            int x = pixel % width;
            int y = pixel / width % height;
            int n = pixel / (height * width);
            int image = sizes.get(14) * 8 + n * height * width * stride + item % stride;
            int outputs = sizes.get(1) * 8 + n * sizes.get(6) * outWidth * stride + item % stride;
            int lastI = Math.min((y + sizes.get(12)) / sizes.get(10), sizes.get(6) - 1);
            int lastJ = Math.min((x + sizes.get(13)) / sizes.get(11), outWidth - 1);
            float mine = inputs.getArray().get(image + (y * width + x) * stride);
            float sum = 0f;
            for (int i = firstWindow(y, sizes.get(8), sizes.get(10), sizes.get(12)); i <= lastI; i++) {
                for (int j = firstWindow(x, sizes.get(9), sizes.get(11), sizes.get(13)); j <= lastJ; j++) {
                    int top = i * sizes.get(10) - sizes.get(12);
                    int left = j * sizes.get(11) - sizes.get(13);
                    int bottom = Math.min(top + sizes.get(8), height);
                    int right = Math.min(left + sizes.get(9), width);
                    float wins = 1f;
                    for (int a = Math.max(top, 0); a < bottom; a++) {
                        for (int b = Math.max(left, 0); b < right; b++) {
                            float other = inputs.getArray().get(image + (a * width + b) * stride);
                            if (other > mine) {
                                wins = 0f;
                            }
                            if (a * width + b < y * width + x) {
                                if (other == mine) {
                                    wins = 0f;
                                }
                            }
                        }
                    }
                    sum += wins * gradients.getArray().get(outputs + (i * outWidth + j) * stride);
                }
            }
            results.getArray().set(sizes.get(2) * 8 + item, sum);
        }
    }
}
