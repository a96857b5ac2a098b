package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation (Ba et al. 2016): {@code z = (x - mean) / sqrt(variance + epsilon)} with the mean and the biased variance over the last dimensions,
 * then {@code y = z * weight + bias}, element by element. Backward, with g = dy * weight: dx is in {@link
 * dev.squall.backend.Normalisation#standardiseBackward}; dweight sums {@code dy * z} over the other dimensions, dbias dy.
 */
public final class LayerNorm {
    private LayerNorm() {}

    /**
     * Normalises over the last dimensions.
     *
     * @param normalised their sizes
     * @param weight of that shape, or null for 1
     * @param bias of that shape, or null for 0
     * @param epsilon usually 1e-5
     * @return of x's shape
     */
    public static Tensor layerNorm(
            Tensor x, Shape normalised, @Nullable Tensor weight, @Nullable Tensor bias, float epsilon) {
        int rank = x.shape().rank();
        int first = rank - normalised.rank();
        Check.that(
                normalised.rank() >= 1
                        && first >= 0
                        && IntStream.range(0, normalised.rank())
                                .allMatch(d -> x.shape().dim(first + d) == normalised.dim(d)),
                "layerNorm",
                "a tensor whose last dimensions are " + normalised,
                x);
        int[] over = IntStream.range(first, rank).toArray();
        Tensor z = standardise(x, over, epsilon);
        Tensor scaled = weight == null ? z : Multiply.multiply(z, checked(weight, normalised));
        return bias == null ? scaled : Add.add(scaled, checked(bias, normalised));
    }

    private static Tensor checked(Tensor parameter, Shape normalised) {
        Check.that(parameter.shape().equals(normalised), "layerNorm", "a weight and a bias " + normalised, parameter);
        return parameter;
    }

    private static Tensor standardise(Tensor x, int[] over, float epsilon) {
        Backend backend = Backend.of(x);
        Tensor z = x.like();
        try (Tensor inverse = Tensor.empty(backend, Dimensions.kept(x.shape(), over))) {
            backend.normalisation().standardise(x.storage(), over, epsilon, inverse.storage(), z.storage());
            return Autograd.record("layerNorm", z, List.of(x), List.of(z, inverse), dz -> {
                Tensor dx = x.like();
                backend.normalisation()
                        .standardiseBackward(z.storage(), inverse.storage(), dz.storage(), over, dx.storage());
                return new Tensor[] {dx};
            });
        }
    }
}
