package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** {@code y = ln(1 + e^x)}; {@code dx = dy / (1 + e^-x)}. */
public final class Softplus {
    private Softplus() {}

    /** Softplus of {@code x}, any shape. */
    public static Tensor softplus(Tensor x) {
        return Pointwise.apply("softplus", Unary.SOFTPLUS, x);
    }
}
