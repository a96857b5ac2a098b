package dev.squall.op;

import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Dimensions as callers name them: negative ones count from the end. */
final class Dimensions {
    private Dimensions() {}

    /** The number, from 0 on, of a dimension of a tensor of that rank. */
    static int of(String op, int dimension, int rank) {
        if (dimension < -rank || dimension >= rank) {
            throw new IllegalArgumentException(op + " needs a dimension from " + -rank + " to " + (rank - 1)
                    + " of a tensor of rank " + rank + ", got " + dimension);
        }
        return dimension < 0 ? dimension + rank : dimension;
    }

    /** The same of {@code x}. */
    static int of(String op, Tensor x, int dimension) {
        return of(op, dimension, x.shape().rank());
    }

    /** Several dimensions of {@code x}, ascending; none stands for all. */
    static int[] of(String op, Tensor x, int... dimensions) {
        int rank = x.shape().rank();
        if (dimensions.length == 0) {
            return IntStream.range(0, rank).toArray();
        }
        if (rank == 0) {
            // A scalar may be reduced over its last dimension, although it has none.
            Arrays.stream(dimensions).forEach(d -> of(op, d, 1));
            return new int[0];
        }
        int[] sorted =
                Arrays.stream(dimensions).map(d -> of(op, d, rank)).sorted().toArray();
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                throw new IllegalArgumentException(
                        op + " needs each dimension once, got " + Arrays.toString(dimensions) + " for " + x.shape());
            }
        }
        return sorted;
    }

    /** {@code shape} with 1 in those dimensions. */
    static Shape kept(Shape shape, int... dimensions) {
        int[] sizes = shape.toArray();
        for (int d : dimensions) {
            sizes[d] = 1;
        }
        return Shape.of(sizes);
    }

    /** {@code shape} without those dimensions. */
    static Shape dropped(Shape shape, int... dimensions) {
        return Shape.of(IntStream.range(0, shape.rank())
                .filter(d -> Arrays.stream(dimensions).noneMatch(other -> other == d))
                .map(shape::dim)
                .toArray());
    }
}
