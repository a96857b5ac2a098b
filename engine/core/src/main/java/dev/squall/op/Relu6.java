package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/**
 * Rectified linear unit, cut off at 6: {@code y = min(max(x, 0), 6)}; {@code dx = 0 < y < 6 ? dy : 0} (Howard et al., "MobileNets").
 */
public final class Relu6 {
    private Relu6() {}

    /** ReLU6 of {@code x}, any shape, into a new tensor. */
    public static Tensor relu6(Tensor x) {
        return Pointwise.apply("relu6", Activation.RELU6, x);
    }

    /**
     * ReLU6 that overwrites {@code x}; use the result in its place.
     *
     * @throws IllegalStateException if another operation needs {@code x} for its backward pass
     */
    public static Tensor relu6InPlace(Tensor x) {
        return Pointwise.applyInPlace("relu6InPlace", Activation.RELU6, x);
    }
}
