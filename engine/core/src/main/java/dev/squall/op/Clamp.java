package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** {@code y = min(max(x, low), high)}; dx is dy where {@code low <= x <= high}, else 0. */
public final class Clamp {
    private Clamp() {}

    /**
     * {@code x}, any shape, brought between two bounds.
     *
     * @param low may be minus infinity for none
     * @param high may be infinity for none; where it is below {@code low}, the result is {@code high}
     */
    public static Tensor clamp(Tensor x, float low, float high) {
        return Pointwise.apply("clamp", Unary.clamp(low, high), x);
    }
}
