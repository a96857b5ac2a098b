package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/** The index of the largest or smallest element along a dimension, as a number; of equal ones the first, and the first NaN before all. No gradient flows through it. */
public final class ArgMax {
    private ArgMax() {}

    /**
     * The index of the largest element.
     *
     * @param dimension negative ones count from the end
     * @param keepDimension whether it stays, with size 1, or goes
     */
    public static Tensor argMax(Tensor x, int dimension, boolean keepDimension) {
        return indexOf("argMax", Reduction.Kind.MAX, x, dimension, keepDimension);
    }

    /** The index of the smallest element; see {@link #argMax}. */
    public static Tensor argMin(Tensor x, int dimension, boolean keepDimension) {
        return indexOf("argMin", Reduction.Kind.MIN, x, dimension, keepDimension);
    }

    private static Tensor indexOf(String op, Reduction.Kind kind, Tensor x, int dimension, boolean keepDimension) {
        int d = Dimensions.of(op, x, dimension);
        Shape shape = keepDimension ? Dimensions.kept(x.shape(), d) : Dimensions.dropped(x.shape(), d);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, shape);
        backend.reduction().indexOf(kind, x.storage(), d, y.storage());
        return y;
    }
}
