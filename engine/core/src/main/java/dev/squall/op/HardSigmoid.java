package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/**
 * The logistic function in three straight pieces: {@code y = min(max(x + 3, 0), 6) / 6}; {@code dx = -3 < x < 3 ? dy / 6 : 0} (Howard et al.,
 * "Searching for MobileNetV3", section 5.2).
 */
public final class HardSigmoid {
    private HardSigmoid() {}

    /** The hard sigmoid of {@code x}, any shape. */
    public static Tensor hardSigmoid(Tensor x) {
        return Pointwise.apply("hardSigmoid", Activation.HARD_SIGMOID, x);
    }
}
