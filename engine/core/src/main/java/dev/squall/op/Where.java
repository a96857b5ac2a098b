package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A choice, element by element: {@code out = condition != 0 ? x : y}; dx is dout where the condition holds and 0 elsewhere, dy the other way round.
 */
public final class Where {
    private Where() {}

    /**
     * {@code x} where the condition is not 0, else {@code y}; all three are broadcast to a common shape.
     *
     * @param condition such as {@link Compare} gives; no gradient flows to it
     */
    public static Tensor where(Tensor condition, Tensor x, Tensor y) {
        Shape shape = Broadcasting.shape("where", condition, x, y);
        Tensor out = Broadcasting.result(shape, x, y);
        Backend backend = Backend.of(x);
        backend.elementwise().where(condition.storage(), x.storage(), y.storage(), out.storage());
        return Autograd.record("where", out, List.of(x, y), List.of(condition), dout -> {
            Tensor zero = Tensor.fromArray(backend, Shape.SCALAR, 0f);
            Tensor dx = null;
            Tensor dy = null;
            if (x.requiresGradient()) {
                Tensor chosen = dout.like();
                backend.elementwise().where(condition.storage(), dout.storage(), zero.storage(), chosen.storage());
                dx = Broadcasting.gradient(chosen, x);
            }
            if (y.requiresGradient()) {
                Tensor chosen = dout.like();
                backend.elementwise().where(condition.storage(), zero.storage(), dout.storage(), chosen.storage());
                dy = Broadcasting.gradient(chosen, y);
            }
            return new @Nullable Tensor[] {dx, dy};
        });
    }
}
