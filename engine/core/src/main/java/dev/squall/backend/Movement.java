package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Moving elements from place to place: permutations, slices, repetitions, paddings, resampling. Any rank; roles may differ. Nothing works in place. */
public interface Movement {
    /**
     * Copies a region of x to a region of out with boxes of equal sizes; elements of {@code out} outside of its region keep their values.
     *
     * @param to no element twice
     */
    void copy(Storage x, Region from, Storage out, Region to);

    /**
     * The matrix times the vectors along dimension {@code dimension}: {@code out[.., i, ..] = sum over j of matrix[i, j] * x[.., j, ..]}. A row
     * without elements gives 0. The derivative is the same with the transposed matrix.
     *
     * @param x has {@code matrix.width()} elements in that dimension
     * @param out the same shape with {@code matrix.height()} there
     */
    void multiply(SparseMatrix matrix, Storage x, int dimension, Storage out);
}
