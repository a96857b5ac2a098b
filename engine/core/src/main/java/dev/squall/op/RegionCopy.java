package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Region;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** What all operations that pick elements have in common: y holds those of a region of x, each at most once; dx is dy there and 0 elsewhere. */
final class RegionCopy {
    private RegionCopy() {}

    static Tensor apply(String op, Tensor x, Region from) {
        Backend backend = Backend.of(x);
        Shape shape = Shape.of(from.sizes());
        Tensor y = Tensor.of(backend.allocate(shape, x.role()));
        backend.movement().copy(x.storage(), from, y.storage(), Region.of(shape));
        return Autograd.record(op, y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            if (shape.elements() < x.shape().elements()) {
                backend.fill(dx.storage(), 0f);
            }
            backend.movement().copy(dy.storage(), Region.of(shape), dx.storage(), from);
            return new Tensor[] {dx};
        });
    }
}
