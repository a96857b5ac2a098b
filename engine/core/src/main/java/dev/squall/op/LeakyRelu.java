package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/** Leaky rectified linear unit: {@code y = x >= 0 ? x : slope * x}; {@code dx = y > 0 ? dy : slope * dy}. */
public final class LeakyRelu {
    private LeakyRelu() {}

    /**
     * Leaky ReLU of {@code x}, any shape, into a new tensor.
     *
     * @param slope the factor for negative inputs, at least 0
     */
    public static Tensor leakyRelu(Tensor x, float slope) {
        return Pointwise.apply("leakyRelu", Activation.leakyRelu(slope), x);
    }

    /**
     * Leaky ReLU that overwrites {@code x}; use the result in its place.
     *
     * @throws IllegalStateException if another operation needs {@code x} for its backward pass
     */
    public static Tensor leakyReluInPlace(Tensor x, float slope) {
        return Pointwise.applyInPlace("leakyReluInPlace", Activation.leakyRelu(slope), x);
    }
}
