package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Moving elements between tensors of any layout: permutations, slices, repetitions, and products with sparse matrices. One work-item writes one float;
 * places are sums over the axes of a walk, as in {@link BinaryKernels}.
 */
public final class MovementKernels {
    private MovementKernels() {}

    public static final Kernel COPY = Kernel.line(
                    "copyRegion",
                    "copies a box of elements: permutations, slices, repetitions, paddings",
                    MovementKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MovementKernels::copyRegion,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel CLEAR_PADDING = Kernel.line(
                    "clearPadding",
                    "sets the padding channels of every pixel to zero",
                    MovementKernels.class,
                    (g, a) -> g.task(Kernel.TASK, MovementKernels::clearPadding, a.context(), a.operand(0), a.sizes()))
            .images(0);

    public static final Kernel MULTIPLY = Kernel.line(
                    "multiplySparse",
                    "a sparse matrix times the vectors along one dimension: gathers, resampling, their derivatives",
                    MovementKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MovementKernels::multiplySparse,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    /** Sizes: 0 elements to copy, 1 first float of out, 2 of x, 3 axes, from 4 on for each axis its size and the steps of out and x. */
    public static void copyRegion(KernelContext context, VectorFloat8 from, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int out = sizes.get(1);
            int x = sizes.get(2);
            int rest = i;
            for (int axis = 0; axis < sizes.get(3); axis++) {
                int size = sizes.get(4 + 3 * axis);
                int index = rest % size;
                rest = rest / size;
                out += index * sizes.get(5 + 3 * axis);
                x += index * sizes.get(6 + 3 * axis);
            }
            to.getArray().set(out, from.getArray().get(x));
        }
    }

    /** Sizes: 0 floats to clear, 1 first float of out, 2 floats of a pixel, 3 channels. */
    public static void clearPadding(KernelContext context, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int padding = sizes.get(2) - sizes.get(3);
            int place = sizes.get(1) + i / padding * sizes.get(2) + sizes.get(3) + i % padding;
            out.getArray().set(place, 0f);
        }
    }

    /**
     * Row r of the matrix has its elements at {@code starts[r]} to {@code starts[r + 1] - 1}, each a column and a weight. All three lie in the arena
     * as floats, which hold whole numbers up to 2^24.
     *
     * <p>Sizes: 0 floats of out with padding, 1 floats of a pixel of out, 2 channels (those beyond are padding and become zero), 3 first float of out,
     * 4 of x, 5 of the starts, 6 of the columns, 7 of the weights, 8 step of x along the dimension, 9 axes, from 10 on for each axis its size and the
     * steps of x and of the row.
     */
    public static void multiplySparse(
            KernelContext context, VectorFloat8 from, VectorFloat8 memory, VectorFloat8 to, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray floats = memory.getArray();
            float sum = 0f;
            if (i % sizes.get(1) < sizes.get(2)) {
                int x = sizes.get(4);
                int row = 0;
                int rest = i;
                for (int axis = 0; axis < sizes.get(9); axis++) {
                    int size = sizes.get(10 + 3 * axis);
                    int index = rest % size;
                    rest = rest / size;
                    x += index * sizes.get(11 + 3 * axis);
                    row += index * sizes.get(12 + 3 * axis);
                }
                int begin = (int) floats.get(sizes.get(5) + row);
                int end = (int) floats.get(sizes.get(5) + row + 1);
                for (int k = begin; k < end; k++) {
                    int column = (int) floats.get(sizes.get(6) + k);
                    sum += floats.get(sizes.get(7) + k) * from.getArray().get(x + column * sizes.get(8));
                }
            }
            to.getArray().set(sizes.get(3) + i, sum);
        }
    }
}
