package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Dropout: in training {@code y = x * m / (1 - p)} with m = 0 with probability p, else 1; {@code dx = dy * m / (1 - p)}. In evaluation
 * y = x (Srivastava et al. 2014). The mask is computed from the seed both times, and so takes no memory.
 */
public final class Dropout {
    private Dropout() {}

    /**
     * Sets elements to 0 at random.
     *
     * @param x any shape
     * @param p the probability of an element to be dropped, in [0, 1)
     * @param seed decides which; use another one for each call
     * @param training if false, {@code x} itself is the result
     */
    public static Tensor dropout(Tensor x, float p, long seed, boolean training) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout needs a probability in [0, 1), got " + p);
        }
        if (!training || p == 0) {
            return x;
        }
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.elementwise().dropout(x.storage(), p, seed, y.storage());
        return Autograd.record("dropout", y, List.of(x), List.of(), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.elementwise().dropout(dy.storage(), p, seed, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
