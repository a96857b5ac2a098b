package dev.squall.backend;

import dev.squall.tensor.Storage;

/**
 * Sums. Per-channel results go to {@code [C]} (over batch and plane) or, if the output has a batch dimension ({@code [N, C]} or
 * {@code [N, C, 1, 1]}), stay separate for each image.
 */
public interface Reduction {
    /** out = sum of all elements of x; {@code out} has one element. */
    void sum(Storage x, Storage out);

    /** out = sum of x * y over all elements; {@code out} has one element. */
    void dot(Storage x, Storage y, Storage out);

    /** Per channel: out = sum of x. */
    void channelSum(Storage x, Storage out);

    /** Per channel: out = sum of x * y. */
    void channelDot(Storage x, Storage y, Storage out);
}
