package dev.squall.nn;

import static dev.squall.op.Reshape.flatten;

import dev.squall.tensor.Tensor;

/** Images to vectors, {@code [N, C, H, W]} to {@code [N, C H W]}. */
public final class Flatten extends Module {
    @Override
    protected Tensor compute(Tensor x) {
        return flatten(x);
    }
}
