package dev.squall.op;

import dev.squall.backend.Binary;
import dev.squall.tensor.Tensor;

/**
 * The smaller of two tensors, element by element; the gradient flows to the one that is smaller, half to each where they are equal, by the rule of {@link
 * Maximum}. A NaN wins.
 */
public final class Minimum {
    private Minimum() {}

    /** The smaller of {@code x} and {@code y}, broadcast to a common shape. */
    public static Tensor minimum(Tensor x, Tensor y) {
        return Maximum.extremum("minimum", Binary.MINIMUM, Binary.GREATER, Binary.GREATER_EQUAL, x, y);
    }
}
