package dev.squall.nn;

import static dev.squall.op.AveragePool.averagePool;

import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Tensor;

/** The average of each window, {@code [N, C, H, W]} to {@code [N, C, H', W']}. */
public final class AveragePool extends Module {
    private final PoolGeometry geometry;

    /** With windows that move as {@code geometry} says. */
    public AveragePool(PoolGeometry geometry) {
        this.geometry = geometry;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return averagePool(x, geometry);
    }
}
