package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Kernels that move single floats between layouts: from anywhere to each place of the output, so that no two work-items write one place.
 *
 * <p>Any storage is described by three numbers: channels C, vectors of a pixel V, and pixels of a plane P. Element (n, c, p) of row-major index
 * (n C + c) P + p lies at float (n P + p) 8 V + c. A row-major storage is one image of one plane of one pixel: V vectors of a pixel, all its
 * elements channels of it, P = 1.
 */
public final class GatherKernels {
    private GatherKernels() {}

    public static final Kernel GATHER = Kernel.line(
                    "gatherRowMajor",
                    "copies elements in row-major order from one layout or shape to another",
                    GatherKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            GatherKernels::gatherRowMajor,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0);

    public static final Kernel COPY_CHANNELS = Kernel.line(
                    "copyChannels",
                    "copies a range of channels of every pixel: concatenation and its derivative",
                    GatherKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            GatherKernels::copyChannels,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel ROW_CHANNELS = Kernel.line(
            "combineRowChannels",
            "out = x * s or x + s with one s per channel, row-major",
            GatherKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    GatherKernels::combineRowChannels,
                    a.context(),
                    a.operand(0),
                    a.operand(1),
                    a.operand(2),
                    a.sizes()));

    /**
     * Sizes: 0 vectors of out, 1 x, 2 out, 3-5 C, V and P of x, 6-8 C, V and P of out, 9 elements. One work-item gathers one vector of out and writes
     * zeros where there is no element.
     */
    public static void gatherRowMajor(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            float s0 = element(from, sizes, i, 0);
            float s1 = element(from, sizes, i, 1);
            float s2 = element(from, sizes, i, 2);
            float s3 = element(from, sizes, i, 3);
            float s4 = element(from, sizes, i, 4);
            float s5 = element(from, sizes, i, 5);
            float s6 = element(from, sizes, i, 6);
            float s7 = element(from, sizes, i, 7);
            to.set(sizes.get(2) + i, new Float8(s0, s1, s2, s3, s4, s5, s6, s7));
        }
    }

    /** The element of x that belongs into lane {@code lane} of vector {@code i} of out. */
    private static float element(VectorFloat8 from, IntArray sizes, int i, int lane) {
        int channels = sizes.get(6);
        int vectors = sizes.get(7);
        int plane = sizes.get(8);
        int channel = i % vectors * 8 + lane;
        int pixel = i / vectors;
        float value = 0f;
        if (channel < channels) {
            int index = (pixel / plane * channels + channel) * plane + pixel % plane;
            if (index < sizes.get(9)) {
                int fromChannels = sizes.get(3);
                int fromPlane = sizes.get(5);
                int fromPixel = index / (fromChannels * fromPlane) * fromPlane + index % fromPlane;
                int fromChannel = index / fromPlane % fromChannels;
                value = from.getArray().get(sizes.get(1) * 8 + fromPixel * sizes.get(4) * 8 + fromChannel);
            }
        }
        return value;
    }

    /**
     * Sizes: 0 floats to write, 1 channels to write, 2 first float of x, 3 floats of a pixel of x, 4 first float of out, 5 floats of a pixel of out, 6
     * channels to copy; the others that are written are zeros, where the padding channels of out begin.
     */
    public static void copyChannels(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray xs = from.getArray();
            FloatArray ys = to.getArray();
            int pixel = i / sizes.get(1);
            int channel = i % sizes.get(1);
            float value = 0f;
            if (channel < sizes.get(6)) {
                value = xs.get(sizes.get(2) + pixel * sizes.get(3) + channel);
            }
            ys.set(sizes.get(4) + pixel * sizes.get(5) + channel, value);
        }
    }

    /**
     * Sizes: 0 elements, 1 first float of x, 2 of out, 3 of s, 4 floats of s from image to image (0: one s for all), 5 elements of an image, 6 of a
     * plane, 7 operation (0 multiply, 1 add).
     */
    public static void combineRowChannels(
            KernelContext context, VectorFloat8 from, VectorFloat8 scales, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            float x = from.getArray().get(sizes.get(1) + i);
            float s = scales.getArray()
                    .get(sizes.get(3) + i / sizes.get(5) * sizes.get(4) + i % sizes.get(5) / sizes.get(6));
            float result = x * s;
            if (sizes.get(7) == 1) {
                result = x + s;
            }
            to.getArray().set(sizes.get(2) + i, result);
        }
    }
}
