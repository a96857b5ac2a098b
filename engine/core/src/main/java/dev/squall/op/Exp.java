package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** Exponential function: {@code y = e^x}; {@code dx = dy * y}. */
public final class Exp {
    private Exp() {}

    /** The exponential function of {@code x}, any shape. */
    public static Tensor exp(Tensor x) {
        return Pointwise.apply("exp", Unary.EXP, x);
    }
}
