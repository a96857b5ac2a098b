package dev.squall.backend;

import dev.squall.tensor.Storage;

/**
 * Reductions. Per-channel results go to {@code [C]} (over batch and plane) or, if the output has a batch dimension ({@code [N, C]} or
 * {@code [N, C, 1, 1]}), stay separate for each image.
 */
public interface Reduction {
    /** What becomes of the elements that one result stands for. */
    enum Kind {
        /** Their sum. */
        SUM,
        /** Their mean. */
        MEAN,
        /** The largest; NaN if one of them is. */
        MAX,
        /** The smallest; NaN if one of them is. */
        MIN
    }

    /**
     * Reduces over dimensions.
     *
     * @param dimensions from 0 on, ascending, none twice; with none, out = x
     * @param out the results in row-major order of the other dimensions, in a shape with or without 1s beside these; roles may differ
     */
    void reduce(Kind kind, Storage x, int[] dimensions, Storage out);

    /**
     * The index of the largest or smallest element along a dimension, as a number; of equal ones the first, and the first NaN before all.
     *
     * @param kind {@link Kind#MAX} or {@link Kind#MIN}
     * @param out as in {@link #reduce}
     */
    void indexOf(Kind kind, Storage x, int dimension, Storage out);

    /** out = sum of all elements of x; {@code out} has one element. */
    void sum(Storage x, Storage out);

    /** out = sum of x * y over all elements; {@code out} has one element. */
    void dot(Storage x, Storage y, Storage out);

    /** Per channel: out = sum of x. */
    void channelSum(Storage x, Storage out);

    /** Per channel: out = sum of x * y. */
    void channelDot(Storage x, Storage y, Storage out);
}
