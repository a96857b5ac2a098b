package dev.squall.op;

import dev.squall.tensor.Tensor;

/** {@code y = -x}; {@code dx = -dy}. */
public final class Negate {
    private Negate() {}

    /** {@code x} with all signs changed, any shape. */
    public static Tensor negate(Tensor x) {
        return Scale.scale(-1f, x);
    }
}
