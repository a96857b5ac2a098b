package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Mean of each image plane: {@code y[n,c] = 1/(HW) sum over h,w of x[n,c,h,w]}; {@code dx[n,c,h,w] = dy[n,c] / (HW)}. */
public final class GlobalAveragePool {
    private GlobalAveragePool() {}

    /** The means of {@code x} {@code [N, C, H, W]} as features {@code [N, C]}. */
    public static Tensor globalAveragePool(Tensor x) {
        Check.images("globalAveragePool", x);
        return into(x, Shape.of(x.shape().batch(), x.shape().channels()));
    }

    /** The means of {@code x} {@code [N, C, H, W]} as images of one pixel, {@code [N, C, 1, 1]}. */
    public static Tensor globalAveragePoolKeepDims(Tensor x) {
        Check.images("globalAveragePool", x);
        return into(x, Shape.of(x.shape().batch(), x.shape().channels(), 1, 1));
    }

    private static Tensor into(Tensor x, Shape shape) {
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, shape);
        backend.pooling().globalAverage(x.storage(), y.storage());
        return Autograd.record("globalAveragePool", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.pooling().globalAverageBackward(dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
    }
}
