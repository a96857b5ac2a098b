package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Maximum over windows: {@code y[i,j] = max of x over the window}; dy goes to the first maximum of its window in row-major order. */
public final class MaxPool {
    private MaxPool() {}

    /**
     * Takes the maximum of images over windows; padding never wins.
     *
     * @param x {@code [N, C, H, W]}
     * @return {@code [N, C, H', W']}, see {@link PoolGeometry#output}
     */
    public static Tensor maxPool(Tensor x, PoolGeometry geometry) {
        Check.window("maxPool", x, geometry);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, geometry.output(x.shape()));
        backend.pooling().max(x.storage(), geometry, y.storage());
        return Autograd.record("maxPool", y, List.of(x), List.of(x), dy -> {
            Tensor dx = x.like();
            backend.pooling().maxBackward(x.storage(), dy.storage(), geometry, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
