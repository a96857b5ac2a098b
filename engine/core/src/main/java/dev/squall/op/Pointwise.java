package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Unary;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;

/** What all functions of one number have in common: {@code y = f(x)}, {@code dx = dy * f'(x)}, with f' computed from y where that is possible. */
final class Pointwise {
    private Pointwise() {}

    static Tensor apply(String op, Activation f, Tensor x) {
        Tensor y = x.like();
        Backend.of(x).elementwise().activate(f, x.storage(), y.storage());
        return record(op, f, x, y);
    }

    static Tensor apply(String op, Unary f, Tensor x) {
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().unary(f, x.storage(), y.storage());
        Tensor saved = f.differentiatesFromOutput() ? y : x;
        List<Tensor> needed = f.kind() == Unary.Kind.LINEAR ? List.of() : List.of(saved);
        return Autograd.record(op, y, List.of(x), needed, dy -> {
            Tensor dx = Autograd.reuse(dy);
            if (f.kind() == Unary.Kind.LINEAR) {
                backend.elementwise().scale(f.a(), dy.storage(), dx.storage());
            } else {
                backend.elementwise().unaryBackward(f, saved.storage(), dy.storage(), dx.storage());
            }
            return new Tensor[] {dx};
        });
    }

    /** The same in x's storage; only for an activation that differentiates from its output. */
    static Tensor applyInPlace(String op, Activation f, Tensor x) {
        Storage storage = x.overwrite(op);
        ((Backend) storage.memory()).elementwise().activate(f, storage, storage);
        return record(op, f, x, Tensor.of(storage));
    }

    private static Tensor record(String op, Activation f, Tensor x, Tensor y) {
        Backend backend = Backend.of(y);
        Tensor saved = f.differentiatesFromOutput() ? y : x;
        return Autograd.record(op, y, List.of(x), List.of(saved), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.elementwise().activateBackward(f, saved.storage(), dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }
}
