package dev.squall.op;

import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/** Elements by index: slices of a dimension, or single elements along it. The gradient of each goes back where it came from, added up if several did. */
public final class Gather {
    private Gather() {}

    /**
     * Slices of a dimension, in any order and number: {@code y[.., i, ..] = x[.., indices[i], ..]}.
     *
     * @param dimension negative ones count from the end
     * @param indices at least one, each from 0 on
     */
    public static Tensor indexSelect(Tensor x, int dimension, int... indices) {
        int d = Dimensions.of("indexSelect", x, dimension);
        if (indices.length == 0) {
            throw new IllegalArgumentException("indexSelect needs at least one index, got none");
        }
        requireInside("indexSelect", x, d, indices);
        return SparseProduct.apply(
                "indexSelect", SparseMatrix.selecting(x.shape().dim(d), indices), x, d);
    }

    /**
     * Single elements along a dimension: {@code y[i, j, k] = x[i, index[i, j, k], k]} for dimension 1 of 3.
     *
     * @param dimension negative ones count from the end
     * @param index whole numbers from 0 on, such as {@link ArgMax} gives; of x's rank, in the other dimensions at most as large
     * @return of the shape of {@code index}
     */
    public static Tensor gather(Tensor x, int dimension, Tensor index) {
        int d = Dimensions.of("gather", x, dimension);
        Shape to = index.shape();
        boolean fits = to.rank() == x.shape().rank();
        for (int i = 0; fits && i < to.rank(); i++) {
            fits = i == d || to.dim(i) <= x.shape().dim(i);
        }
        Check.that(fits, "gather", "an index of as many dimensions, none larger but dimension " + d, x, index);
        float[] values = index.toArray();
        int[] along = new int[values.length];
        for (int i = 0; i < along.length; i++) {
            along[i] = (int) values[i];
            if (along[i] != values[i]) {
                throw new IllegalArgumentException("gather needs whole numbers as index, got " + values[i]);
            }
        }
        requireInside("gather", x, d, along);
        int[] places = new int[along.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = place(x.shape(), to, d, along[i], i);
        }
        Tensor flat = Reshape.reshape(x, Shape.of(x.shape().elements()));
        Tensor picked =
                SparseProduct.apply("gather", SparseMatrix.selecting(x.shape().elements(), places), flat, 0);
        return Reshape.reshape(picked, to);
    }

    /** Where the element for place {@code i} of the result lies in x, both row-major. */
    private static int place(Shape x, Shape result, int dimension, int index, int i) {
        int place = 0;
        int rest = i;
        int stride = 1;
        for (int d = x.rank() - 1; d >= 0; d--) {
            place += (d == dimension ? index : rest % result.dim(d)) * stride;
            rest /= result.dim(d);
            stride *= x.dim(d);
        }
        return place;
    }

    static void requireInside(String op, Tensor x, int dimension, int... indices) {
        int size = x.shape().dim(dimension);
        for (int index : indices) {
            if (index < 0 || index >= size) {
                throw new IllegalArgumentException(op + " needs indices from 0 to " + (size - 1) + " in dimension "
                        + dimension + " of " + x.shape() + ", got " + index);
            }
        }
    }
}
