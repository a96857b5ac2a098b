package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mean and the biased variance of each channel, by which a normalisation normalises: those of the batch in training, the running ones in
 * evaluation. A convolution in training can gather those of its result while it writes it.
 *
 * @param mean {@code [C]}
 * @param variance {@code [C]}
 * @param running what moves towards them as they are gathered, or null
 */
public record ChannelStatistics(
        Tensor mean, Tensor variance, @Nullable RunningStatistics running) implements AutoCloseable {

    /** Of a batch, known already. */
    public ChannelStatistics(Tensor mean, Tensor variance) {
        this(mean, variance, null);
    }

    /** Room for those of a batch; whoever gathers them moves {@code running} too. */
    public static ChannelStatistics empty(RunningStatistics running) {
        return new ChannelStatistics(running.mean().like(), running.variance().like(), running);
    }

    static void check(String op, Tensor x, Tensor weight, Tensor bias, RunningStatistics running, boolean training) {
        Check.imagesOrFeatures(op, x);
        Check.perChannel(op, "a weight", x, weight);
        Check.perChannel(op, "a bias", x, bias);
        Check.perChannel(op, "a running mean", x, running.mean());
        Check.perChannel(op, "a running variance", x, running.variance());
        if (training) {
            checkValues(op, x);
        }
    }

    private static void checkValues(String op, Tensor x) {
        Check.that(
                x.shape().batch() * x.shape().plane() > 1,
                op,
                "more than one value for each channel in training, to have a variance (a larger batch or image, or evaluation)",
                x);
    }

    /** Requires that these are of {@code channels} channels, on the backend of {@code x}. */
    void check(String op, Tensor x, int channels) {
        for (Tensor values : List.of(mean, variance)) {
            Check.that(
                    values.shape().equals(Shape.of(channels)), op, "statistics of " + channels + " channels", values);
            Check.sameBackend(op, x, values);
        }
    }

    /** Room for those of a batch in training, else the running ones. */
    static ChannelStatistics of(RunningStatistics running, boolean training) {
        return training
                ? empty(running)
                : new ChannelStatistics(
                        running.mean().detach(), running.variance().detach());
    }

    /**
     * y = the normalised x.
     *
     * @param gather whether these are to be filled first, with those of {@code x}
     */
    void normalise(String op, boolean gather, Tensor x, Tensor weight, Tensor bias, Norm norm, Tensor y) {
        Normalisation normalisation = Backend.of(x).normalisation();
        if (gather && running != null) {
            normalisation.normalise(
                    x.storage(),
                    mean.storage(),
                    variance.storage(),
                    running.written(op),
                    weight.storage(),
                    bias.storage(),
                    norm,
                    y.storage());
        } else {
            normalisation.apply(
                    x.storage(),
                    mean.storage(),
                    variance.storage(),
                    weight.storage(),
                    bias.storage(),
                    norm,
                    y.storage());
        }
    }

    /** Moves the running statistics towards these, of {@code x}, unless whoever gathered these has. */
    void update(String op, RunningStatistics others, Tensor x) {
        if (running == null || running.mean().storage() != others.mean().storage()) {
            others.written(op).move(x.storage(), mean.storage(), variance.storage());
        }
    }

    /** For a backend to fill with those of {@code y}. */
    Epilogue.Statistics filledBy(String op, Tensor y) {
        if (running != null) {
            checkValues(op, y);
        }
        return new Epilogue.Statistics(
                mean.storage(), variance.storage(), running == null ? null : running.written(op));
    }

    /** Gives up its handles; what was saved for a backward pass stays. */
    @Override
    public void close() {
        mean.close();
        variance.close();
    }
}
