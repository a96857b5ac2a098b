package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/**
 * {@code y = x * min(max(x + 3, 0), 6) / 6}; dx is 0 for x up to -3, dy from 3 on, and {@code dy * (x / 3 + 1/2)} between (Howard et al.,
 * "Searching for MobileNetV3", section 5.2).
 */
public final class HardSwish {
    private HardSwish() {}

    /** Hard swish of {@code x}, any shape. */
    public static Tensor hardSwish(Tensor x) {
        return Pointwise.apply("hardSwish", Activation.HARD_SWISH, x);
    }
}
