package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Mean and biased variance of each channel over all pixels, the variance from the squared distances to the mean; and running statistics, which move
 * towards them in the same launch:
 *
 * <pre>
 *   running mean     = s0 * running mean     + s1 * mean
 *   running variance = s0 * running variance + s2 * variance
 * </pre>
 *
 * Few pixels take one launch, in which a work-group computes one vector of channels, see {@link GroupSums}. Many take two: work-items gather the sum of
 * a chunk of pixels and the squared distances from its own mean, and then one work-item for each vector combines the chunks (Chan, Golub and LeVeque,
 * "Updating formulae and a pairwise algorithm for computing sample variances").
 *
 * <p>Far from zero a sum of single precision gives a mean that may be deviations away. So the distances from it are summed along with their squares, which gives what it
 * lacks; and chunks sum the distances from the first pixel of all.
 */
public final class StatisticsKernels {
    private StatisticsKernels() {}

    public static final Kernel STATISTICS = Kernel.line(
                    "channelStatistics",
                    "mean and variance of each channel over few pixels, running statistics, and the norm by them if wanted",
                    StatisticsKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            StatisticsKernels::channelStatistics,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel PARTIALS = Kernel.plane(
                    "momentPartials",
                    "the sum of the distances from the first pixel, and the squared distances from the mean, over chunks of pixels, for each channel",
                    StatisticsKernels.class,
                    8,
                    8,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            StatisticsKernels::momentPartials,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.sizes()))
            .images(0);

