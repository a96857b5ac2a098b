package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Weights, and right-hand sides of matrix products, in the order in which the inner loops want them: cut into panels of L columns
 * (outputs), and in each panel one row of L floats for each tap of the window and each input.
 *
 * <pre>
 *   row-major   w[k][c][tap]                       packed   panel 0            panel 1
 *
 *      c, tap ---->                                         k = 0 .. L-1       k = L .. 2L-1
 *    k [ . . . . . . ]                              tap 0   c=0 [.......]      c=0 [.......]
 *    | [ . . . . . . ]                 ===&gt;                 c=1 [.......]      c=1 [.......]
 *    v [ . . . . . . ]                              tap 1   c=0 [.......]      c=0 [.......]
 *      [ . . . . . . ]                                      c=1 [.......]      c=1 [.......]
 * </pre>
 *
 * An inner loop over c then reads consecutive memory and nothing else. That matters most where the row-major distance is a power of two,
 * because then the rows of one column fall into the same few sets of the cache: a product of 1024 x 1024 matrices from row-major
 * operands ran at two thirds of the speed of one of 512 x 512.
 *
 * <p>L is 16 (two vectors) for dense convolutions and products, all outputs rounded up to a multiple of 8 for grouped and depthwise ones.
 * Columns and rows that do not exist are zeros, so that no loop that follows needs to know of them.
 */
public final class PanelKernels {
    private PanelKernels() {}

    public static final Kernel PACK = Kernel.line(
            "packPanels",
            "reorders weights, or the right-hand side of a product, into panels",
            PanelKernels.class,
            (g, a) -> g.task(Kernel.TASK, PanelKernels::packPanels, a.context(), a.memory(), a.sizes()));

    public static final Kernel SUM = Kernel.line(
            "sumPanels",
            "adds the partial sums of a weight gradient, in fixed order, and puts them in row-major order",
            PanelKernels.class,
            (g, a) -> g.task(Kernel.TASK, PanelKernels::sumPanels, a.context(), a.memory(), a.sizes()));

    /**
     * Sizes: 0 vectors of the packed array, 1 row-major, 2 packed, 3 columns, 4 rows, 5 taps, 6 vectors of a panel's row, 7 rows with padding; and
     * where an element lies in the row-major array: 8 columns of a group, 9 floats from group to group, 10 from column to column, 11 from row to
     * row.
     *
     * <p>Columns are the outputs k or, for derivatives by the input, the inputs c; rows are what a column is summed over. The four distances
     * describe either, with and without groups, without a branch.
     */
    public static void packPanels(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int width = sizes.get(6);
            int row = i / width % sizes.get(7);
            int tap = i / width / sizes.get(7) % sizes.get(5);
            int panel = i / width / sizes.get(7) / sizes.get(5);
            int column = (panel * width + i % width) * 8;
            float s0 = weight(memory, sizes, column, row, tap);
            float s1 = weight(memory, sizes, column + 1, row, tap);
            float s2 = weight(memory, sizes, column + 2, row, tap);
            float s3 = weight(memory, sizes, column + 3, row, tap);
            float s4 = weight(memory, sizes, column + 4, row, tap);
            float s5 = weight(memory, sizes, column + 5, row, tap);
            float s6 = weight(memory, sizes, column + 6, row, tap);
            float s7 = weight(memory, sizes, column + 7, row, tap);
            memory.set(sizes.get(2) + i, new Float8(s0, s1, s2, s3, s4, s5, s6, s7));
        }
    }

    /** The arena's first float, a zero for ever, where there is no such column or row: an address can be chosen without a branch around the load. */
    private static float weight(VectorFloat8 memory, IntArray sizes, int column, int row, int tap) {
        int columns = sizes.get(3);
        int rows = sizes.get(4);
        int group = column / sizes.get(8) * sizes.get(9);
        int index = sizes.get(1) * 8 + group + column % sizes.get(8) * sizes.get(10) + row * sizes.get(11) + tap;
        if (column >= columns) {
            index = 0;
        }
        if (row >= rows) {
            index = 0;
        }
        return memory.getArray().get(index);
    }

    /**
     * w[k][c][tap] = the sum over r of partial[r][panel of k][tap][c][k].
     *
     * <p>Sizes: 0 vectors of one packed array, 1 row-major result, 2 first of the packed partial sums, 3 outputs k, 4 inputs c, 5 taps, 6 vectors of
     * a panel's row, 7 rows with padding, 8 how many partial sums.
     *
     * <p>One work-item adds eight outputs, always from the first partial sum to the last: the result does not depend on timing. It scatters
     * its eight sums, each to a place of its own.
     */
    public static void sumPanels(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int i = context.globalIdx;
        int vectors = sizes.get(0);
        if (i < vectors) {
            int width = sizes.get(6);
            int c = i / width % sizes.get(7);
            int tap = i / width / sizes.get(7) % sizes.get(5);
            int panel = i / width / sizes.get(7) / sizes.get(5);
            int k = (panel * width + i % width) * 8;
            if (c < sizes.get(4)) {
                Float8 sum = Lanes.splat(0f);
                for (int r = 0; r < sizes.get(8); r++) {
                    sum = Float8.add(sum, memory.get(sizes.get(2) + r * vectors + i));
                }
                int step = sizes.get(4) * sizes.get(5);
                int first = sizes.get(1) * 8 + k * step + c * sizes.get(5) + tap;
                int outputs = sizes.get(3) - k;
                FloatArray floats = memory.getArray();
                put(floats, first, 0, step, outputs, sum.getS0());
                put(floats, first, 1, step, outputs, sum.getS1());
                put(floats, first, 2, step, outputs, sum.getS2());
                put(floats, first, 3, step, outputs, sum.getS3());
                put(floats, first, 4, step, outputs, sum.getS4());
                put(floats, first, 5, step, outputs, sum.getS5());
                put(floats, first, 6, step, outputs, sum.getS6());
                put(floats, first, 7, step, outputs, sum.getS7());
            }
        }
    }

    private static void put(FloatArray floats, int first, int lane, int step, int lanes, float value) {
        if (lane < lanes) {
            floats.set(first + lane * step, value);
        }
    }
}
