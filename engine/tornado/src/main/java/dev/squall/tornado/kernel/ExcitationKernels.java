package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Backward passes of squeeze-and-excitation, each in one launch that reads its operands once: they write a gradient for each pixel and sum another
 * over the pixels, see {@link GroupSums}.
 */
public final class ExcitationKernels {
    private ExcitationKernels() {}

    public static final Kernel GATE = Kernel.line(
                    "gateBackward",
                    "the gradients of x * s, or of max(x * s + y, 0), with one s per channel, or per image and channel",
                    ExcitationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ExcitationKernels::gateBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.operand(3),
                            a.operand(4),
                            a.operand(5),
                            a.operand(6),
                            a.sizes()))
            .images(0, 2, 3, 4, 5);

    public static final Kernel BIAS = Kernel.line(
            "activateBackwardWithBias",
            "the gradients of f(x + bias) for leaky ReLU and sigmoid, from its output",
            ExcitationKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    ExcitationKernels::activateBackwardWithBias,
                    a.context(),
                    a.operand(0),
                    a.operand(1),
                    a.operand(2),
                    a.memory(),
                    a.sizes(),
                    a.settings()),
            Extra.SETTINGS);

    /**
     * dz = dy, or dy where out &gt; 0 and 0 elsewhere, dx = dz * s, and ds = the sum of dz * x. Sizes: 0 vectors of a pixel, 1 groups of pixels (images, or 1
     * for all together), 2 work-items for each sum, 3 pixels of a group, 4 pixels of a work-item, 5 channels, 6 floats of a pixel, 7 first float of x, 8 of
     * dy, 9 of dx, 10 of s, 11 of ds, 12 floats of s from group to group, 13 first float of out or -1, 14 of dz if there is an out.
     */
    public static void gateBackward(
            KernelContext context,
            VectorFloat8 inputs,
            VectorFloat8 scales,
            VectorFloat8 gradients,
            VectorFloat8 outputs,
            VectorFloat8 rectified,
            VectorFloat8 dx,
            VectorFloat8 ds,
            IntArray sizes) {
        float[] local = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        int item = context.localIdx;
        int parts = sizes.get(2);
        int first = item / parts * parts;
        int vectors = Math.max(1, sizes.get(0));
        int sumOfAll = (context.groupIdx * GroupSums.ITEMS + item) / parts;
        int group = sumOfAll / vectors;
        int channel = sumOfAll % vectors * 8;
        int channels = sizes.get(5);
        int stride = sizes.get(6);
        int begin = (item - first) * sizes.get(4);
        int end = group * sizes.get(3) + Math.min(begin + sizes.get(4), sizes.get(3));
        begin += group * sizes.get(3);
        Float8 own = Float8s.splat(0f);
        if (group < sizes.get(1)) {
            Float8 s = Float8s.loadPixel(scales, sizes.get(10), sizes.get(12), group, channel, channels);
            for (int p = begin; p < end; p++) {
                Float8 dz = Float8s.loadPixel(gradients, sizes.get(8), stride, p, channel, channels);
                if (sizes.get(13) >= 0) {
                    Float8 out = Float8s.loadPixel(outputs, sizes.get(13), stride, p, channel, channels);
                    dz = Float8.mult(dz, Float8s.derivative(out, 0f));
                    Float8s.storePixel(rectified, sizes.get(14), stride, p, channel, channels, dz);
                }
                Float8 x = Float8s.loadPixel(inputs, sizes.get(7), stride, p, channel, channels);
                own = Float8.add(own, Float8.mult(dz, x));
                Float8s.storePixel(dx, sizes.get(9), stride, p, channel, channels, Float8.mult(dz, s));
            }
        }
        local[item] = own.getS0();
        local[GroupSums.STRIDE + item] = own.getS1();
        local[2 * GroupSums.STRIDE + item] = own.getS2();
        local[3 * GroupSums.STRIDE + item] = own.getS3();
        local[4 * GroupSums.STRIDE + item] = own.getS4();
        local[5 * GroupSums.STRIDE + item] = own.getS5();
        local[6 * GroupSums.STRIDE + item] = own.getS6();
        local[7 * GroupSums.STRIDE + item] = own.getS7();
        context.localBarrier();
        if (item < 8 * GroupSums.ITEMS / parts) {
            int at = item % 8 * GroupSums.STRIDE + item / 8 * parts;
            float sum = 0f;
            for (int k = 0; k < parts; k++) {
                sum += local[at + k];
            }
            local[at] = sum;
        }
        context.localBarrier();
        if (item == first && group < sizes.get(1)) {
            Float8 sum = new Float8(
                    local[first],
                    local[GroupSums.STRIDE + first],
                    local[2 * GroupSums.STRIDE + first],
                    local[3 * GroupSums.STRIDE + first],
                    local[4 * GroupSums.STRIDE + first],
                    local[5 * GroupSums.STRIDE + first],
                    local[6 * GroupSums.STRIDE + first],
                    local[7 * GroupSums.STRIDE + first]);
            Float8s.storePixel(ds, sizes.get(11), sizes.get(12), group, channel, channels, sum);
        }
    }

    /**
     * dx = dy * f', and dbias = the sum of dx. Sizes: 0 vectors of a pixel, 1 work-items for each vector, 2 pixels, 3 pixels of a work-item, 4 channels, 5
     * floats of a pixel, 6 first float of y, 7 of dy, 8 of dx, 9 of dbias, 10 function. Settings: 0 slope.
     */
    public static void activateBackwardWithBias(
            KernelContext context,
            VectorFloat8 outputs,
            VectorFloat8 gradients,
            VectorFloat8 results,
            VectorFloat8 memory,
            IntArray sizes,
            FloatArray settings) {
        float[] local = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        int item = context.localIdx;
        int parts = sizes.get(1);
        int first = item / parts * parts;
        int vector = (context.groupIdx * GroupSums.ITEMS + item) / parts;
        int channel = vector * 8;
        int channels = sizes.get(4);
        int stride = sizes.get(5);
        int begin = (item - first) * sizes.get(3);
        int end = Math.min(begin + sizes.get(3), sizes.get(2));
        if (vector >= sizes.get(0)) {
            end = 0;
        }
        Float8 one = Float8s.splat(1f);
        Float8 own = Float8s.splat(0f);
        for (int p = begin; p < end; p++) {
            Float8 y = Float8s.loadPixel(outputs, sizes.get(6), stride, p, channel, channels);
            Float8 dx = Float8s.loadPixel(gradients, sizes.get(7), stride, p, channel, channels);
            if (sizes.get(10) == ActivationKernels.SIGMOID) {
                dx = Float8.mult(dx, Float8.mult(y, Float8.sub(one, y)));
            } else {
                dx = Float8.mult(dx, Float8s.derivative(y, settings.get(0)));
            }
            own = Float8.add(own, dx);
            Float8s.storePixel(results, sizes.get(8), stride, p, channel, channels, dx);
        }
        local[item] = own.getS0();
        local[GroupSums.STRIDE + item] = own.getS1();
        local[2 * GroupSums.STRIDE + item] = own.getS2();
        local[3 * GroupSums.STRIDE + item] = own.getS3();
        local[4 * GroupSums.STRIDE + item] = own.getS4();
        local[5 * GroupSums.STRIDE + item] = own.getS5();
        local[6 * GroupSums.STRIDE + item] = own.getS6();
        local[7 * GroupSums.STRIDE + item] = own.getS7();
        context.localBarrier();
        if (item < 8 * GroupSums.ITEMS / parts) {
            int at = item % 8 * GroupSums.STRIDE + item / 8 * parts;
            float sum = 0f;
            for (int k = 0; k < parts; k++) {
                sum += local[at + k];
            }
            local[at] = sum;
        }
        context.localBarrier();
        if (item == first && vector < sizes.get(0)) {
            Float8 sum = new Float8(
                    local[first],
                    local[GroupSums.STRIDE + first],
                    local[2 * GroupSums.STRIDE + first],
                    local[3 * GroupSums.STRIDE + first],
                    local[4 * GroupSums.STRIDE + first],
                    local[5 * GroupSums.STRIDE + first],
                    local[6 * GroupSums.STRIDE + first],
                    local[7 * GroupSums.STRIDE + first]);
            memory.set(sizes.get(9) / 8 + vector, sum);
        }
    }
}
