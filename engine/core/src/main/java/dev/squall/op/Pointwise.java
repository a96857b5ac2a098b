package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/** What all activations have in common: {@code y = f(x)}, {@code dx = dy * f'(x)}. */
final class Pointwise {
    private Pointwise() {}

    static Tensor apply(String op, Activation f, Tensor x) {
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().activate(f, x.storage(), y.storage());
        Tensor saved = f.differentiatesFromOutput() ? y : x;
        return Autograd.record(op, y, List.of(x), List.of(saved), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.elementwise().activateBackward(f, saved.storage(), dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }
}
