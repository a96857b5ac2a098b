package dev.squall.op;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Tensor;

/**
 * The smallest element of all, or over some dimensions. The gradient goes to it, in equal parts where several are (as of PyTorch's {@code amin}), by the
 * rule of {@link Max}. A NaN wins.
 */
public final class Min {
    private Min() {}

    /** The smallest element of {@code x}, a scalar. */
    public static Tensor min(Tensor x) {
        return min(x, false);
    }

    /**
     * The smallest elements over dimensions.
     *
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor min(Tensor x, boolean keepDimensions, int... dimensions) {
        return Max.extremum("min", Reduction.Kind.MIN, x, keepDimensions, dimensions);
    }
}
