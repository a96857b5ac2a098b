package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * The logarithm of softmax along a dimension: {@code y = x - ln(sum of e^x)}; {@code dx = dy - e^y * sum of dy}, the sums along the dimension.
 */
public final class LogSoftmax {
    private LogSoftmax() {}

    /**
     * The logarithm of the softmax along a dimension, any shape.
     *
     * @param dimension negative ones count from the end
     */
    public static Tensor logSoftmax(Tensor x, int dimension) {
        int d = Dimensions.of("logSoftmax", x, dimension);
        Backend backend = Backend.of(x);
        Tensor y = x.like();
        backend.loss().logSoftmax(x.storage(), d, y.storage());
        return Autograd.record("logSoftmax", y, List.of(x), List.of(y), dy -> {
            Tensor dx = Autograd.reuse(dy);
            backend.loss().logSoftmaxBackward(y.storage(), dy.storage(), d, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
