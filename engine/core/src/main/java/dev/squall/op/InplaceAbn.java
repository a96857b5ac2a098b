package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * In-place activated batch normalisation (Rota Bulo et al. 2018): {@code y = f((x - mean) / sqrt(variance + epsilon) * (|weight| + epsilon) +
 * bias)} for each channel, written over x. Since f can be inverted, the backward pass recovers the normalised x from y, and no copy of x
 * is kept; the rule is in {@link dev.squall.backend.Normalisation#backwardFromOutput}.
 */
public final class InplaceAbn {
    private InplaceAbn() {}

    /**
     * Normalises and activates {@code x} in its own storage; use the result in its place.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}
     * @param weight {@code [C]}
     * @param bias {@code [C]}
     * @param running updated in training, used in evaluation
     * @param activation identity, or leaky ReLU with a slope above 0
     * @return of x's shape
     * @throws IllegalArgumentException in training if there is only one value for each channel
     * @throws IllegalStateException if another operation needs {@code x} for its backward pass
     */
    public static Tensor inplaceAbn(
            Tensor x,
            Tensor weight,
            Tensor bias,
            RunningStatistics running,
            float epsilon,
            Activation activation,
            boolean training) {
        Tensor y = overwritten(x, weight, bias, running, activation, training);
        try (ChannelStatistics statistics = ChannelStatistics.of(running, training)) {
            Norm norm = Norm.inplaceAbn(epsilon, activation);
            statistics.normalise("inplaceAbn", training, y, weight, bias, norm, y);
            return record(x, y, weight, bias, statistics, norm, training);
        }
    }

    /**
     * The same in training, where the statistics of {@code x} are known already.
     *
     * @param batch {@code [C]}
     */
    public static Tensor inplaceAbn(
            Tensor x,
            Tensor weight,
            Tensor bias,
            RunningStatistics running,
            float epsilon,
            Activation activation,
            ChannelStatistics batch) {
        Check.imagesOrFeatures("inplaceAbn", x);
        batch.check("inplaceAbn", x, x.shape().channels());
        Tensor y = overwritten(x, weight, bias, running, activation, true);
        batch.update("inplaceAbn", running, y);
        Norm norm = Norm.inplaceAbn(epsilon, activation);
        batch.normalise("inplaceAbn", false, y, weight, bias, norm, y);
        return record(x, y, weight, bias, batch, norm, true);
    }

    /** Checks the operands, and claims x's storage for the result. */
    private static Tensor overwritten(
            Tensor x, Tensor weight, Tensor bias, RunningStatistics running, Activation activation, boolean training) {
        ChannelStatistics.check("inplaceAbn", x, weight, bias, running, training);
        if (!activation.isInvertible()) {
            throw new IllegalArgumentException(
                    "inplaceAbn needs an activation that can be inverted, identity or leaky ReLU with a"
                            + " slope above 0, got " + activation);
        }
        return Tensor.of(x.overwrite("inplaceAbn"));
    }

    private static Tensor record(
            Tensor x, Tensor y, Tensor weight, Tensor bias, ChannelStatistics statistics, Norm norm, boolean training) {
        Backend backend = Backend.of(y);
        Tensor variance = statistics.variance();
        return Autograd.record("inplaceAbn", y, List.of(x, weight, bias), List.of(y, variance, weight, bias), dy -> {
            Tensor dx = gradientStorage(y, dy);
            Tensor dweight = weight.like();
            Tensor dbias = bias.like();
            backend.normalisation()
                    .backwardFromOutput(
                            y.storage(),
                            variance.storage(),
                            weight.storage(),
                            bias.storage(),
                            dy.storage(),
                            norm,
                            training,
                            dx.storage(),
                            dweight.storage(),
                            dbias.storage());
            return new Tensor[] {dx, dweight, dbias};
        });
    }

    /** Where dx goes: over dy or over y if nobody else can see it, so that the backward pass too needs no memory. */
    static Tensor gradientStorage(Tensor y, Tensor dy) {
        return !dy.storage().isExclusive() && y.storage().isExclusive() ? y.detach() : Autograd.reuse(dy);
    }
}
