package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * Batch normalisation (Ioffe and Szegedy 2015): {@code y = (x - mean) / sqrt(variance + epsilon) * weight + bias} for each channel, in training
 * with the statistics of the batch, in evaluation with the running ones. The backward rule is in {@link dev.squall.backend.Normalisation}.
 */
public final class BatchNorm {
    private BatchNorm() {}

    /**
     * Normalises each channel.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}
     * @param weight {@code [C]}
     * @param bias {@code [C]}
     * @param running updated in training, used in evaluation
     * @return of x's shape
     * @throws IllegalArgumentException in training if there is only one value for each channel
     */
    public static Tensor batchNorm(
            Tensor x, Tensor weight, Tensor bias, RunningStatistics running, float epsilon, boolean training) {
        ChannelStatistics.check("batchNorm", x, weight, bias, running, training);
        try (ChannelStatistics statistics = ChannelStatistics.of(running, training)) {
            return apply(x, weight, bias, statistics, epsilon, training, training);
        }
    }

    /**
     * The same in training, where the statistics of {@code x} are known already.
     *
     * @param batch {@code [C]}
     */
    public static Tensor batchNorm(
            Tensor x, Tensor weight, Tensor bias, RunningStatistics running, float epsilon, ChannelStatistics batch) {
        ChannelStatistics.check("batchNorm", x, weight, bias, running, true);
        batch.check("batchNorm", x, x.shape().channels());
        batch.update("batchNorm", running, x);
        return apply(x, weight, bias, batch, epsilon, true, false);
    }

    private static Tensor apply(
            Tensor x,
            Tensor weight,
            Tensor bias,
            ChannelStatistics statistics,
            float epsilon,
            boolean training,
            boolean gather) {
        Backend backend = Backend.of(x);
        Norm norm = Norm.plain(epsilon);
        Tensor mean = statistics.mean();
        Tensor variance = statistics.variance();
        Tensor y = x.like();
        statistics.normalise("batchNorm", gather, x, weight, bias, norm, y);
        return Autograd.record("batchNorm", y, List.of(x, weight, bias), List.of(x, mean, variance, weight), dy -> {
            Tensor dx = Autograd.reuse(dy);
            Tensor dweight = weight.like();
            Tensor dbias = bias.like();
            backend.normalisation()
                    .backward(
                            x.storage(),
                            mean.storage(),
                            variance.storage(),
                            weight.storage(),
                            dy.storage(),
                            norm,
                            training,
                            dx.storage(),
                            dweight.storage(),
                            dbias.storage());
            return new Tensor[] {dx, dweight, dbias};
        });
    }
}
