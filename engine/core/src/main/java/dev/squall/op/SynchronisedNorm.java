package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Norm;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link BatchNorm} and {@link InplaceAbn} in training, of a batch in several parts. With n values of a channel in a part and N in all,
 *
 * <pre>
 * mean     = sum over parts of (n * own mean) / N
 * variance = sum over parts of n * (own variance + (own mean - mean)^2) / N
 * dx       = g * (dy - sum of dbias / N - xhat * sum of s / N)
 * </pre>
 *
 * where dbias and s are a part's own sums, of {@link dev.squall.backend.Normalisation}, which are its part of the parameters' gradients too. The
 * variance needs a sum of its own, after the mean: squares of values far from zero would leave no digits for it.
 */
public final class SynchronisedNorm {
    private static final String OP = "synchronisedNorm";

    /** Nothing beside 1. */
    private static final float TINY = 1e-30f;

    private SynchronisedNorm() {}

    /**
     * Normalises each channel by the statistics of the whole batch. With {@link Norm#absoluteWeight} it is an Inplace-ABN, activates too and overwrites
     * {@code x}; use the result in its place.
     *
     * @param x {@code [N, C, H, W]} or {@code [N, C]}, the part
     * @param weight {@code [C]}
     * @param bias {@code [C]}
     * @param running moved once, by the statistics of the whole batch
     * @param own the statistics of {@code x}, which take on those of the batch; empty ones if they are not known yet
     * @param isKnown whether they are
     * @throws IllegalArgumentException if the whole batch has only one value for each channel
     */
    public static Tensor synchronisedNorm(
            Tensor x,
            Tensor weight,
            Tensor bias,
            RunningStatistics running,
            Norm norm,
            ChannelStatistics own,
            boolean isKnown,
            BatchSums sums) {
        ChannelStatistics.check(OP, x, weight, bias, running, false);
        own.check(OP, x, x.shape().channels());
        Tensor input = norm.absoluteWeight() ? Tensor.of(x.overwrite(OP)) : x;
        if (!isKnown) {
            Backend.of(x)
                    .normalisation()
                    .statistics(
                            input.storage(),
                            own.mean().storage(),
                            own.variance().storage());
        }
        Whole whole = gather(input, own, running, sums);
        Tensor y = norm.absoluteWeight() ? input : x.like();
        own.normalise(OP, false, input, weight, bias, norm, y);
        return norm.absoluteWeight()
                ? recordInPlace(x, y, weight, bias, own, norm, whole, sums)
                : record(x, y, weight, bias, own, norm, whole, sums);
    }

    /**
     * What a backward pass asks of the whole batch.
     *
     * @param values of each channel
     * @param variances of the channels
     */
    private record Whole(float values, float[] variances) {}

    /** Replaces {@code own} with the statistics of the whole batch. */
    private static Whole gather(Tensor x, ChannelStatistics own, RunningStatistics running, BatchSums sums) {
        float[] mean = own.mean().toArray();
        float[] variance = own.variance().toArray();
        int channels = mean.length;
        double n = sums.isCounted() ? x.shape().batch() * x.shape().plane() : 0;
        float[] terms = new float[channels + 1];
        for (int c = 0; c < channels; c++) {
            terms[c] = (float) (n * mean[c]);
        }
        terms[channels] = (float) n;
        float[] means = sums.sum(terms).clone();
        float total = means[channels];
        Check.that(
                total > 1,
                OP,
                "more than one value for each channel in training, to have a variance (a larger batch or image, or evaluation)",
                x);
        float[] squares = new float[channels];
        for (int c = 0; c < channels; c++) {
            means[c] /= total;
            double off = (double) mean[c] - means[c];
            squares[c] = (float) (n * (variance[c] + off * off));
        }
        float[] variances = sums.sum(squares).clone();
        for (int c = 0; c < channels; c++) {
            variances[c] /= total;
        }
        own.mean().upload(Arrays.copyOf(means, channels));
        own.variance().upload(variances);
        if (sums.movesStatistics()) {
            Elementwise elementwise = Backend.of(x).elementwise();
            var moved = running.written(OP);
            float m = running.momentum();
            elementwise.axpby(1 - m, moved.mean(), m, own.mean().storage(), moved.mean());
            float unbiased = (float) ((double) m * total / (total - 1));
            elementwise.axpby(1 - m, moved.variance(), unbiased, own.variance().storage(), moved.variance());
        }
        return new Whole(total, variances);
    }

