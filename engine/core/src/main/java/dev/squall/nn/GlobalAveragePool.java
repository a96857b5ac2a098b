package dev.squall.nn;

import static dev.squall.op.GlobalAveragePool.globalAveragePool;
import static dev.squall.op.GlobalAveragePool.globalAveragePoolKeepDims;

import dev.squall.tensor.Tensor;

/** The mean of each image plane, {@code [N, C, H, W]} to {@code [N, C]}. */
public final class GlobalAveragePool extends Module {
    private final boolean keepDimensions;

    /** To features, {@code [N, C]}. */
    public GlobalAveragePool() {
        this(false);
    }

    private GlobalAveragePool(boolean keepDimensions) {
        this.keepDimensions = keepDimensions;
    }

    /** To images of one pixel, {@code [N, C, 1, 1]}. */
    public static GlobalAveragePool keepingDimensions() {
        return new GlobalAveragePool(true);
    }

    @Override
    protected Tensor compute(Tensor x) {
        return keepDimensions ? globalAveragePoolKeepDims(x) : globalAveragePool(x);
    }
}
