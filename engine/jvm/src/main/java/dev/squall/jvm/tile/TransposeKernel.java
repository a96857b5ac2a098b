package dev.squall.jvm.tile;

import dev.squall.jvm.runtime.Lanes;

/**
 * Turns squares of {@link Lanes#COUNT} by {@link Lanes#COUNT} values, rows that are neighbours in memory, into their columns. Weights are packed and
 * their gradients are put in place by it: value by value that took longer than to multiply with them, where planes are small.
 *
 * <p>The implementation is {@link TransposeKernels#KERNEL}.
 */
public interface TransposeKernel {
    /**
     * Row r of square s begins at {@code from + s * squareBytes + rows[s * rowsStep + r]}; its column c becomes a row that begins at
     * {@code to + s * targetBytes + columns[s * columnsStep + c]}. Where places overlap, what was written last remains. Offsets and steps are in bytes.
     *
     * @param rowsStep places in {@code rows} from a square to the next: 0, or the number of lanes
     * @param columnsStep the same in {@code columns}
     */
    void run(
            long from,
            long[] rows,
            int rowsStep,
            long squareBytes,
            long to,
            long[] columns,
            int columnsStep,
            long targetBytes,
            int squares);
}
