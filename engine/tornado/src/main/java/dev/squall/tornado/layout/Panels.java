package dev.squall.tornado.layout;

import dev.squall.tensor.Shape;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.kernel.GroupKernels;
import dev.squall.tornado.kernel.PanelKernels;

/**
 * A packed layout, see {@link PanelKernels}.
 *
 * @param columns outputs k of all groups; for derivatives by the input: inputs c
 * @param rows what columns are summed over: inputs c of all groups; or outputs
 * @param taps kernelH * kernelW
 * @param width vectors of a panel's row
 * @param panelRows rows of a panel for each tap
 * @param lastFirstRow the last row at which a panel may start
 * @param groupColumns columns of a group
 * @param groupRows rows of a group
 * @param groupStep floats from a group to the next in the row-major array
 * @param columnStep floats from a column of a group to the next
 * @param rowStep floats from a row of a group to the next
 * @param crossed which bits of a column's number change the row that it meets: 0, or all of a number within a group
 */
public record Panels(
        int columns,
        int rows,
        int taps,
        int width,
        int panelRows,
        int lastFirstRow,
        int groupColumns,
        int groupRows,
        int groupStep,
        int columnStep,
        int rowStep,
        int crossed) {
    /** Vectors of a row for register tiles: what they compute at once. */
    public static final int DENSE = 2;

    private static final int LANES = ArenaAllocator.LANES;

    /** For weights {@code [K, C/groups, kernelH, kernelW]}, one column for each output. */
    public static Panels byOutput(Shape w, int groups) {
        int taps = w.dim(2) * w.dim(3);
        int output = w.dim(1) * taps;
        return dense(groups, w.dim(0) / groups, w.dim(1), taps, output, taps);
    }

    /** For weights {@code [K, C/groups, kernelH, kernelW]}, one column for each input. */
    public static Panels byInput(Shape w, int groups) {
        int taps = w.dim(2) * w.dim(3);
        int output = w.dim(1) * taps;
        return dense(groups, w.dim(1), w.dim(0) / groups, taps, taps, output);
    }

    /** For weights {@code [C, 1, kernelH, kernelW]} that convolve each channel by itself, both ways: all in one panel of one row. */
    public static Panels depthwise(Shape w) {
        int channels = w.dim(0);
        int taps = w.dim(2) * w.dim(3);
        return new Panels(channels, 1, taps, Math.ceilDiv(channels, LANES), 1, 0, channels, 1, 0, taps, 0, 0);
    }

    /** For weights {@code [K, n, kernelH, kernelW]} with groups that {@link GroupKernels} take, one column for each output. */
    public static Panels crossedByOutput(Shape w) {
        int taps = w.dim(2) * w.dim(3);
        return crossed(w, w.dim(1) * taps, taps);
    }

    /** For the same weights, one column for each input. */
    public static Panels crossedByInput(Shape w) {
        int taps = w.dim(2) * w.dim(3);
        return crossed(w, taps, w.dim(1) * taps);
    }

    /** A panel for each vector, with a row for each channel of a group: each starts at its own first channel. */
    private static Panels crossed(Shape w, int columnStep, int rowStep) {
        int channels = w.dim(0);
        int n = w.dim(1);
        int taps = w.dim(2) * w.dim(3);
        return new Panels(channels, channels, taps, 1, n, channels, n, n, n * n * taps, columnStep, rowStep, n - 1);
    }

    /** For the right-hand side of a product, {@code [K, N]} or, if {@code transposed}, {@code [N, K]}. */
    public static Panels rightHandSide(Shape b, boolean transposed) {
        return transposed ? dense(1, b.dim(0), b.dim(1), 1, b.dim(1), 1) : dense(1, b.dim(1), b.dim(0), 1, 1, b.dim(1));
    }

    /**
     * The rows of a panel are a multiple of 8, since local memory and weight gradients take them by eights, and stay within those of a pixel: they
     * start further up if need be.
     */
    private static Panels dense(int groups, int groupColumns, int groupRows, int taps, int columnStep, int rowStep) {
        int rows = groups * groupRows;
        int allRows = Math.ceilDiv(rows, LANES) * LANES;
        int spannedRows = mostGroups(groups, groupColumns) * groupRows;
        int panelRows = Math.min(allRows, Math.ceilDiv(spannedRows, LANES) * LANES);
        int groupStep = groupColumns * groupRows * taps;
        return new Panels(
                groups * groupColumns,
                rows,
                taps,
                DENSE,
                panelRows,
                allRows - panelRows,
                groupColumns,
                groupRows,
                groupStep,
                columnStep,
                rowStep,
                0);
    }

    /** The most groups that a panel's columns belong to. */
    private static int mostGroups(int groups, int groupColumns) {
        int most = 1;
        for (int first = 0; first < groups * groupColumns; first += DENSE * LANES) {
            int last = Math.min(first + DENSE * LANES, groups * groupColumns) - 1;
            most = Math.max(most, last / groupColumns - first / groupColumns + 1);
        }
        return most;
    }

    public int panels() {
        return Math.ceilDiv(columns, width * LANES);
    }

    /** How many rows of a panel a kernel has to go through: those beyond are zeros. */
    public int rowsToSum() {
        return Math.min(rows, panelRows);
    }

    /** Vectors of the whole packed array. */
    public int vectors() {
        return Math.multiplyExact(panels() * taps * width, panelRows);
    }

    /** The sizes of {@link PanelKernels}. */
    public int[] sizes(int rowMajor, int packed, int parts) {
        return new int[] {
            vectors(),
            rowMajor,
            packed,
            columns,
            rows,
            taps,
            width,
            panelRows,
            lastFirstRow,
            groupColumns,
            groupRows,
            groupStep,
            columnStep,
            rowStep,
            parts,
            crossed
        };
    }
}
