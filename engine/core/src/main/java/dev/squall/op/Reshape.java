package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** The same elements, in row-major (NCHW) order, under another shape; backward reshapes dy back. */
public final class Reshape {
    private Reshape() {}

    /** {@code x} under {@code shape}, which has as many elements. */
    public static Tensor reshape(Tensor x, Shape shape) {
        Check.that(
                x.shape().elements() == shape.elements(),
                "reshape",
                "as many elements as " + shape + " has, " + shape.elements(),
                x);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.of(backend.allocate(shape, x.storage().role()));
        backend.elementwise().reshape(x.storage(), y.storage());
        return Autograd.record("reshape", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.elementwise().reshape(dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }

    /** {@code x} {@code [N, ...]} as features {@code [N, C]}, with everything after the batch in C. */
    public static Tensor flatten(Tensor x) {
        Check.that(x.shape().rank() >= 2, "flatten", "a batch dimension and at least one more", x);
        int batch = x.shape().batch();
        return reshape(x, Shape.of(batch, x.shape().elements() / batch));
    }
}
