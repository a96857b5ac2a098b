package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Binary;
import dev.squall.backend.Reduction;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Variances over dimensions: {@code y = sum of (x - mean)^2 / (n - correction)} for n elements; {@code dx = dy * 2 (x - mean) / (n - correction)}.
 */
public final class Variance {
    private Variance() {}

    /**
     * The variance over dimensions.
     *
     * @param correction 1 for the estimate from a sample (PyTorch's default), 0 for the mean square itself; less than n
     * @param keepDimensions whether they stay, with size 1, or go
     * @param dimensions of any rank's; negative ones count from the end, none stands for all
     */
    public static Tensor variance(Tensor x, int correction, boolean keepDimensions, int... dimensions) {
        int[] over = Dimensions.of("variance", x, dimensions);
        Backend backend = Backend.of(x);
        Tensor y = Tensor.empty(backend, Dimensions.kept(x.shape(), over));
        int n = x.shape().elements() / y.shape().elements();
        Check.that(n > correction, "variance", "more than " + correction + " elements over the dimensions", x);
        Tensor centred = x.like();
        backend.reduction().reduce(Reduction.Kind.MEAN, x.storage(), over, y.storage());
        backend.elementwise().binary(Binary.SUBTRACT, x.storage(), y.storage(), centred.storage());
        // Far from zero the mean is rounded to a float that may be a deviation away, which shows as a mean of what was
        // centred.
        backend.reduction().reduce(Reduction.Kind.MEAN, centred.storage(), over, y.storage());
        backend.elementwise().binary(Binary.SUBTRACT, centred.storage(), y.storage(), centred.storage());
        Tensor squares = x.like();
        backend.elementwise().multiply(centred.storage(), centred.storage(), squares.storage());
        backend.reduction().reduce(Reduction.Kind.SUM, squares.storage(), over, y.storage());
        backend.elementwise().scale(1f / (n - correction), y.storage(), y.storage());
        squares.close();
        Autograd.record("variance", y, List.of(x), List.of(centred), dy -> {
            Tensor dx = x.like();
            Tensor factor = Autograd.reuse(dy);
            backend.elementwise().scale(2f / (n - correction), dy.storage(), factor.storage());
            backend.elementwise().binary(Binary.MULTIPLY, centred.storage(), factor.storage(), dx.storage());
            return new Tensor[] {dx};
        });
        centred.close();
        return keepDimensions ? y : Reshape.reshape(y, Dimensions.dropped(x.shape(), over));
    }
}
