package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
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
 * <p>With groups, a column meets the inputs of its own group only, and a panel those of the groups of its columns: neighbours, from some
 * first row on. Pairs of different groups are zeros.
 *
 * <pre>
 *   K = 16 in 4 groups, C = 8                     one panel: 8 rows x 16 columns
 *
 *     w[k][c], c within the group                 c=0 [ w w w w                         ]
 *     4 outputs x 2 inputs for each group         c=1 [ w w w w                         ]
 *                                                 c=2 [         w w w w                 ]
 *                                        ===&gt;     c=3 [         w w w w                 ]
 *                                                  ...
 *                                                 c=7 [                         w w w w ]
 * </pre>
 *
 * So convolutions with small groups can run as dense ones. Multiplying with zeros is wasted, but a register tile is so much faster than an
 * address for each output that it is worth it up to groups of a single channel; those have kernels of their own. (Zero times infinity is not a
 * number: an overflow in one group shows in its neighbours too.)
 *
 * <p>L is 16 (two vectors); for depthwise convolutions it is all channels, rounded up to a multiple of 8, and there is one row. Rows and
 * columns that do not exist are zeros, so that no loop that follows needs to know of them.
 *
 * <p>Processors waste nothing on groups of 2, 4 or 8: then L is 8, and row r of a panel has for each column the weight of another input of
 * its own group, as {@link GroupKernels} wants it.
 *
 * <p>The sizes of both kernels describe the layout of the two arrays and where row r of the packed and row-major array meet, so that one
 * code serves all cases: columns are the outputs k or, for derivatives by the input, the inputs c.
 */
public final class PanelKernels {
    private PanelKernels() {}

