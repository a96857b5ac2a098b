package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/** Rectified linear unit: {@code y = max(x, 0)}; {@code dx = y > 0 ? dy : 0}. */
public final class Relu {
    private Relu() {}

    /** ReLU of {@code x}, any shape, into a new tensor. */
    public static Tensor relu(Tensor x) {
        return Pointwise.apply("relu", Activation.RELU, x);
    }

    /**
     * ReLU that overwrites {@code x}; use the result in its place.
     *
     * @throws IllegalStateException if another operation needs {@code x} for its backward pass
     */
    public static Tensor reluInPlace(Tensor x) {
        return Pointwise.applyInPlace("reluInPlace", Activation.RELU, x);
    }
}
