package dev.squall.op;

import dev.squall.tensor.Tensor;

/** Mean of all elements: {@code y = 1/n sum of x} for n elements; {@code dx = dy / n} everywhere. */
public final class Mean {
    private Mean() {}

    /** The mean of all elements of {@code x}, a scalar. */
    public static Tensor mean(Tensor x) {
        return Scale.scale(1f / x.shape().elements(), Sum.sum(x));
    }
}
