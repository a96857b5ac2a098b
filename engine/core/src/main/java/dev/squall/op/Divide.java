package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Quotients, element by element: {@code out = x / y}; {@code dx = dout / y}, {@code dy = -dout * out / y}, each summed over the repetitions of its operand. */
public final class Divide {
    private Divide() {}

    /** {@code x} divided by {@code y}, broadcast to a common shape. */
    public static Tensor divide(Tensor x, Tensor y) {
        Backend backend = Backend.of(x);
        Tensor out = Broadcasting.result(Broadcasting.shape("divide", x, y), x, y);
        backend.elementwise().binary(Binary.DIVIDE, x.storage(), y.storage(), out.storage());
        return Autograd.record("divide", out, List.of(x, y), List.of(y, out), dout -> {
            Tensor share = Autograd.reuse(dout);
            backend.elementwise().binary(Binary.DIVIDE, dout.storage(), y.storage(), share.storage());
            Tensor dy = null;
            if (y.requiresGradient()) {
                Tensor slope = share.like();
                backend.elementwise().binary(Binary.MULTIPLY, share.storage(), out.storage(), slope.storage());
                backend.elementwise().scale(-1f, slope.storage(), slope.storage());
                dy = Broadcasting.gradient(slope, y);
            }
            return new @Nullable Tensor[] {x.requiresGradient() ? Broadcasting.gradient(share, x) : null, dy};
        });
    }

    /** {@code x}, any shape, divided by {@code y}. */
    public static Tensor divide(Tensor x, float y) {
        return Scale.scale(1f / y, x);
    }

    /** {@code x} divided by {@code y}, any shape. */
    public static Tensor divide(float x, Tensor y) {
        return Scale.scale(x, Pow.pow(y, -1f));
    }
}
