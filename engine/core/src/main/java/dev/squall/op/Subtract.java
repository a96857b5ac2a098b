package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Unary;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Differences: {@code out = x - y}; {@code dx = dout}, {@code dy = -dout}, each summed over the repetitions of its operand. */
public final class Subtract {
    private Subtract() {}

    /** {@code x} less {@code y}, broadcast to a common shape. */
    public static Tensor subtract(Tensor x, Tensor y) {
        Backend backend = Backend.of(x);
        Tensor out = Broadcasting.result(Broadcasting.shape("subtract", x, y), x, y);
        backend.elementwise().binary(Binary.SUBTRACT, x.storage(), y.storage(), out.storage());
        return Autograd.record("subtract", out, List.of(x, y), List.of(), dout -> {
            Tensor dx = x.requiresGradient() ? Broadcasting.gradient(dout, x) : null;
            Tensor dy = null;
            if (y.requiresGradient()) {
                Tensor sum = Broadcasting.gradient(dout, y);
                dy = sum == dout && dx != null ? sum.like() : Autograd.reuse(sum);
                backend.elementwise().scale(-1f, sum.storage(), dy.storage());
            }
            return new @Nullable Tensor[] {dx, dy};
        });
    }

    /** {@code x}, any shape, less {@code y}. */
    public static Tensor subtract(Tensor x, float y) {
        return Pointwise.apply("subtract", Unary.linear(1, -y), x);
    }

    /** {@code x} less {@code y}, any shape. */
    public static Tensor subtract(float x, Tensor y) {
        return Pointwise.apply("subtract", Unary.linear(-1, x), y);
    }
}
