package dev.squall.nn;

import static dev.squall.op.BlurPool.blurPool;

import dev.squall.tensor.Tensor;

/** Anti-aliased downsampling by 2, {@code [N, C, H, W]} to {@code [N, C, ceil(H/2), ceil(W/2)]}. */
public final class BlurPool extends Module {
    @Override
    protected Tensor compute(Tensor x) {
        return blurPool(x);
    }
}
