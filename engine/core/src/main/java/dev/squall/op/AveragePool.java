package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Mean over windows: {@code y[i,j] = 1/d sum of x over the window}, with the divisor d of {@link PoolGeometry}; dx spreads each dy / d over its window. */
public final class AveragePool {
    private AveragePool() {}

    /**
     * Averages images over windows.
     *
     * @param x {@code [N, C, H, W]}
     * @return {@code [N, C, H', W']}, see {@link PoolGeometry#output}
     */
    public static Tensor averagePool(Tensor x, PoolGeometry geometry) {
        Check.window("averagePool", x, geometry);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, geometry.output(x.shape()));
        backend.pooling().average(x.storage(), geometry, y.storage());
        return Autograd.record("averagePool", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.pooling().averageBackward(dy.storage(), geometry, dx.storage());
            return new Tensor[] {dx};
        });
    }
}
