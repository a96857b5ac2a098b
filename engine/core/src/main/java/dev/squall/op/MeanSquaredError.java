package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Mean squared error: {@code loss = 1/n sum of (x - t)^2} over n elements; {@code dx = dloss * 2/n (x - t)}, {@code dt = -dx}. */
public final class MeanSquaredError {
    private MeanSquaredError() {}

    /** The mean of the squared differences of {@code x} and {@code target}, of one shape; a scalar. */
    public static Tensor meanSquaredError(Tensor x, Tensor target) {
        Check.sameShape("meanSquaredError", x, target);
        Backend backend = Backend.of(x);
        float scale = 1f / x.shape().elements();
        Tensor loss = Tensor.empty(backend, Shape.SCALAR);
        try (Tensor difference = x.like()) {
            backend.elementwise().axpby(1f, x.storage(), -1f, target.storage(), difference.storage());
            backend.reduction().dot(difference.storage(), difference.storage(), loss.storage());
            backend.elementwise().scale(scale, loss.storage(), loss.storage());
            return Autograd.record("meanSquaredError", loss, List.of(x, target), List.of(difference), dloss -> {
                Tensor dx = x.like();
                Tensor dt = target.requiresGradient() ? target.like() : null;
                backend.elementwise().scaleBy(dloss.storage(), 2 * scale, difference.storage(), dx.storage());
                if (dt != null) {
                    backend.elementwise().scale(-1f, dx.storage(), dt.storage());
                }
                return new @Nullable Tensor[] {x.requiresGradient() ? dx : null, dt};
            });
        }
    }
}
