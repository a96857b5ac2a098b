package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Multiplication by a number: {@code y = alpha * x}; {@code dx = alpha * dy}. */
public final class Scale {
    private Scale() {}

    /** {@code alpha} times {@code x}, any shape. */
    public static Tensor scale(float alpha, Tensor x) {
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().scale(alpha, x.storage(), y.storage());
        return Autograd.record("scale", y, List.of(x), List.of(), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.elementwise().scale(alpha, dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }
}
