package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Batch normalisation, plain and in-place activated. With gamma = weight, or |weight| + epsilon:
 *
 * <pre>
 *   forward    y = f((x - mean) / sqrt(variance + epsilon) * gamma + bias),   f = leaky ReLU (slope 1: identity, slope 0: ReLU)
 *   backward   dz = dy * f',   xhat from x, or from y by inverting f and the affine map,
 *              dbias = sum dz,   s = sum dz * xhat,   dx = gamma / sqrt(variance + epsilon) * (dz - dbias/n - xhat * s/n)
 * </pre>
 *
 * The backward pass reads dy and x (or y) twice: once for the two sums, once for dx. That is the least possible, since dx of the first pixel needs the
 * sums over all.
 */
public final class NormalisationKernels {
    private NormalisationKernels() {}

    public static final Kernel APPLY = Kernel.line(
                    "applyNorm",
                    "batch normalisation with its activation in one pass, in place if wanted",
                    NormalisationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            NormalisationKernels::applyNorm,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel BACKWARD = Kernel.line(
                    "normBackward",
                    "the whole backward pass over few pixels: dbias, dweight and dx",
                    NormalisationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            NormalisationKernels::normBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    public static final Kernel BACKWARD_PARTIALS = Kernel.plane(
                    "normBackwardPartials",
                    "sums of dz and of dz * xhat over chunks of pixels, for each channel",
                    NormalisationKernels.class,
                    8,
                    8,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            NormalisationKernels::normBackwardPartials,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel BACKWARD_TOTALS = Kernel.line(
            "normBackwardTotals",
            "dbias and dweight from the chunks of normBackwardPartials",
            NormalisationKernels.class,
            (g, a) ->
                    g.task(Kernel.TASK, NormalisationKernels::normBackwardTotals, a.context(), a.memory(), a.sizes()));

    public static final Kernel BACKWARD_INPUT = Kernel.line(
                    "normBackwardInput",
                    "dx of batch normalisation from the two sums",
                    NormalisationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            NormalisationKernels::normBackwardInput,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    static Float8 inverseDeviation(Float8 variance, float epsilon) {
        Float8 deviation = Float8s.squareRoot(Float8.add(variance, Float8s.splat(epsilon)));
        return Float8.div(Float8s.splat(1f), deviation);
    }

    /** The weight itself, or |weight| + epsilon. */
    static Float8 gamma(Float8 weight, int absolute, float epsilon) {
        float below = 1f;
        float added = 0f;
        if (absolute == 1) {
            below = -1f;
            added = epsilon;
        }
        return Float8.add(Float8.mult(weight, Float8s.slopes(weight, below)), Float8s.splat(added));
    }

    /**
     * One work-item a vector. Sizes: 0 pixels times vectors of a pixel, 1 vectors of a pixel, 2 channels, 3 first float of x, 4 of y, 5 floats of a pixel, 6
     * mean, 7 variance, 8 weight, 9 bias, 10 whether gamma is |weight| + epsilon. Settings: 0 epsilon, 1 slope.
     */
    public static void applyNorm(
            KernelContext context,
            VectorFloat8 from,
            VectorFloat8 memory,
            VectorFloat8 to,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int all = sizes.get(0);
            int vectors = sizes.get(1);
            int channels = sizes.get(2);
            int stride = sizes.get(5);
            float epsilon = settings.get(0);
            Float8 x = Float8s.loadElements(from, sizes.get(3), stride, i, all, vectors, channels);
            Float8 mean = Float8s.loadChannels(memory, sizes.get(6), stride, i, all, vectors);
            Float8 variance = Float8s.loadChannels(memory, sizes.get(7), stride, i, all, vectors);
            Float8 weight = Float8s.loadChannels(memory, sizes.get(8), stride, i, all, vectors);
            Float8 bias = Float8s.loadChannels(memory, sizes.get(9), stride, i, all, vectors);
            Float8 scale = Float8.mult(inverseDeviation(variance, epsilon), gamma(weight, sizes.get(10), epsilon));
            Float8 z = Float8.add(Float8.mult(Float8.sub(x, mean), scale), bias);
            Float8 y = Float8.mult(z, Float8s.slopes(z, settings.get(1)));
            Float8s.storeElements(to, sizes.get(4), stride, i, all, vectors, channels, y);
        }
    }

    /**
     * xhat from the input: (x - mean) / sqrt(variance + epsilon); or from the output, undoing activation, bias and gamma.
     *
     * @param subtracted the mean or the bias
     */
    private static Float8 normalised(
            Float8 saved, int fromOutput, Float8 subtracted, Float8 gamma, Float8 inverseDeviation, float slope) {
        Float8 xhat;
        if (fromOutput == 1) {
            Float8 z = Float8.div(saved, Float8s.slopes(saved, slope));
            xhat = Float8.div(Float8.sub(z, subtracted), gamma);
        } else {
            xhat = Float8.mult(Float8.sub(saved, subtracted), inverseDeviation);
        }
        return xhat;
    }

    /** dy through the derivative of the activation, which only the form that starts from the output has. */
    private static Float8 throughActivation(Float8 dy, Float8 saved, int fromOutput, float slope) {
        float below = 1f;
        if (fromOutput == 1) {
            below = slope;
        }
        return Float8.mult(dy, Float8s.slopes(saved, below));
    }

    /**
     * All of it in one launch, see {@link GroupSums}. Sizes: 0 vectors of a pixel, 1 work-items for each vector, 2 pixels, 3 pixels of a work-item, 4
     * channels, 5 first float of x (or y), 6 of dy, 7 floats of a pixel, 8 first float of dx, 9 mean, 10 variance, 11 weight, 12 bias, 13 whether gamma is
     * |weight| + epsilon, 14 whether slot 5 is the output, 15 dbias, 16 dweight. Settings: 0 epsilon, 1 slope, 2 1 / n, or 0 if the statistics were not
     * the batch's.
     */
    public static void normBackward(
            KernelContext context,
            VectorFloat8 stored,
            VectorFloat8 gradients,
            VectorFloat8 memory,
            VectorFloat8 results,
            IntArray sizes,
            FloatArray settings) {
        float[] local = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        float[] dots = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        int item = context.localIdx;
        int parts = sizes.get(1);
        int first = item / parts * parts;
        int vector = (context.groupIdx * GroupSums.ITEMS + item) / parts;
        int begin = (item - first) * sizes.get(3);
        int end = Math.min(begin + sizes.get(3), sizes.get(2));
        if (vector >= sizes.get(0)) {
            end = 0;
        }
        int channel = vector * 8;
        int channels = sizes.get(4);
        int stride = sizes.get(7);
        int fromOutput = sizes.get(14);
        int known = Math.max(0, Math.min(vector, sizes.get(0) - 1));
        Float8 weight = memory.get(sizes.get(11) + known);
        Float8 gamma = gamma(weight, sizes.get(13), settings.get(0));
        Float8 inverse = inverseDeviation(memory.get(sizes.get(10) + known), settings.get(0));
        int origin = sizes.get(9);
        if (fromOutput == 1) {
            origin = sizes.get(12);
        }
        Float8 subtracted = memory.get(origin + known);
        Float8 own = Float8s.splat(0f);
        Float8 ownDot = Float8s.splat(0f);
        for (int p = begin; p < end; p++) {
            Float8 saved = Float8s.loadPixel(stored, sizes.get(5), stride, p, channel, channels);
            Float8 dy = Float8s.loadPixel(gradients, sizes.get(6), stride, p, channel, channels);
            Float8 dz = throughActivation(dy, saved, fromOutput, settings.get(1));
            Float8 xhat = normalised(saved, fromOutput, subtracted, gamma, inverse, settings.get(1));
            own = Float8.add(own, dz);
            ownDot = Float8.add(ownDot, Float8.mult(dz, xhat));
        }
        local[item] = own.getS0();
        local[GroupSums.STRIDE + item] = own.getS1();
        local[2 * GroupSums.STRIDE + item] = own.getS2();
        local[3 * GroupSums.STRIDE + item] = own.getS3();
        local[4 * GroupSums.STRIDE + item] = own.getS4();
        local[5 * GroupSums.STRIDE + item] = own.getS5();
        local[6 * GroupSums.STRIDE + item] = own.getS6();
        local[7 * GroupSums.STRIDE + item] = own.getS7();
        dots[item] = ownDot.getS0();
        dots[GroupSums.STRIDE + item] = ownDot.getS1();
        dots[2 * GroupSums.STRIDE + item] = ownDot.getS2();
        dots[3 * GroupSums.STRIDE + item] = ownDot.getS3();
        dots[4 * GroupSums.STRIDE + item] = ownDot.getS4();
        dots[5 * GroupSums.STRIDE + item] = ownDot.getS5();
        dots[6 * GroupSums.STRIDE + item] = ownDot.getS6();
        dots[7 * GroupSums.STRIDE + item] = ownDot.getS7();
        context.localBarrier();
        if (item < 8 * GroupSums.ITEMS / parts) {
            int at = item % 8 * GroupSums.STRIDE + item / 8 * parts;
            float sum = 0f;
            float dot = 0f;
            for (int k = 0; k < parts; k++) {
                sum += local[at + k];
                dot += dots[at + k];
            }
            local[at] = sum;
            dots[at] = dot;
        }
        context.localBarrier();
        if (vector < sizes.get(0)) {
            Float8 sum = new Float8(
                    local[first],
                    local[GroupSums.STRIDE + first],
                    local[2 * GroupSums.STRIDE + first],
                    local[3 * GroupSums.STRIDE + first],
                    local[4 * GroupSums.STRIDE + first],
                    local[5 * GroupSums.STRIDE + first],
                    local[6 * GroupSums.STRIDE + first],
                    local[7 * GroupSums.STRIDE + first]);
            Float8 dot = new Float8(
                    dots[first],
                    dots[GroupSums.STRIDE + first],
                    dots[2 * GroupSums.STRIDE + first],
                    dots[3 * GroupSums.STRIDE + first],
                    dots[4 * GroupSums.STRIDE + first],
                    dots[5 * GroupSums.STRIDE + first],
                    dots[6 * GroupSums.STRIDE + first],
                    dots[7 * GroupSums.STRIDE + first]);
            if (item == first) {
                // The weight is read again: PoCL 3.1 takes negative ones that were kept over the barriers for positive.
                memory.set(sizes.get(15) + vector, sum);
                memory.set(
                        sizes.get(16) + vector, weightGradient(dot, memory.get(sizes.get(11) + vector), sizes.get(13)));
            }
            Float8 inverseCount = Float8s.splat(settings.get(2));
            Float8 scale = Float8.mult(gamma, inverse);
            for (int p = begin; p < end; p++) {
                Float8 saved = Float8s.loadPixel(stored, sizes.get(5), stride, p, channel, channels);
                Float8 dy = Float8s.loadPixel(gradients, sizes.get(6), stride, p, channel, channels);
                Float8 dz = throughActivation(dy, saved, fromOutput, settings.get(1));
                Float8 xhat = normalised(saved, fromOutput, subtracted, gamma, inverse, settings.get(1));
                Float8 common = Float8.mult(Float8.add(sum, Float8.mult(xhat, dot)), inverseCount);
                Float8 dx = Float8.mult(scale, Float8.sub(dz, common));
                Float8s.storePixel(results, sizes.get(8), stride, p, channel, channels, dx);
            }
        }
    }

    /** With gamma = |weight| + epsilon, dweight has the sign of the weight. */
    private static Float8 weightGradient(Float8 dot, Float8 weight, int absolute) {
        float below = 1f;
        if (absolute == 1) {
            below = -1f;
        }
        return Float8.mult(dot, Float8s.slopes(weight, below));
    }

    /**
     * x: vectors of a pixel; y: chunks. Sizes: 0 vectors of a pixel, 1 chunks, 2 pixels, 3 pixels of a chunk, 4 channels, 5 first float of x (or y), 6 of dy, 7
     * floats of a pixel, 8 partials, 9 mean, 10 variance, 11 weight, 12 bias, 13 whether gamma is |weight| + epsilon, 14 whether slot 5 is the
     * output. Settings: 0 epsilon, 1 slope. Partials of a chunk: all vectors of sum dz, then all of sum dz * xhat.
     */
    public static void normBackwardPartials(
            KernelContext context,
            VectorFloat8 stored,
            VectorFloat8 gradients,
            VectorFloat8 memory,
            IntArray sizes,
            FloatArray settings) {
        int vector = context.globalIdx;
        int chunk = context.globalIdy;
        int vectors = sizes.get(0);
        if (vector < vectors) {
            if (chunk < sizes.get(1)) {
                int channels = sizes.get(4);
                int stride = sizes.get(7);
                int fromOutput = sizes.get(14);
                int begin = chunk * sizes.get(3);
                int end = Math.min(begin + sizes.get(3), sizes.get(2));
                int channel = vector * 8;
                Float8 gamma = gamma(memory.get(sizes.get(11) + vector), sizes.get(13), settings.get(0));
                Float8 inverse = inverseDeviation(memory.get(sizes.get(10) + vector), settings.get(0));
                int origin = sizes.get(9);
                if (fromOutput == 1) {
                    origin = sizes.get(12);
                }
                Float8 subtracted = memory.get(origin + vector);
                Float8 sum = Float8s.splat(0f);
                Float8 dot = Float8s.splat(0f);
                for (int p = begin; p < end; p++) {
                    Float8 saved = Float8s.loadPixel(stored, sizes.get(5), stride, p, channel, channels);
                    Float8 dy = Float8s.loadPixel(gradients, sizes.get(6), stride, p, channel, channels);
                    Float8 dz = throughActivation(dy, saved, fromOutput, settings.get(1));
                    Float8 xhat = normalised(saved, fromOutput, subtracted, gamma, inverse, settings.get(1));
                    sum = Float8.add(sum, dz);
                    dot = Float8.add(dot, Float8.mult(dz, xhat));
                }
                int at = sizes.get(8) + chunk * 2 * vectors + vector;
                memory.set(at, sum);
                memory.set(at + vectors, dot);
            }
        }
    }

    /**
     * One work-item a channel vector. Sizes: 0 vectors, 1 chunks, 2 partials, 3 dbias, 4 dweight, 5 where s goes, 6 weight, 7 whether gamma is |weight| +
     * epsilon (then dweight has the sign of the weight).
     */
    public static void normBackwardTotals(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int vector = context.globalIdx;
        int vectors = sizes.get(0);
        if (vector < vectors) {
            Float8 sum = Float8s.splat(0f);
            Float8 dot = Float8s.splat(0f);
            for (int k = 0; k < sizes.get(1); k++) {
                int at = sizes.get(2) + k * 2 * vectors + vector;
                sum = Float8.add(sum, memory.get(at));
                dot = Float8.add(dot, memory.get(at + vectors));
            }
            memory.set(sizes.get(3) + vector, sum);
            memory.set(sizes.get(5) + vector, dot);
            Float8 weight = memory.get(sizes.get(6) + vector);
            memory.set(sizes.get(4) + vector, weightGradient(dot, weight, sizes.get(7)));
        }
    }

    /**
     * One work-item a vector. Sizes: 0 pixels times vectors of a pixel, 1 vectors of a pixel, 2 channels, 3 first float of x (or y), 4 of dy, 5 of dx, 6
     * floats of a pixel, 7 dbias, 8 s, 9 mean, 10 variance, 11 weight, 12 bias, 13 whether gamma is |weight| + epsilon, 14 whether slot 3 is the output.
     * Settings: 0 epsilon, 1 slope, 2 1 / n, or 0 if the statistics were not the batch's.
     */
    public static void normBackwardInput(
            KernelContext context,
            VectorFloat8 stored,
            VectorFloat8 gradients,
            VectorFloat8 memory,
            VectorFloat8 results,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int all = sizes.get(0);
            int vectors = sizes.get(1);
            int channels = sizes.get(2);
            int stride = sizes.get(6);
            int fromOutput = sizes.get(14);
            float epsilon = settings.get(0);
            Float8 saved = Float8s.loadElements(stored, sizes.get(3), stride, i, all, vectors, channels);
            Float8 dy = Float8s.loadElements(gradients, sizes.get(4), stride, i, all, vectors, channels);
            Float8 weight = Float8s.loadChannels(memory, sizes.get(11), stride, i, all, vectors);
            Float8 variance = Float8s.loadChannels(memory, sizes.get(10), stride, i, all, vectors);
            int origin = sizes.get(9);
            if (fromOutput == 1) {
                origin = sizes.get(12);
            }
            Float8 subtracted = Float8s.loadChannels(memory, origin, stride, i, all, vectors);
            Float8 dbias = Float8s.loadChannels(memory, sizes.get(7), stride, i, all, vectors);
            Float8 s = Float8s.loadChannels(memory, sizes.get(8), stride, i, all, vectors);
            Float8 gamma = gamma(weight, sizes.get(13), epsilon);
            Float8 inverse = inverseDeviation(variance, epsilon);
            Float8 dz = throughActivation(dy, saved, fromOutput, settings.get(1));
            Float8 xhat = normalised(saved, fromOutput, subtracted, gamma, inverse, settings.get(1));
            Float8 common = Float8.mult(Float8.add(dbias, Float8.mult(xhat, s)), Float8s.splat(settings.get(2)));
            Float8 dx = Float8.mult(Float8.mult(gamma, inverse), Float8.sub(dz, common));
            Float8s.storeElements(results, sizes.get(5), stride, i, all, vectors, channels, dx);
        }
    }
}
