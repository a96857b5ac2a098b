package dev.squall.tornado;

import dev.squall.tensor.Shape;
import dev.squall.tornado.kernel.PanelKernels;

/**
 * A packed layout, see {@link PanelKernels}.
 *
 * @param columns outputs k; for derivatives by the input: inputs c
 * @param rows what a column is summed over: its group's inputs; or outputs
 * @param paddedRows rows of a panel for each tap, zeros beyond {@code rows}
 * @param taps kernelH * kernelW
 * @param width vectors of a panel's row
 * @param groupColumns columns of a group
 * @param groupStep floats from a group to the next in the row-major array
 * @param columnStep floats from a column of a group to the next
 * @param rowStep floats from a row to the next
 */
record Panels(
        int columns,
        int rows,
        int paddedRows,
        int taps,
        int width,
        int groupColumns,
        int groupStep,
        int columnStep,
        int rowStep) {
    /** Vectors of a row for register tiles: what they compute at once. */
    static final int DENSE = 2;

    /** For weights {@code [K, C/groups, kernelH, kernelW]}, one column for each output; dense, or in one panel. */
    static Panels byOutput(Shape w, boolean dense) {
        int taps = w.dim(2) * w.dim(3);
        int outputs = w.dim(0);
        int inputs = w.dim(1);
        return of(dense, outputs, inputs, taps, outputs, 0, inputs * taps, taps);
    }

    /** For weights {@code [K, C/groups, kernelH, kernelW]}, one column for each input; dense, or in one panel. */
    static Panels byInput(Shape w, int groups, boolean dense) {
        int taps = w.dim(2) * w.dim(3);
        int outputs = w.dim(0) / groups;
        int inputs = w.dim(1);
        int outputStep = inputs * taps;
        return of(dense, inputs * groups, outputs, taps, inputs, outputs * outputStep, taps, outputStep);
    }

    /** For the right-hand side of a product, {@code [K, N]} or, if {@code transposed}, {@code [N, K]}; dense. */
    static Panels rightHandSide(Shape b, boolean transposed) {
        return transposed
                ? of(true, b.dim(0), b.dim(1), 1, b.dim(0), 0, b.dim(1), 1)
                : of(true, b.dim(1), b.dim(0), 1, b.dim(1), 0, 1, b.dim(1));
    }

    /** Dense panels pad their rows to a multiple of 8, since local memory is filled by blocks of 8. */
    private static Panels of(
            boolean dense,
            int columns,
            int rows,
            int taps,
            int groupColumns,
            int groupStep,
            int columnStep,
            int rowStep) {
        int width = dense ? DENSE : Math.ceilDiv(columns, TornadoStorage.LANES);
        int paddedRows = dense ? Math.ceilDiv(rows, TornadoStorage.LANES) * TornadoStorage.LANES : rows;
        return new Panels(columns, rows, paddedRows, taps, width, groupColumns, groupStep, columnStep, rowStep);
    }

    int panels() {
        return Math.ceilDiv(columns, width * TornadoStorage.LANES);
    }

    /** Vectors of the whole packed array. */
    int vectors() {
        return Math.multiplyExact(panels() * taps * width, paddedRows);
    }
}
