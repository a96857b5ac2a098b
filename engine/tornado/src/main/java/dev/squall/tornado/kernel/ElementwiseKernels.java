package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * One work-item computes one vector of eight floats, because a CPU driver does not join work-items into vectors once a kernel has a loop
 * or a branch, and a GPU reads 32 bytes at once just as well. These kernels are bound by memory: what counts is that each value is read and
 * written once.
 *
 * <p>Padding channels hold zeros and must go on doing so. f(0) = 0 keeps them for most functions; {@link ActivationKernels#activateVectors} masks the sigmoid.
 */
public final class ElementwiseKernels {
    private ElementwiseKernels() {}

    public static final Kernel SCALE = Kernel.line(
                    "scaleVectors",
                    "out = alpha * x",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::scaleVectors,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel SCALE_BY = Kernel.line(
                    "scaleByElement",
                    "out = alpha * factor * x, the factor one element of the arena",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::scaleByElement,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 2);

    public static final Kernel BROADCAST = Kernel.line(
                    "broadcastElement",
                    "out = alpha * value everywhere, the value one element of the arena",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::broadcastElement,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(1);

    public static final Kernel AXPBY = Kernel.line(
                    "axpby",
                    "out = alpha * x + beta * y",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::axpby,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    public static final Kernel MULTIPLY = Kernel.line(
                    "multiplyVectors",
                    "out = x * y",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::multiplyVectors,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 1, 2);

    public static final Kernel ADD_RELU = Kernel.line(
                    "addRelu",
                    "out = max(x + y, 0): the end of a residual block in one pass",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::addRelu,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 1, 2);

    public static final Kernel EXCITE_ADD_RELU = Kernel.line(
                    "exciteAddRelu",
                    "out = max(x * s + y, 0) with one s per channel, or per image and channel: the end of a residual block with squeeze-and-excitation",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::exciteAddRelu,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.operand(3),
                            a.sizes()))
            .images(0, 2, 3);

    public static final Kernel CHANNELS = Kernel.line(
                    "combineChannels",
                    "out = x * s or x + s with one s per channel, or per image and channel",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::combineChannels,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 2);

    public static final Kernel DROPOUT = Kernel.line(
                    "dropoutVectors",
                    "out = x / (1 - p) where a hash of seed and index says so, else 0",
                    ElementwiseKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ElementwiseKernels::dropoutVectors,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    /** Sizes: 0 vectors, 1 x, 2 out. Settings: 0 alpha. */
    public static void scaleVectors(
            KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8s.store(
                    out,
                    sizes.get(2),
                    i,
                    sizes.get(0),
                    Float8.mult(Float8s.load(x, sizes.get(1), i, sizes.get(0)), Float8s.splat(settings.get(0))));
        }
    }

    /** Sizes: 0 vectors, 1 x, 2 out, 3 factor. Settings: 0 alpha. */
    public static void scaleByElement(
            KernelContext context,
            VectorFloat8 x,
            VectorFloat8 factors,
            VectorFloat8 out,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            float factor = settings.get(0) * factors.getArray().get(sizes.get(3) * 8);
            Float8s.store(
                    out,
                    sizes.get(2),
                    i,
                    sizes.get(0),
                    Float8.mult(Float8s.load(x, sizes.get(1), i, sizes.get(0)), Float8s.splat(factor)));
        }
    }

    /** Sizes: 0 vectors, 1 value, 2 out, 3 vectors of a pixel, 4 channels. Settings: 0 alpha. */
    public static void broadcastElement(
            KernelContext context, VectorFloat8 element, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            float value = settings.get(0) * element.getArray().get(sizes.get(1) * 8);
            int channel = i % sizes.get(3) * 8;
            out.set(sizes.get(2) + i, Float8s.mask(Float8s.splat(value), channel, sizes.get(4)));
        }
    }

    /** Sizes: 0 vectors, 1 x, 2 y, 3 out. Settings: 0 alpha, 1 beta. */
    public static void axpby(
            KernelContext context,
            VectorFloat8 x,
            VectorFloat8 y,
            VectorFloat8 out,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8 ax = Float8.mult(Float8s.load(x, sizes.get(1), i, sizes.get(0)), Float8s.splat(settings.get(0)));
            Float8 by = Float8.mult(Float8s.load(y, sizes.get(2), i, sizes.get(0)), Float8s.splat(settings.get(1)));
            Float8s.store(out, sizes.get(3), i, sizes.get(0), Float8.add(ax, by));
        }
    }

    /** Sizes: 0 vectors, 1 x, 2 y, 3 out. */
    public static void multiplyVectors(
            KernelContext context, VectorFloat8 x, VectorFloat8 y, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8s.store(
                    out,
                    sizes.get(3),
                    i,
                    sizes.get(0),
                    Float8.mult(
                            Float8s.load(x, sizes.get(1), i, sizes.get(0)),
                            Float8s.load(y, sizes.get(2), i, sizes.get(0))));
        }
    }

    /** Sizes: 0 vectors, 1 x, 2 y, 3 out. */
    public static void addRelu(
            KernelContext context, VectorFloat8 x, VectorFloat8 y, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8 sum = Float8.add(
                    Float8s.load(x, sizes.get(1), i, sizes.get(0)), Float8s.load(y, sizes.get(2), i, sizes.get(0)));
            Float8 y0 = Float8s.choose(sum, Float8s.splat(0f));
            Float8s.store(out, sizes.get(3), i, sizes.get(0), y0);
        }
    }

    /**
     * Sizes: 0 vectors, 1 x, 2 out, 3 first float of s, 4 floats of s from image to image (0: one s for all), 5 vectors of an image, 6
     * vectors of a pixel, 7 channels, 8 operation (0 multiply, 1 add).
     *
     * <pre>
     *   x    [n][pixel][c..c+7]      one work-item
     *   s    [n][c..c+7]             the same for all pixels, so it comes from the cache
     * </pre>
     */
    public static void combineChannels(
            KernelContext context, VectorFloat8 from, VectorFloat8 scales, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int channel = i % sizes.get(6) * 8;
            int base = sizes.get(3) + i / sizes.get(5) * sizes.get(4);
            Float8 x = from.get(sizes.get(1) + i);
            Float8 s = Float8s.channelValues(scales, base, channel, sizes.get(7));
            Float8 product = Float8.mult(x, s);
            Float8 sum = Float8.add(x, s);
            Float8 result = product;
            if (sizes.get(8) == 1) {
                result = sum;
            }
            out.set(sizes.get(2) + i, result);
        }
    }

    /** Sizes: 0 to 7 as in {@link #combineChannels}, 8 y. */
    public static void exciteAddRelu(
            KernelContext context,
            VectorFloat8 x,
            VectorFloat8 scales,
            VectorFloat8 y,
            VectorFloat8 out,
            IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int channel = i % sizes.get(6) * 8;
            int base = sizes.get(3) + i / sizes.get(5) * sizes.get(4);
            Float8 s = Float8s.channelValues(scales, base, channel, sizes.get(7));
            Float8 excited = Float8.mult(x.get(sizes.get(1) + i), s);
            Float8 sum = Float8.add(excited, y.get(sizes.get(8) + i));
            out.set(sizes.get(2) + i, Float8s.choose(sum, Float8s.splat(0f)));
        }
    }

    /**
     * Sizes: 0 vectors, 1 x, 2 out, 3 folded seed, 4 vectors of a pixel, 5 channels, 6 pixels of a plane. Settings: 0 p, 1 the factor 1 / (1 -
     * p).
     *
     * <p>The mask is a function of the row-major index (see {@code DropoutMask}), so it is the same on every backend.
     */
    public static void dropoutVectors(
            KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int vectorsOfPixel = sizes.get(4);
            int channels = sizes.get(5);
            int plane = sizes.get(6);
            int seed = sizes.get(3);
            int pixel = i / vectorsOfPixel;
            int index = (pixel / plane * channels + i % vectorsOfPixel * 8) * plane + pixel % plane;
            float p = settings.get(0);
            float keep = settings.get(1);
            float s0 = keepOrDrop(seed, index, p, keep);
            float s1 = keepOrDrop(seed, index + plane, p, keep);
            float s2 = keepOrDrop(seed, index + 2 * plane, p, keep);
            float s3 = keepOrDrop(seed, index + 3 * plane, p, keep);
            float s4 = keepOrDrop(seed, index + 4 * plane, p, keep);
            float s5 = keepOrDrop(seed, index + 5 * plane, p, keep);
            float s6 = keepOrDrop(seed, index + 6 * plane, p, keep);
            float s7 = keepOrDrop(seed, index + 7 * plane, p, keep);
            Float8 mask = new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
            out.set(sizes.get(2) + i, Float8.mult(x.get(sizes.get(1) + i), mask));
        }
    }

    /** TornadoVM compiles the unsigned shift of an int as a signed one; the masks make up for it. */
    private static float keepOrDrop(int seed, int index, float p, float keep) {
        int x = index * 0x9E3779B9 + seed;
        x ^= (x >> 16) & 0xFFFF;
        x *= 0x7FEB352D;
        x ^= (x >> 15) & 0x1FFFF;
        x *= 0x846CA68B;
        x ^= (x >> 16) & 0xFFFF;
        float uniform = ((x >> 8) & 0xFFFFFF) * (1f / 16777216f);
        float result = keep;
        if (uniform < p) {
            result = 0f;
        }
        return result;
    }
}