    public static final Kernel PACK = Kernel.line(
            "packPanels",
            "reorders weights, or right-hand sides of products, into panels",
            PanelKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK, PanelKernels::packPanels, a.context(), a.operand(0), a.memory(), a.sizes(), a.table()),
            Extra.TABLE);

    public static final Kernel SUM = Kernel.line(
            "sumPanels",
            "adds the partial sums of weight gradients, in fixed order, and puts them in row-major order",
            PanelKernels.class,
            (g, a) -> g.task(Kernel.TASK, PanelKernels::sumPanels, a.context(), a.memory(), a.sizes(), a.table()),
            Extra.TABLE);

    /** Slot: vectors of a packed array. */
    public static final int VECTORS = 0;

    /** Slot: the row-major array. */
    public static final int ROW_MAJOR = 1;

    /** Slot: the packed array, or the first of several. */
    public static final int PACKED = 2;

    /** Slot: columns of all groups. */
    public static final int COLUMNS = 3;

    /** Slot: rows of all groups. */
    public static final int ROWS = 4;

    /** Slot: taps of the window. */
    public static final int TAPS = 5;

    /** Slot: vectors of a panel's row. */
    public static final int WIDTH = 6;

    /** Slot: rows of a panel for each tap. */
    public static final int PANEL_ROWS = 7;

    /** Slot: the last row at which a panel may start. */
    public static final int LAST_FIRST_ROW = 8;

    /** Slot: columns of a group. */
    public static final int GROUP_COLUMNS = 9;

    /** Slot: rows of a group. */
    public static final int GROUP_ROWS = 10;

    /** Slot: floats from a group to the next in the row-major array. */
    public static final int GROUP_STEP = 11;

    /** Slot: floats from a column of a group to the next. */
    public static final int COLUMN_STEP = 12;

    /** Slot: floats from a row of a group to the next. */
    public static final int ROW_STEP = 13;

    /** Slot of {@link #sumPanels}: how many packed arrays it adds. */
    public static final int PARTS = 14;

    /** Slot: which bits of a column's number change the row that it meets, see {@link GroupKernels}; 0 in panels. */
    public static final int CROSSED = 15;

    /** How many slots there are. */
    public static final int SLOTS = 16;

    /**
     * Many arrays at once, see {@link Jobs}; a row has these slots. A work-item fills a vector of the packed array: it gathers the
     * weights of eight columns.
     */
    public static void packPanels(
            KernelContext context, VectorFloat8 source, VectorFloat8 memory, IntArray sizes, IntArray table) {
        int chunk = context.groupIdx / Jobs.GROUPS;
        int at = table.get(2 * chunk);
        int i = table.get(2 * chunk + 1) + context.groupIdx % Jobs.GROUPS * Jobs.ITEMS + context.localIdx;
        if (i < table.get(at + VECTORS)) {
            int column = column(table, at, i);
            int row = row(table, at, i);
            int first = column / table.get(at + GROUP_COLUMNS);
            int inGroup = column % table.get(at + GROUP_COLUMNS);
            int start = start(table, at, i);
            int group = row / table.get(at + GROUP_ROWS);
            if (row >= table.get(at + ROWS)) {
                group = -1;
            }
            row = row % table.get(at + GROUP_ROWS);
            FloatArray floats = source.getArray();
            float w0 = floats.get(place(table, at, start, row, column, first, inGroup, 0, group));
            float w1 = floats.get(place(table, at, start, row, column, first, inGroup, 1, group));
            float w2 = floats.get(place(table, at, start, row, column, first, inGroup, 2, group));
            float w3 = floats.get(place(table, at, start, row, column, first, inGroup, 3, group));
            float w4 = floats.get(place(table, at, start, row, column, first, inGroup, 4, group));
            float w5 = floats.get(place(table, at, start, row, column, first, inGroup, 5, group));
            float w6 = floats.get(place(table, at, start, row, column, first, inGroup, 6, group));
            float w7 = floats.get(place(table, at, start, row, column, first, inGroup, 7, group));
            memory.set(table.get(at + PACKED) + i, new Float8(w0, w1, w2, w3, w4, w5, w6, w7));
        }
    }

    /** The column of the first lane of vector i of the packed array. */
    private static int column(IntArray table, int at, int i) {
        int width = table.get(at + WIDTH);
        int panel = i / width / table.get(at + PANEL_ROWS) / table.get(at + TAPS);
        return (panel * width + i % width) * 8;
    }

    /** The row of all groups' rows that vector i of the packed array belongs to: the panel's first, and what is counted from there. */
    private static int row(IntArray table, int at, int i) {
        int width = table.get(at + WIDTH);
        int panelRows = table.get(at + PANEL_ROWS);
        int panel = i / width / panelRows / table.get(at + TAPS);
        int firstGroup = panel * width * 8 / table.get(at + GROUP_COLUMNS);
        return Math.min(firstGroup * table.get(at + GROUP_ROWS), table.get(at + LAST_FIRST_ROW))
                + i / width % panelRows;
    }

    /** Where the tap of vector i begins in the row-major array. */
    private static int start(IntArray table, int at, int i) {
        int tap = i / table.get(at + WIDTH) / table.get(at + PANEL_ROWS) % table.get(at + TAPS);
        return table.get(at + ROW_MAJOR) * 8 + tap;
    }

    /**
     * Where the weight of a row and of column {@code column + lane} lies; the arena's first float, a zero for ever, if there is no such column
     * or it is not of the row's group. That the address is chosen, and not whether to load, saves a branch.
     *
     * @param row the row within its group
     * @param group the row's group
     */
    private static int place(
            IntArray table,
            int at,
            int start,
            int row,
            int column,
            int firstGroup,
            int firstInGroup,
            int lane,
            int group) {
        int columnGroup = firstGroup;
        int inGroup = firstInGroup + lane;
        int groupColumns = table.get(at + GROUP_COLUMNS);
        if (inGroup >= groupColumns) {
            columnGroup = firstGroup + inGroup / groupColumns;
            inGroup = inGroup % groupColumns;
        }
        int crossed = table.get(at + CROSSED);
        int place = start
                + columnGroup * table.get(at + GROUP_STEP)
                + inGroup * table.get(at + COLUMN_STEP)
                + (row ^ (lane & crossed)) * table.get(at + ROW_STEP);
        if (columnGroup != group && crossed == 0) {
            place = 0;
        }
        if (column + lane >= table.get(at + COLUMNS)) {
            place = 0;
        }
        return place;
    }

    /**
     * dw = the sum over r of part[r], for many dw: see {@link Jobs}; a row has these slots. A work-item adds eight columns, always
     * from the first part to the last, so that the result does not depend on timing, and scatters the sums, each to a place of its own.
     */
    public static void sumPanels(KernelContext context, VectorFloat8 memory, IntArray sizes, IntArray table) {
        int chunk = context.groupIdx / Jobs.GROUPS;
        int at = table.get(2 * chunk);
        int i = table.get(2 * chunk + 1) + context.groupIdx % Jobs.GROUPS * Jobs.ITEMS + context.localIdx;
        if (i < table.get(at + VECTORS)) {
            int column = column(table, at, i);
            int row = row(table, at, i);
            int first = column / table.get(at + GROUP_COLUMNS);
            int inGroup = column % table.get(at + GROUP_COLUMNS);
            int start = start(table, at, i);
            int group = row / table.get(at + GROUP_ROWS);
            if (row >= table.get(at + ROWS)) {
                group = -1;
            }
            row = row % table.get(at + GROUP_ROWS);
            Float8 sum = Float8s.splat(0f);
            for (int r = 0; r < table.get(at + PARTS); r++) {
                sum = Float8.add(sum, memory.get(table.get(at + PACKED) + r * table.get(at + VECTORS) + i));
            }
            FloatArray floats = memory.getArray();
            put(floats, place(table, at, start, row, column, first, inGroup, 0, group), sum.getS0());
            put(floats, place(table, at, start, row, column, first, inGroup, 1, group), sum.getS1());
            put(floats, place(table, at, start, row, column, first, inGroup, 2, group), sum.getS2());
            put(floats, place(table, at, start, row, column, first, inGroup, 3, group), sum.getS3());
            put(floats, place(table, at, start, row, column, first, inGroup, 4, group), sum.getS4());
            put(floats, place(table, at, start, row, column, first, inGroup, 5, group), sum.getS5());
            put(floats, place(table, at, start, row, column, first, inGroup, 6, group), sum.getS6());
            put(floats, place(table, at, start, row, column, first, inGroup, 7, group), sum.getS7());
        }
    }

    private static void put(FloatArray floats, int at, float value) {
        if (at > 0) {
            floats.set(at, value);
        }
    }
}
