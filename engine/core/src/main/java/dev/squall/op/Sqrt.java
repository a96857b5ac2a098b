package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** Square root; {@code dx = dy / (2 y)}, infinite where y is 0. */
public final class Sqrt {
    private Sqrt() {}

    /** The square root of {@code x}, any shape. */
    public static Tensor sqrt(Tensor x) {
        return Pointwise.apply("sqrt", Unary.SQRT, x);
    }
}
