package dev.squall.op;

import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;

/** Natural logarithm: {@code y = ln x}; {@code dx = dy / x}. Of 0 it is minus infinity, of less not a number. */
public final class Log {
    private Log() {}

    /** The natural logarithm of {@code x}, any shape. */
    public static Tensor log(Tensor x) {
        return Pointwise.apply("log", Unary.LOG, x);
    }
}
