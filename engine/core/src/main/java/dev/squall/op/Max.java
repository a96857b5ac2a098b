package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * The largest element of all, or over some dimensions. The gradient goes to it, in equal parts where several are (as of PyTorch's {@code amax}). A NaN
 * wins.
 */
public final class Max {
    private Max() {}

    /** The largest element of {@code x}, a scalar. */
    public static Tensor max(Tensor x) {
        return max(x, false);
    }

    /**
     * The largest elements over dimensions.
     *
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor max(Tensor x, boolean keepDimensions, int... dimensions) {
        return extremum("max", Reduction.Kind.MAX, x, keepDimensions, dimensions);
    }

    /** The largest or the smallest elements; the rule is the same. */
    static Tensor extremum(String op, Reduction.Kind kind, Tensor x, boolean keepDimensions, int... dimensions) {
        int[] over = Dimensions.of(op, x, dimensions);
        Shape kept = Dimensions.kept(x.shape(), over);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, kept);
        backend.reduction().reduce(kind, x.storage(), over, y.storage());
        Autograd.record(op, y, List.of(x), List.of(x, y), dy -> {
            Tensor dx = x.like();
            Tensor winners = Tensor.empty(backend, kept);
            backend.elementwise().binary(Binary.EQUAL, x.storage(), y.storage(), dx.storage());
            backend.reduction().reduce(Reduction.Kind.SUM, dx.storage(), over, winners.storage());
            backend.elementwise().binary(Binary.DIVIDE, dy.storage(), winners.storage(), winners.storage());
            backend.elementwise().binary(Binary.MULTIPLY, dx.storage(), winners.storage(), dx.storage());
            return new Tensor[] {dx};
        });
        return keepDimensions ? y : Reshape.reshape(y, Dimensions.dropped(x.shape(), over));
    }
}
