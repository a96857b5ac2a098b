package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/** Logistic function: {@code y = 1 / (1 + exp(-x))}; {@code dx = dy * y * (1 - y)}. */
public final class Sigmoid {
    private Sigmoid() {}

    /** The logistic function of {@code x}, any shape. */
    public static Tensor sigmoid(Tensor x) {
        return Pointwise.apply("sigmoid", Activation.SIGMOID, x);
    }
}
