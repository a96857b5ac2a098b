package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums: {@code out = x + y}; {@code dx = dy = dout}, each summed over the repetitions of its operand. */
public final class Add {
    private Add() {}

    /** The sum of {@code x} and {@code y}, broadcast to a common shape. */
    public static Tensor add(Tensor x, Tensor y) {
        Tensor out = Broadcasting.result(Broadcasting.shape("add", x, y), x, y);
        Backend.of(x).elementwise().binary(Binary.ADD, x.storage(), y.storage(), out.storage());
        return Autograd.record("add", out, List.of(x, y), List.of(), dout -> new @Nullable Tensor[] {
            x.requiresGradient() ? Broadcasting.gradient(dout, x) : null,
            y.requiresGradient() ? Broadcasting.gradient(dout, y) : null
        });
    }

    /** {@code x}, any shape, and {@code y} more. */
    public static Tensor add(Tensor x, float y) {
        return Pointwise.apply("add", Unary.linear(1, y), x);
    }
}
