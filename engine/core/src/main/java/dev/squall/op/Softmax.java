package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Softmax over the channels: {@code y[n,c] = exp(x[n,c]) / sum over c of exp(x[n,c])}; {@code dx = y * (dy - sum over c of dy * y)}. */
public final class Softmax {
    private Softmax() {}

    /** The softmax of each row of {@code x} {@code [N, C]}. */
    public static Tensor softmax(Tensor x) {
        Check.features("softmax", x);
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.loss().softmax(x.storage(), y.storage());
        return Autograd.record("softmax", y, List.of(x), List.of(y), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.loss().softmaxBackward(y.storage(), dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }
}
