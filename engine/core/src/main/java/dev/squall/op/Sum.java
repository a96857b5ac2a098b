package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Sum of all elements: {@code y = sum of x}; {@code dx = dy} everywhere. */
public final class Sum {
    private Sum() {}

    /** The sum of all elements of {@code x}, a scalar. */
    public static Tensor sum(Tensor x) {
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Shape.SCALAR);
        backend.reduction().sum(x.storage(), y.storage());
        return Autograd.record("sum", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.elementwise().broadcast(dy.storage(), 1f, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
