package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Difference of two tensors: {@code out = x - y}; {@code dx = dout}, {@code dy = -dout}. */
public final class Subtract {
    private Subtract() {}

    /** {@code x} less {@code y}, of one shape. */
    public static Tensor subtract(Tensor x, Tensor y) {
        Check.sameShape("subtract", x, y);
        Backend backend = Backend.of(x);
        Tensor out = x.like();
        backend.elementwise().axpby(1f, x.storage(), -1f, y.storage(), out.storage());
        return Autograd.record("subtract", out, List.of(x, y), List.of(), dout -> {
            Tensor dy = null;
            if (y.requiresGradient()) {
                dy = x.requiresGradient() ? dout.like() : Autograd.reuse(dout);
                backend.elementwise().scale(-1f, dout.storage(), dy.storage());
            }
            return new @Nullable Tensor[] {x.requiresGradient() ? dout : null, dy};
        });
    }
}
