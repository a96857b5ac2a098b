package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** Magnitude: {@code y = |x|}; dx is dy where x is above 0, -dy below, and 0 at 0. */
public final class Abs {
    private Abs() {}

    /** The magnitude of {@code x}, any shape. */
    public static Tensor abs(Tensor x) {
        return Pointwise.apply("abs", Unary.ABS, x);
    }
}
