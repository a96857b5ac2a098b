package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Sums in two launches, or one if a work-group can do it ({@link GroupSums}), with a tree that depends only on the shape, so that the result is the same
 * on every device:
 *
 * <pre>
 *   pixels   |----chunk 0----|----chunk 1----|--2--|        first launch: a work-item sums one chunk
 *                    \              |            /
 *   partials         p0            p1           p2          second launch: a work-item sums the partials in their order
 *                      \____________|__________/
 *                                  out
 * </pre>
 *
 * Atomics would be shorter, but would add in whatever order the work-items come, and the same training run would end differently each time.
 */
public final class ReductionKernels {
    private ReductionKernels() {}

    public static final Kernel CHANNEL_SUMS = Kernel.line(
                    "channelSums",
                    "sums of x or of x * y over few pixels, for each channel",
                    ReductionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ReductionKernels::channelSums,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel CHANNEL_PARTIALS = Kernel.plane(
                    "channelPartials",
                    "sums of x or of x * y over chunks of pixels, for each channel",
                    ReductionKernels.class,
                    8,
                    8,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ReductionKernels::channelPartials,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel CHANNEL_TOTALS = Kernel.plane(
            "channelTotals",
            "adds up the chunks of channelPartials",
            ReductionKernels.class,
            8,
            8,
            (g, a) -> g.task(
                    Kernel.TASK,
                    ReductionKernels::channelTotals,
                    a.context(),
                    a.memory(),
                    a.operand(0),
                    a.sizes(),
                    a.settings()),
            Extra.SETTINGS);

    public static final Kernel PARTIALS = Kernel.line(
                    "sumPartials",
                    "sums of x or of x * y over chunks of all elements",
                    ReductionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ReductionKernels::sumPartials,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel TOTAL = Kernel.line(
            "sumTotal",
            "adds up a row of floats into one",
            ReductionKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    ReductionKernels::sumTotal,
                    a.context(),
                    a.memory(),
                    a.operand(0),
                    a.sizes(),
                    a.settings()),
            Extra.SETTINGS);

    /** What {@link #channelPartials} sums, in slot 10 of its sizes. */
    public static final int SUM = 0;

    public static final int DOT = 1;

    /**
     * In one launch, see {@link GroupSums}. Sizes: 0 vectors of a pixel, 1 groups (images, or 1 for all together), 2 work-items for each sum, 3 pixels
     * of a group, 4 pixels of a work-item, 5 channels, 6 first float of x, 7 of y, 8 floats of a pixel, 9 first float of out, 10 what to sum, 11 floats
     * of out from group to group. Settings: 0 a factor for the result.
     */
    public static void channelSums(
            KernelContext context,
            VectorFloat8 left,
            VectorFloat8 right,
            VectorFloat8 out,
            IntArray sizes,
            FloatArray settings) {
        float[] local = context.allocateFloatLocalArray(GroupSums.LOCAL_FLOATS);
        int item = context.localIdx;
        int parts = sizes.get(2);
        int first = item / parts * parts;
        int vectors = Math.max(1, sizes.get(0));
        int sumOfAll = (context.groupIdx * GroupSums.ITEMS + item) / parts;
        int group = sumOfAll / vectors;
        int channel = sumOfAll % vectors * 8;
        int begin = (item - first) * sizes.get(4);
        int end = group * sizes.get(3) + Math.min(begin + sizes.get(4), sizes.get(3));
        begin += group * sizes.get(3);
        if (group >= sizes.get(1)) {
            end = 0;
        }
        Float8 own = Float8s.splat(0f);
        for (int p = begin; p < end; p++) {
            Float8 x = Float8s.loadPixel(left, sizes.get(6), sizes.get(8), p, channel, sizes.get(5));
            if (sizes.get(10) == DOT) {
                x = Float8.mult(x, Float8s.loadPixel(right, sizes.get(7), sizes.get(8), p, channel, sizes.get(5)));
            }
            own = Float8.add(own, x);
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
            sum = Float8.mult(sum, Float8s.splat(settings.get(0)));
            Float8s.storePixel(out, sizes.get(9), sizes.get(11), group, channel, sizes.get(5), sum);
        }
    }

    /**
     * x: vectors of a pixel; y: chunks of all groups. Sizes: 0 vectors of a pixel, 1 groups (images, or 1 for all together), 2 chunks of a group, 3
     * pixels of a group, 4 pixels of a chunk, 5 channels, 6 first float of x, 7 of y, 8 floats of a pixel, 9 partials, 10 what to sum.
     * Partial ((group, chunk), vector) goes to vector 9 + (group * chunks + chunk) * vectors + vector.
     */
    public static void channelPartials(
            KernelContext context, VectorFloat8 first, VectorFloat8 second, VectorFloat8 memory, IntArray sizes) {
        int vector = context.globalIdx;
        int chunkOfAll = context.globalIdy;
        int vectors = sizes.get(0);
        int chunks = sizes.get(2);
        if (vector < vectors) {
            if (chunkOfAll < sizes.get(1) * chunks) {
                int group = chunkOfAll / chunks;
                int chunk = chunkOfAll % chunks;
                int pixels = sizes.get(3);
                int chunkPixels = sizes.get(4);
                int channels = sizes.get(5);
                int xBase = sizes.get(6);
                int yBase = sizes.get(7);
                int stride = sizes.get(8);
                int what = sizes.get(10);
                int channel = vector * 8;
                int begin = group * pixels + chunk * chunkPixels;
                int end = Math.min(begin + chunkPixels, (group + 1) * pixels);
                Float8 sum = Float8s.splat(0f);
                for (int p = begin; p < end; p++) {
                    Float8 x = Float8s.loadPixel(first, xBase, stride, p, channel, channels);
                    if (what == DOT) {
                        x = Float8.mult(x, Float8s.loadPixel(second, yBase, stride, p, channel, channels));
                    }
                    sum = Float8.add(sum, x);
                }
                memory.set(sizes.get(9) + chunkOfAll * vectors + vector, Float8s.mask(sum, channel, channels));
            }
        }
    }

    /**
     * x: vectors of a pixel; y: groups. Sizes: 0 vectors of a pixel, 1 groups, 2 chunks of a group, 3 partials, 4 first float of out, 5 floats of out
     * from group to group, 6 channels. Settings: 0 a factor for the result, such as 1 / pixels for a mean.
     */
    public static void channelTotals(
            KernelContext context, VectorFloat8 memory, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int vector = context.globalIdx;
        int group = context.globalIdy;
        int vectors = sizes.get(0);
        if (vector < vectors) {
            if (group < sizes.get(1)) {
                int chunks = sizes.get(2);
                int first = sizes.get(3) + group * chunks * vectors + vector;
                Float8 sum = Float8s.splat(0f);
                Float8 excess = Float8s.splat(0f);
                for (int k = 0; k < chunks; k++) {
                    // Kahan's summation: what an addition rounds away is taken along to the next.
                    Float8 term = Float8.sub(memory.get(first + k * vectors), excess);
                    Float8 next = Float8.add(sum, term);
                    excess = Float8.sub(Float8.sub(next, sum), term);
                    sum = next;
                }
                sum = Float8.mult(sum, Float8s.splat(settings.get(0)));
                Float8s.storePixel(out, sizes.get(4), sizes.get(5), group, vector * 8, sizes.get(6), sum);
            }
        }
    }

    /**
     * One work-item sums a chunk, lane by lane, and then its eight lanes pairwise; layout does not matter to a sum over everything.
     *
     * <pre>
     *   chunk    [a b c d e f g h] + [...] + ... = [A B C D E F G H]
     *   partial  ((A + B) + (C + D)) + ((E + F) + (G + H))
     * </pre>
     *
     * Sizes: 0 chunks, 1 vectors, 2 vectors of a chunk, 3 x, 4 y, 5 first float of the partials, 6 what to sum, 7 elements
     * (those beyond are left out).
     */
    public static void sumPartials(
            KernelContext context, VectorFloat8 first, VectorFloat8 second, VectorFloat8 memory, IntArray sizes) {
        int chunk = context.globalIdx;
        if (chunk < sizes.get(0)) {
            int begin = chunk * sizes.get(2);
            int end = Math.min(begin + sizes.get(2), sizes.get(1));
            int elements = sizes.get(7);
            Float8 sum = Float8s.splat(0f);
            for (int i = begin; i < end; i++) {
                Float8 v = Float8s.mask(first.get(sizes.get(3) + i), i * 8, elements);
                if (sizes.get(6) == DOT) {
                    v = Float8.mult(v, Float8s.mask(second.get(sizes.get(4) + i), i * 8, elements));
                }
                sum = Float8.add(sum, v);
            }
            memory.getArray().set(sizes.get(5) + chunk, Float8s.sum(sum));
        }
    }

    /** One work-item. Sizes: 0 how many, 1 first float, 2 float of the result. Settings: 0 a factor for the result. */
    public static void sumTotal(
            KernelContext context, VectorFloat8 memory, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        if (context.globalIdx == 0) {
            FloatArray floats = memory.getArray();
            float sum = 0f;
            for (int i = 0; i < sizes.get(0); i++) {
                sum += floats.get(sizes.get(1) + i);
            }
            out.getArray().set(sizes.get(2), sum * settings.get(0));
        }
    }
}
