package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Softmax along a dimension: {@code y = e^x / sum of e^x}; {@code dx = y * (dy - sum of dy * y)}, the sums along the dimension.
 */
public final class Softmax {
    private Softmax() {}

    /** The softmax of each row of {@code x} {@code [N, C]}. */
    public static Tensor softmax(Tensor x) {
        Check.features("softmax", x);
        return softmax(x, 1);
    }

    /**
     * The softmax along a dimension, any shape.
     *
     * @param dimension negative ones count from the end
     */
    public static Tensor softmax(Tensor x, int dimension) {
        int d = Dimensions.of("softmax", x, dimension);
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.loss().softmax(x.storage(), d, y.storage());
        return Autograd.record("softmax", y, List.of(x), List.of(y), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.loss().softmaxBackward(y.storage(), dy.storage(), d, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
