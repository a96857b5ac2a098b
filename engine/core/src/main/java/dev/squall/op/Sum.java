package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/** Sums of all elements, or over some dimensions: {@code y = sum of x}; dx is dy, repeated over what was summed. */
public final class Sum {
    private Sum() {}

    /** The sum of all elements of {@code x}, a scalar. */
    public static Tensor sum(Tensor x) {
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Shape.SCALAR);
        backend.reduction().sum(x.storage(), y.storage());
        return Autograd.record("sum", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.elementwise().broadcast(dy.storage(), 1f, dx.storage());
            return new Tensor[] {dx};
        });
    }

    /**
     * Sums over dimensions.
     *
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor sum(Tensor x, boolean keepDimensions, int... dimensions) {
        int[] over = Dimensions.of("sum", x, dimensions);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Dimensions.kept(x.shape(), over));
        backend.reduction().reduce(Reduction.Kind.SUM, x.storage(), over, y.storage());
        Autograd.record("sum", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            Broadcasting.repeat(dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
        return keepDimensions ? y : Reshape.reshape(y, Dimensions.dropped(x.shape(), over));
    }
}
