package dev.squall.op;

import dev.squall.backend.Activation;
import dev.squall.tensor.Tensor;

/**
 * Sigmoid linear unit, also called swish: {@code y = x * s} with {@code s = 1 / (1 + exp(-x))}; {@code dx = dy * s * (1 + x * (1 - s))}
 * (Ramachandran et al., "Searching for Activation Functions").
 */
public final class Silu {
    private Silu() {}

    /** SiLU of {@code x}, any shape. */
    public static Tensor silu(Tensor x) {
        return Pointwise.apply("silu", Activation.SILU, x);
    }
}
