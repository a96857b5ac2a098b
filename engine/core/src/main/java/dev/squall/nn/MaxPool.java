package dev.squall.nn;

import static dev.squall.op.MaxPool.maxPool;

import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Tensor;

/** The maximum of each window, {@code [N, C, H, W]} to {@code [N, C, H', W']}. */
public final class MaxPool extends Module {
    private final PoolGeometry geometry;

    /** With windows that move as {@code geometry} says. */
    public MaxPool(PoolGeometry geometry) {
        this.geometry = geometry;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return maxPool(x, geometry);
    }
}
