package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;

/**
 * The mean and the biased variance of each channel, by which a normalisation normalises: those of the batch in training, the running ones in
 * evaluation. A convolution in training can gather those of its result while it writes it.
 *
 * @param mean {@code [C]}
 * @param variance {@code [C]}
 */
public record ChannelStatistics(Tensor mean, Tensor variance) implements AutoCloseable {

    /** Room for those of a batch. */
    public static ChannelStatistics empty(RunningStatistics running) {
        return new ChannelStatistics(running.mean().like(), running.variance().like());
    }

    static void check(String op, Tensor x, Tensor weight, Tensor bias, RunningStatistics running, boolean training) {
        Check.imagesOrFeatures(op, x);
        Check.perChannel(op, "a weight", x, weight);
        Check.perChannel(op, "a bias", x, bias);
        Check.perChannel(op, "a running mean", x, running.mean());
        Check.perChannel(op, "a running variance", x, running.variance());
        Check.that(
                !training || values(x) > 1,
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

    /** In training those of {@code x}, with which it also updates {@code running}. */
    static ChannelStatistics of(String op, Tensor x, RunningStatistics running, boolean training) {
        if (!training) {
            return new ChannelStatistics(
                    running.mean().detach(), running.variance().detach());
        }
        ChannelStatistics batch = empty(running);
        Backend.of(x).normalisation().statistics(x.storage(), batch.mean.storage(), batch.variance.storage());
        batch.update(op, running, x);
        return batch;
    }

    /** Moves the running statistics towards these, of {@code x}. */
    void update(String op, RunningStatistics running, Tensor x) {
        running.update(op, mean.storage(), variance.storage(), values(x));
    }

    /** For a backend to fill. */
    Epilogue.Statistics storages() {
        return new Epilogue.Statistics(mean.storage(), variance.storage());
    }

    private static int values(Tensor x) {
        return x.shape().batch() * x.shape().plane();
    }

    /** Gives up its handles; what was saved for a backward pass stays. */
    @Override
    public void close() {
        mean.close();
        variance.close();
    }
}