    public static final Kernel TOTALS = Kernel.line(
            "momentTotals",
            "mean and variance from the chunks of momentPartials, and running statistics",
            StatisticsKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK, StatisticsKernels::momentTotals, a.context(), a.memory(), a.sizes(), a.settings()),
            Extra.SETTINGS);

    /** Slot: vectors of a pixel. */
    public static final int VECTORS = 0;

    /** Slot: pixels. */
    public static final int PIXELS = 1;

    /** Slot: pixels of a chunk. */
    public static final int CHUNK = 2;

    /** Slot: chunks. */
    public static final int CHUNKS = 3;

    /** Slot: channels. */
    public static final int CHANNELS = 4;

    /** Slot: first float of x. */
    public static final int X = 5;

    /** Slot: floats of a pixel. */
    public static final int PIXEL_FLOATS = 6;

    /** Slot: partials of each chunk: all vectors of sums, then all of squared distances; behind those of all chunks the first pixel. */
    public static final int PARTIAL = 7;

    /** Slot: the mean's first vector. */
    public static final int MEAN = 8;

    /** Slot: the variance's first vector. */
    public static final int VARIANCE = 9;

    /** Slot: the running mean's first vector, or -1 for none. */
    public static final int RUNNING_MEAN = 10;

    /** Slot: the running variance's first vector. */
    public static final int RUNNING_VARIANCE = 11;

    /** Slot of {@link #channelStatistics}: first float of the normalised values, or -1 for none. */
    public static final int Y = 12;

    /** Slot: the norm's weight. */
    public static final int WEIGHT = 13;

    /** Slot: the norm's bias. */
    public static final int BIAS = 14;

    /** Slot: whether gamma is |weight| + epsilon. */
    public static final int ABSOLUTE = 15;

    /** How many slots there are. */
    public static final int SLOTS = 16;

    /**
     * {@link #CHUNKS} work-items for each vector, which also normalise by what they have found if slot {@link #Y} says so. Settings: 0 to 2 the factors
     * above, 3 epsilon, 4 slope.
     */
    public static void channelStatistics(
            KernelContext context,
            VectorFloat8 from,
            VectorFloat8 memory,
            VectorFloat8 to,
            IntArray sizes,
            FloatArray settings) {
        float[] local = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        float[] distances = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        int item = context.localIdx;
        int parts = sizes.get(CHUNKS);
        int first = item / parts * parts;
        int vector = (context.groupIdx * GroupSums.ITEMS + item) / parts;
        int begin = (item - first) * sizes.get(CHUNK);
        int end = Math.min(begin + sizes.get(CHUNK), sizes.get(PIXELS));
        if (vector >= sizes.get(VECTORS)) {
            end = 0;
        }
        Float8 own = Float8s.splat(0f);
        for (int p = begin; p < end; p++) {
            own = Float8.add(own, load(from, sizes, p, vector));
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
        Float8 count = Float8s.splat((float) sizes.get(PIXELS));
        Float8 center = Float8.div(
                new Float8(
                        local[first],
                        local[GroupSums.STRIDE + first],
                        local[2 * GroupSums.STRIDE + first],
                        local[3 * GroupSums.STRIDE + first],
                        local[4 * GroupSums.STRIDE + first],
                        local[5 * GroupSums.STRIDE + first],
                        local[6 * GroupSums.STRIDE + first],
                        local[7 * GroupSums.STRIDE + first]),
                count);
        context.localBarrier();
        own = Float8s.splat(0f);
        Float8 ownDistance = Float8s.splat(0f);
        for (int p = begin; p < end; p++) {
            Float8 distance = Float8.sub(load(from, sizes, p, vector), center);
            ownDistance = Float8.add(ownDistance, distance);
            own = Float8.add(own, Float8.mult(distance, distance));
        }
        local[item] = own.getS0();
        local[GroupSums.STRIDE + item] = own.getS1();
        local[2 * GroupSums.STRIDE + item] = own.getS2();
        local[3 * GroupSums.STRIDE + item] = own.getS3();
        local[4 * GroupSums.STRIDE + item] = own.getS4();
        local[5 * GroupSums.STRIDE + item] = own.getS5();
        local[6 * GroupSums.STRIDE + item] = own.getS6();
        local[7 * GroupSums.STRIDE + item] = own.getS7();
        distances[item] = ownDistance.getS0();
        distances[GroupSums.STRIDE + item] = ownDistance.getS1();
        distances[2 * GroupSums.STRIDE + item] = ownDistance.getS2();
        distances[3 * GroupSums.STRIDE + item] = ownDistance.getS3();
        distances[4 * GroupSums.STRIDE + item] = ownDistance.getS4();
        distances[5 * GroupSums.STRIDE + item] = ownDistance.getS5();
        distances[6 * GroupSums.STRIDE + item] = ownDistance.getS6();
        distances[7 * GroupSums.STRIDE + item] = ownDistance.getS7();
        context.localBarrier();
        if (item < 8 * GroupSums.ITEMS / parts) {
            int at = item % 8 * GroupSums.STRIDE + item / 8 * parts;
            float sum = 0f;
            float distance = 0f;
            for (int k = 0; k < parts; k++) {
                sum += local[at + k];
                distance += distances[at + k];
            }
            local[at] = sum;
            distances[at] = distance;
        }
        context.localBarrier();
        if (vector < sizes.get(VECTORS)) {
            Float8 squares = new Float8(
                    local[first],
                    local[GroupSums.STRIDE + first],
                    local[2 * GroupSums.STRIDE + first],
                    local[3 * GroupSums.STRIDE + first],
                    local[4 * GroupSums.STRIDE + first],
                    local[5 * GroupSums.STRIDE + first],
                    local[6 * GroupSums.STRIDE + first],
                    local[7 * GroupSums.STRIDE + first]);
            Float8 rest = Float8.div(
                    new Float8(
                            distances[first],
                            distances[GroupSums.STRIDE + first],
                            distances[2 * GroupSums.STRIDE + first],
                            distances[3 * GroupSums.STRIDE + first],
                            distances[4 * GroupSums.STRIDE + first],
                            distances[5 * GroupSums.STRIDE + first],
                            distances[6 * GroupSums.STRIDE + first],
                            distances[7 * GroupSums.STRIDE + first]),
                    count);
            Float8 mean = Float8.add(center, rest);
            Float8 variance = Float8.sub(Float8.div(squares, count), Float8.mult(rest, rest));
            // Not below zero by rounding, but NaN as it is.
            variance = Float8.mult(variance, Float8s.slopes(variance, 0f));
            if (item == first) {
                store(memory, sizes, settings, vector, mean, variance);
            }
            if (sizes.get(Y) >= 0) {
                int stride = sizes.get(PIXEL_FLOATS);
                int channels = sizes.get(CHANNELS);
                float epsilon = settings.get(3);
                Float8 scale = Float8.mult(
                        NormalisationKernels.inverseDeviation(variance, epsilon),
                        NormalisationKernels.gamma(
                                memory.get(sizes.get(WEIGHT) + vector), sizes.get(ABSOLUTE), epsilon));
                Float8 bias = memory.get(sizes.get(BIAS) + vector);
                for (int p = begin; p < end; p++) {
                    Float8 z = Float8.add(Float8.mult(Float8.sub(load(from, sizes, p, vector), mean), scale), bias);
                    Float8 y = Float8.mult(z, Float8s.slopes(z, settings.get(4)));
                    Float8s.storePixel(to, sizes.get(Y), stride, p, vector * 8, channels, y);
                }
            }
        }
    }

    private static Float8 load(VectorFloat8 from, IntArray sizes, int pixel, int vector) {
        return Float8s.loadPixel(from, sizes.get(X), sizes.get(PIXEL_FLOATS), pixel, vector * 8, sizes.get(CHANNELS));
    }

    private static void store(
            VectorFloat8 memory, IntArray sizes, FloatArray settings, int vector, Float8 mean, Float8 variance) {
        memory.set(sizes.get(MEAN) + vector, mean);
        memory.set(sizes.get(VARIANCE) + vector, variance);
        if (sizes.get(RUNNING_MEAN) >= 0) {
            Float8 kept = Float8s.splat(settings.get(0));
            int at = sizes.get(RUNNING_MEAN) + vector;
            memory.set(
                    at,
                    Float8.add(Float8.mult(memory.get(at), kept), Float8.mult(mean, Float8s.splat(settings.get(1)))));
            at = sizes.get(RUNNING_VARIANCE) + vector;
            memory.set(
                    at,
                    Float8.add(
                            Float8.mult(memory.get(at), kept), Float8.mult(variance, Float8s.splat(settings.get(2)))));
        }
    }

    /** x: vectors of a pixel; y: chunks. */
    public static void momentPartials(KernelContext context, VectorFloat8 from, VectorFloat8 memory, IntArray sizes) {
        int vector = context.globalIdx;
        int chunk = context.globalIdy;
        int vectors = sizes.get(VECTORS);
        if (vector < vectors) {
            if (chunk < sizes.get(CHUNKS)) {
                int begin = chunk * sizes.get(CHUNK);
                int end = Math.min(begin + sizes.get(CHUNK), sizes.get(PIXELS));
                Float8 origin = load(from, sizes, 0, vector);
                Float8 sum = Float8s.splat(0f);
                for (int p = begin; p < end; p++) {
                    sum = Float8.add(sum, Float8.sub(load(from, sizes, p, vector), origin));
                }
                Float8 mean = Float8.div(sum, Float8s.splat((float) (end - begin)));
                Float8 squares = Float8s.splat(0f);
                for (int p = begin; p < end; p++) {
                    Float8 distance = Float8.sub(Float8.sub(load(from, sizes, p, vector), origin), mean);
                    squares = Float8.add(squares, Float8.mult(distance, distance));
                }
                int at = sizes.get(PARTIAL) + chunk * 2 * vectors + vector;
                memory.set(at, sum);
                memory.set(at + vectors, squares);
                if (chunk == 0) {
                    memory.set(at + 2 * sizes.get(CHUNKS) * vectors, origin);
                }
            }
        }
    }

    /** One work-item a vector. Settings: 0 to 2 the factors above. */
    public static void momentTotals(KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        int vector = context.globalIdx;
        int vectors = sizes.get(VECTORS);
        if (vector < vectors) {
            int first = sizes.get(PARTIAL) + vector;
            int chunks = sizes.get(CHUNKS);
            Float8 sum = Float8s.splat(0f);
            Float8 excess = Float8s.splat(0f);
            for (int k = 0; k < chunks; k++) {
                // Kahan's summation: what an addition rounds away is taken along to the next.
                Float8 term = Float8.sub(memory.get(first + k * 2 * vectors), excess);
                Float8 next = Float8.add(sum, term);
                excess = Float8.sub(Float8.sub(next, sum), term);
                sum = next;
            }
            Float8 count = Float8s.splat((float) sizes.get(PIXELS));
            Float8 mean = Float8.div(sum, count);
            Float8 squares = Float8s.splat(0f);
            for (int k = 0; k < chunks; k++) {
                int begin = k * sizes.get(CHUNK);
                Float8 pixels = Float8s.splat((float) (Math.min(begin + sizes.get(CHUNK), sizes.get(PIXELS)) - begin));
                Float8 distance = Float8.sub(Float8.div(memory.get(first + k * 2 * vectors), pixels), mean);
                squares = Float8.add(
                        squares,
                        Float8.add(
                                memory.get(first + (2 * k + 1) * vectors),
                                Float8.mult(pixels, Float8.mult(distance, distance))));
            }
            mean = Float8.add(mean, memory.get(first + 2 * chunks * vectors));
            store(memory, sizes, settings, vector, mean, Float8.div(squares, count));
        }
    }
}
