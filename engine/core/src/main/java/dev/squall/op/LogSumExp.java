package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Reduction;
import dev.squall.backend.Unary;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * {@code y = m + ln(sum of e^(x - m))} over dimensions, with m the largest element, so that nothing overflows; {@code dx = dy * e^(x - y)}.
 */
public final class LogSumExp {
    private LogSumExp() {}

    /**
     * The logarithm of the sum of exponentials over dimensions.
     *
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor logSumExp(Tensor x, boolean keepDimensions, int... dimensions) {
        int[] over = Dimensions.of("logSumExp", x, dimensions);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Dimensions.kept(x.shape(), over));
        try (Tensor largest = y.like();
                Tensor exponentials = x.like()) {
            backend.reduction().reduce(Reduction.Kind.MAX, x.storage(), over, largest.storage());
            replaceInfinities(backend, largest.storage(), y.storage());
            backend.elementwise().binary(Binary.SUBTRACT, x.storage(), largest.storage(), exponentials.storage());
            backend.elementwise().unary(Unary.EXP, exponentials.storage(), exponentials.storage());
            backend.reduction().reduce(Reduction.Kind.SUM, exponentials.storage(), over, y.storage());
            backend.elementwise().unary(Unary.LOG, y.storage(), y.storage());
            backend.elementwise().binary(Binary.ADD, y.storage(), largest.storage(), y.storage());
        }
        Autograd.record("logSumExp", y, List.of(x), List.of(x, y), dy -> {
            Tensor dx = x.like();
            backend.elementwise().binary(Binary.SUBTRACT, x.storage(), y.storage(), dx.storage());
            backend.elementwise().unary(Unary.EXP, dx.storage(), dx.storage());
            backend.elementwise().binary(Binary.MULTIPLY, dx.storage(), dy.storage(), dx.storage());
            return new Tensor[] {dx};
        });
        return keepDimensions ? y : Reshape.reshape(y, Dimensions.dropped(x.shape(), over));
    }

    /** An infinite m would make infinity less infinity of the largest elements; without it they give the right infinity by themselves. */
    private static void replaceInfinities(Backend backend, Storage m, Storage scratch) {
        backend.elementwise().unary(Unary.ABS, m, scratch);
        backend.elementwise().binary(Binary.EQUAL, scratch, Float.POSITIVE_INFINITY, scratch);
        try (Tensor zero = Tensor.fromArray(backend, Shape.SCALAR, 0f)) {
            backend.elementwise().where(scratch, zero.storage(), m, m);
        }
    }
}
