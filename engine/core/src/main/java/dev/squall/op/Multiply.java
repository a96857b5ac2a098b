package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Product of two tensors, element by element: {@code out = x * y}; {@code dx = dout * y}, {@code dy = dout * x}. */
public final class Multiply {
    private Multiply() {}

    /** The elementwise product of {@code x} and {@code y}, of one shape. */
    public static Tensor multiply(Tensor x, Tensor y) {
        Check.sameShape("multiply", x, y);
        Backend backend = Backend.of(x);
        Tensor out = x.like();
        backend.elementwise().multiply(x.storage(), y.storage(), out.storage());
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(y);
        }
        if (y.requiresGradient()) {
            saved.add(x);
        }
        return Autograd.record("multiply", out, List.of(x, y), saved, dout -> {
            Tensor dx = null;
            Tensor dy = null;
            if (x.requiresGradient()) {
                dx = y.requiresGradient() ? dout.like() : Autograd.reuse(dout);
                backend.elementwise().multiply(dout.storage(), y.storage(), dx.storage());
            }
            if (y.requiresGradient()) {
                dy = Autograd.reuse(dout);
                backend.elementwise().multiply(dout.storage(), x.storage(), dy.storage());
            }
            return new @Nullable Tensor[] {dx, dy};
        });
    }
}
