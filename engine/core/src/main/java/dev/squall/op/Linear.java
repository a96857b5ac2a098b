package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fully connected layer: {@code y = x w^T + bias}; {@code dx = dy w}, {@code dw = dy^T x}, dbias sums dy over the batch. */
public final class Linear {
    private Linear() {}

    /**
     * Maps features linearly.
     *
     * @param x {@code [N, C]}
     * @param w {@code [K, C]}
     * @param bias {@code [K]}, or null for none
     * @return {@code [N, K]}
     */
    public static Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias) {
        Check.features("linear", x);
        Check.that(
                w.shape().rank() == 2 && w.shape().dim(1) == x.shape().channels(),
                "linear",
                "features [N, C] and weights [K, C]",
                x,
                w);
        Check.sameBackend("linear", x, w);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Shape.of(x.shape().batch(), w.shape().dim(0)));
        backend.matmul().matmul(x.storage(), false, w.storage(), true, y.storage());
        if (bias != null) {
            Check.perChannel("linear", "a bias", y, bias);
            backend.elementwise().addChannels(y.storage(), bias.storage(), y.storage());
        }
        List<Tensor> saved = new ArrayList<>();
        if (x.requiresGradient()) {
            saved.add(w);
        }
        if (w.requiresGradient()) {
            saved.add(x);
        }
        List<Tensor> inputs = bias == null ? List.of(x, w) : List.of(x, w, bias);
        return Autograd.record("linear", y, inputs, saved, dy -> {
            Tensor dx = null;
            Tensor dw = null;
            Tensor dbias = null;
            if (x.requiresGradient()) {
                dx = x.like();
                backend.matmul().matmul(dy.storage(), false, w.storage(), false, dx.storage());
            }
            if (w.requiresGradient()) {
                dw = w.like();
                backend.matmul().matmul(dy.storage(), true, x.storage(), false, dw.storage());
            }
            if (bias != null && bias.requiresGradient()) {
                dbias = bias.like();
                backend.reduction().channelSum(dy.storage(), dbias.storage());
            }
            return new @Nullable Tensor[] {dx, dw, dbias};
        });
    }
}
