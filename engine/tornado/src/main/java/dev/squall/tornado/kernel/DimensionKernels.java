package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Reductions over any dimensions of tensors of any layout. One work-item reduces all elements of one result, or a chunk of them where results are few:
 * then a second launch of the same kernel reduces the chunks in their order, so that the result depends on nothing but the shapes. Places are sums
 * over the axes of walks, as in {@link BinaryKernels}: one walk over the results, one over what each is made of.
 */
public final class DimensionKernels {
    private DimensionKernels() {}

    public static final Kernel REDUCE = Kernel.line(
                    "reduceDimensions",
                    "sums, means, largest and smallest elements over dimensions",
                    DimensionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DimensionKernels::reduceDimensions,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0);

    public static final Kernel INDEX = Kernel.line(
                    "indexOfExtreme",
                    "the index of the largest or smallest element along a dimension",
                    DimensionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DimensionKernels::indexOfExtreme,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0);

    /** Reductions as sizes name them. */
    public static final int SUM = 0;

    public static final int MAX = 1;
    public static final int MIN = 2;

    /**
     * Sizes: 0 work-items, 1 chunks of a result, 2 elements of a chunk, 3 elements of a result, 4 first float of x, 5 of the results, 6 the reduction,
     * 7 results of a pixel, 8 channels (those beyond are padding and become zero), 9 axes over the results, 10 axes over the elements of one, from 11 on
     * for each axis its size and its step in x. Chunk k of result r goes to float 5 + r * chunks + k. Settings: 0 what to divide by.
     */
    public static void reduceDimensions(
            KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray floats = from.getArray();
            int chunks = sizes.get(1);
            int result = i / chunks;
            float value = 0f;
            if (result % sizes.get(7) < sizes.get(8)) {
                int base = sizes.get(4) + place(sizes, 11, sizes.get(9), result);
                int begin = i % chunks * sizes.get(2);
                int end = Math.min(begin + sizes.get(2), sizes.get(3));
                if (sizes.get(6) == SUM) {
                    value = sum(floats, sizes, base, begin, end) / settings.get(0);
                }
                if (sizes.get(6) != SUM) {
                    value = extreme(floats, sizes, base, begin, end);
                }
            }
            to.getArray().set(sizes.get(5) + i, value);
        }
    }

    /** The float of item {@code item} of a walk of which {@code axes} axes are described from slot {@code slot} on. */
    private static int place(IntArray sizes, int slot, int axes, int item) {
        int place = 0;
        int rest = item;
        for (int axis = 0; axis < axes; axis++) {
            int size = sizes.get(slot + 2 * axis);
            place += rest % size * sizes.get(slot + 2 * axis + 1);
            rest = rest / size;
        }
        return place;
    }

    private static int element(IntArray sizes, int item) {
        return place(sizes, 11 + 2 * sizes.get(9), sizes.get(10), item);
    }

    /** By Kahan's summation: what an addition rounds away is taken along to the next, unless it is not a number, as beside an infinity. */
    @SuppressWarnings("IdentityBinaryExpression") // only a NaN differs from itself; kernels have no isNaN
    private static float sum(FloatArray floats, IntArray sizes, int base, int begin, int end) {
        float sum = 0f;
        float excess = 0f;
        for (int k = begin; k < end; k++) {
            float term = floats.get(base + element(sizes, k)) - excess;
            float next = sum + term;
            excess = (next - sum) - term;
            if (excess != excess) {
                excess = 0f;
            }
            sum = next;
        }
        return sum;
    }

    /** Once it is not a number it stays so, since no comparison with it is true. */
    @SuppressWarnings("IdentityBinaryExpression")
    private static float extreme(FloatArray floats, IntArray sizes, int base, int begin, int end) {
        float sign = 1f;
        if (sizes.get(6) == MIN) {
            sign = -1f;
        }
        float best = sign * floats.get(base + element(sizes, begin));
        for (int k = begin + 1; k < end; k++) {
            float value = sign * floats.get(base + element(sizes, k));
            if (value > best) {
                best = value;
            }
            if (value != value) {
                best = value;
            }
        }
        return sign * best;
    }

    /**
     * Of equal elements the first, and the first that is not a number before all. Sizes: 0 results, 1 elements along the dimension, 2 their step in x, 3
     * first float of x, 4 of the results, 5 {@link #MAX} or {@link #MIN}, 6 results of a pixel, 7 channels (those beyond are padding and become
     * zero), 8 axes over the results, from 9 on for each axis its size and its step in x.
     */
    @SuppressWarnings("IdentityBinaryExpression")
    public static void indexOfExtreme(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray floats = from.getArray();
            int found = 0;
            if (i % sizes.get(6) < sizes.get(7)) {
                int base = sizes.get(3) + place(sizes, 9, sizes.get(8), i);
                float sign = 1f;
                if (sizes.get(5) == MIN) {
                    sign = -1f;
                }
                float best = sign * floats.get(base);
                for (int k = 1; k < sizes.get(1); k++) {
                    float value = sign * floats.get(base + k * sizes.get(2));
                    if (best == best) {
                        if (value > best) {
                            best = value;
                            found = k;
                        }
                        if (value != value) {
                            best = value;
                            found = k;
                        }
                    }
                }
            }
            to.getArray().set(sizes.get(4) + i, (float) found);
        }
    }
}
