package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Means of all elements, or over some dimensions: {@code y = 1/n sum of x} for n elements; dx is dy / n, repeated over what was averaged. */
public final class Mean {
    private Mean() {}

    /** The mean of all elements of {@code x}, a scalar. */
    public static Tensor mean(Tensor x) {
        return Scale.scale(1f / x.shape().elements(), Sum.sum(x));
    }

    /**
     * Averages over dimensions.
     *
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor mean(Tensor x, boolean keepDimensions, int... dimensions) {
        int[] over = Dimensions.of("mean", x, dimensions);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Dimensions.kept(x.shape(), over));
        backend.reduction().reduce(Reduction.Kind.MEAN, x.storage(), over, y.storage());
        float share = (float) y.shape().elements() / x.shape().elements();
        Autograd.record("mean", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            Tensor shared = Autograd.reuse(dy);
            backend.elementwise().scale(share, dy.storage(), shared.storage());
            Broadcasting.repeat(shared.storage(), dx.storage());
            return new Tensor[] {dx};
        });
        return keepDimensions ? y : Reshape.reshape(y, Dimensions.dropped(x.shape(), over));
    }
}
