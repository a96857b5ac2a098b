package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/** Hyperbolic tangent: {@code y = tanh(x)}; {@code dx = dy * (1 - y^2)}. */
public final class Tanh {
    private Tanh() {}

    /** The hyperbolic tangent of {@code x}, any shape. */
    public static Tensor tanh(Tensor x) {
        return Pointwise.apply("tanh", Activation.TANH, x);
    }
}