    private static Tensor record(
            Tensor x,
            Tensor y,
            Tensor weight,
            Tensor bias,
            ChannelStatistics batch,
            Norm norm,
            Whole whole,
            BatchSums sums) {
        Backend backend = Backend.of(x);
        Tensor mean = batch.mean();
        Tensor variance = batch.variance();
        return Autograd.record(OP, y, List.of(x, weight, bias), List.of(x, mean, variance, weight), dy -> {
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
                            false,
                            dx.storage(),
                            dweight.storage(),
                            dbias.storage());
            Means means = Means.of(weight, dweight, dbias, norm, whole, sums);
            try (Scope _ = Scope.open()) {
                Tensor through = x.like();
                backend.normalisation()
                        .apply(
                                x.storage(),
                                mean.storage(),
                                variance.storage(),
                                means.tensor(weight, means.ofNormalised).storage(),
                                means.tensor(weight, means.ofAll).storage(),
                                Norm.plain(norm.epsilon()),
                                through.storage());
                backend.accumulate(through.storage(), dx.storage());
            }
            return new Tensor[] {dx, dweight, dbias};
        });
    }

    private static Tensor recordInPlace(
            Tensor x,
            Tensor y,
            Tensor weight,
            Tensor bias,
            ChannelStatistics batch,
            Norm norm,
            Whole whole,
            BatchSums sums) {
        Backend backend = Backend.of(y);
        Tensor variance = batch.variance();
        return Autograd.record(OP, y, List.of(x, weight, bias), List.of(y, variance, weight, bias), dy -> {
            Tensor dweight = weight.like();
            Tensor dbias = bias.like();
            Tensor through = y.like();
            // What dx overwrites may be y.
            Activation f = norm.activation();
            backend.elementwise()
                    .activate(
                            f.kind() == Activation.Kind.IDENTITY ? f : Activation.leakyRelu(1 / f.slope()),
                            y.storage(),
                            through.storage());
            Tensor dx = InplaceAbn.gradientStorage(y, dy);
            backend.normalisation()
                    .backwardFromOutput(
                            y.storage(),
                            variance.storage(),
                            weight.storage(),
                            bias.storage(),
                            dy.storage(),
                            norm,
                            false,
                            dx.storage(),
                            dweight.storage(),
                            dbias.storage());
            Means means = Means.of(weight, dweight, dbias, norm, whole, sums);
            float[] gammas = gammas(weight, norm);
            for (int c = 0; c < gammas.length; c++) {
                means.ofNormalised[c] /= gammas[c];
            }
            try (Scope _ = Scope.open()) {
                float[] ones = new float[gammas.length];
                Arrays.fill(ones, 1);
                backend.normalisation()
                        .apply(
                                through.storage(),
                                bias.storage(),
                                means.tensor(weight, ones).storage(),
                                means.tensor(weight, means.ofNormalised).storage(),
                                means.tensor(weight, means.ofAll).storage(),
                                Norm.plain(TINY),
                                through.storage());
                backend.accumulate(through.storage(), dx.storage());
            }
            through.close();
            return new @Nullable Tensor[] {dx, dweight, dbias};
        });
    }

    private static float[] gammas(Tensor weight, Norm norm) {
        float[] gammas = weight.toArray();
        for (int c = 0; norm.absoluteWeight() && c < gammas.length; c++) {
            gammas[c] = Math.abs(gammas[c]) + norm.epsilon();
        }
        return gammas;
    }

    /** What comes to each dx through the statistics, by channel: {@code -g * sum of s / N}, times xhat, and {@code -g * sum of dbias / N}. */
    private record Means(float[] ofNormalised, float[] ofAll) {
        static Means of(Tensor weight, Tensor dweight, Tensor dbias, Norm norm, Whole whole, BatchSums sums) {
            float[] weights = weight.toArray();
            float[] gammas = gammas(weight, norm);
            int channels = weights.length;
            float[] terms = Arrays.copyOf(dweight.toArray(), 2 * channels);
            System.arraycopy(dbias.toArray(), 0, terms, channels, channels);
            for (int c = 0; c < channels; c++) {
                if (norm.absoluteWeight() && weights[c] < 0) {
                    terms[c] = -terms[c];
                }
            }
            float[] all = sums.sum(terms);
            Means means = new Means(new float[channels], new float[channels]);
            for (int c = 0; c < channels; c++) {
                double g = gammas[c] / Math.sqrt((double) whole.variances[c] + norm.epsilon()) / whole.values;
                means.ofNormalised[c] = (float) (-g * all[c]);
                means.ofAll[c] = (float) (-g * all[channels + c]);
            }
            return means;
        }

        Tensor tensor(Tensor like, float[] values) {
            Tensor tensor = like.like();
            tensor.upload(values);
            return tensor;
        }
    }
}
