package dev.squall.backend;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A matrix of which most elements are zero, by rows: row i has {@code weights[k]} in column {@code columns[k]} for k from {@code starts[i]} to
 * {@code starts[i + 1] - 1}. What picks, repeats, mixes or weighs slices of a tensor along one dimension is such a matrix, and its derivative is the
 * transposed one: {@link Movement#multiply}.
 */
public final class SparseMatrix {
    private final int width;
    private final int[] starts;
    private final int[] columns;
    private final float[] weights;

    /**
     * A matrix of {@code starts.length - 1} rows and {@code width} columns.
     *
     * @throws IllegalArgumentException if the arrays do not fit together, or a column lies outside
     */
    public SparseMatrix(int width, int[] starts, int[] columns, float[] weights) {
        boolean ascend = IntStream.range(1, starts.length).allMatch(i -> starts[i - 1] <= starts[i]);
        if (starts.length < 2 || starts[0] != 0 || starts[starts.length - 1] != columns.length || !ascend) {
            throw new IllegalArgumentException(
                    "the rows of a sparse matrix start at 0, ascend and end at the number of its" + " elements, "
                            + columns.length + ", got " + Arrays.toString(starts));
        }
        if (weights.length != columns.length) {
            throw new IllegalArgumentException("a sparse matrix needs one weight for each of its " + columns.length
                    + " elements, got " + weights.length);
        }
        for (int column : columns) {
            if (column < 0 || column >= width) {
                throw new IllegalArgumentException("a sparse matrix of width " + width + " has columns from 0 to "
                        + (width - 1) + ", got " + column);
            }
        }
        this.width = width;
        this.starts = starts.clone();
        this.columns = columns.clone();
        this.weights = weights.clone();
    }

    /** A single 1 in each row i, in column {@code columns[i]}: it picks slices. */
    public static SparseMatrix selecting(int width, int... columns) {
        float[] ones = new float[columns.length];
        Arrays.fill(ones, 1f);
        int[] starts = new int[columns.length + 1];
        Arrays.setAll(starts, i -> i);
        return new SparseMatrix(width, starts, columns, ones);
    }

    /** The number of rows. */
    public int height() {
        return starts.length - 1;
    }

    /** The number of columns. */
    public int width() {
        return width;
    }

    /** The number of elements that are stored. */
    public int elements() {
        return columns.length;
    }

    /** Where row {@code i} starts among the stored elements; that of {@code height()} is their number. */
    public int start(int i) {
        return starts[i];
    }

    /** The column of stored element {@code k}. */
    public int column(int k) {
        return columns[k];
    }

    /** The value of stored element {@code k}. */
    public float weight(int k) {
        return weights[k];
    }

    /** The same matrix with rows and columns exchanged; each row's elements are in the order of the rows they came from. */
    public SparseMatrix transposed() {
        int[] counts = new int[width + 1];
        for (int column : columns) {
            counts[column + 1]++;
        }
        Arrays.parallelPrefix(counts, Integer::sum);
        int[] next = counts.clone();
        int[] rows = new int[columns.length];
        float[] moved = new float[columns.length];
        for (int i = 0; i < height(); i++) {
            for (int k = starts[i]; k < starts[i + 1]; k++) {
                int to = next[columns[k]]++;
                rows[to] = i;
                moved[to] = weights[k];
            }
        }
        return new SparseMatrix(height(), counts, rows, moved);
    }
}
