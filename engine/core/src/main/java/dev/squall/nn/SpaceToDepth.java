package dev.squall.nn;

import static dev.squall.op.SpaceToDepth.spaceToDepth;

import dev.squall.tensor.Tensor;

/** Moves squares of pixels to channels, {@code [N, C, H, W]} to {@code [N, block^2 C, H/block, W/block]}. */
public final class SpaceToDepth extends Module {
    private final int block;

    /** With squares of {@code block} pixels a side. */
    public SpaceToDepth(int block) {
        this.block = block;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return spaceToDepth(x, block);
    }
}
