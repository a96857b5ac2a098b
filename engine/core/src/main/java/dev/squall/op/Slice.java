package dev.squall.op;

import dev.squall.backend.Region;
import dev.squall.tensor.Tensor;

/** Elements at regular steps along a dimension: index i of y is index {@code start + i * step} of x; dx is dy there and 0 elsewhere. */
public final class Slice {
    private Slice() {}

    /**
     * Elements {@code start}, {@code start + step}, ... before {@code end} of a dimension, as {@code x[start:end:step]} in Python: negative bounds count from
     * the end, bounds beyond it are the end's.
     *
     * @param step at least 1
     * @throws IllegalArgumentException if no element is left
     */
    public static Tensor slice(Tensor x, int dimension, int start, int end, int step) {
        int d = Dimensions.of("slice", x, dimension);
        int from = bound(start, x.shape().dim(d));
        int to = bound(end, x.shape().dim(d));
        if (step < 1) {
            throw new IllegalArgumentException("slice needs a step of at least 1, got " + step);
        }
        Check.that(from < to, "slice", "elements between " + start + " and " + end + " in dimension " + dimension, x);
        return RegionCopy.apply("slice", x, Region.of(x.shape()).sliced(d, from, step, Math.ceilDiv(to - from, step)));
    }

    /** The same with step 1. */
    public static Tensor slice(Tensor x, int dimension, int start, int end) {
        return slice(x, dimension, start, end, 1);
    }

    /** The elements at one index of a dimension, which disappears; a negative index counts from the end. */
    public static Tensor select(Tensor x, int dimension, int index) {
        int d = Dimensions.of("select", x, dimension);
        int size = x.shape().dim(d);
        Check.that(index >= -size && index < size, "select", "an index " + index + " in dimension " + dimension, x);
        return RegionCopy.apply("select", x, Region.of(x.shape()).at(d, index < 0 ? index + size : index));
    }

    private static int bound(int index, int size) {
        return Math.clamp(index < 0 ? (long) index + size : index, 0, size);
    }
}
