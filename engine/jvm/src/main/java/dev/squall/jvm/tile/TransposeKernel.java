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
     * The first value of row r of square s is at {@code from + rows[s * rowsStep + r]}; its column c becomes a row that begins at
     * {@code to + columns[s * columnsStep + c]}. Places may overlap; of those the last one remains. Offsets and addresses are in bytes.
     *
     * @param rowsStep rows from a square to the next: 0 if they are the same and only {@code squareBytes} further, else the number of lanes
     * @param squareBytes added to {@code from} for each square
     * @param squares how many, 1 or more
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
