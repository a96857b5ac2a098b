package dev.squall.nn;

import static dev.squall.op.GlobalAveragePool.globalAveragePool;

import dev.squall.tensor.Tensor;

/** The mean of each image plane, {@code [N, C, H, W]} to {@code [N, C]}. */
public final class GlobalAveragePool extends Module {
    @Override
    protected Tensor compute(Tensor x) {
        return globalAveragePool(x);
    }
}
