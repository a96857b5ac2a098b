package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;

/** The mean and variance {@code [C]} that a normalisation uses: those of the batch in training, the running ones in evaluation. */
record ChannelStatistics(Tensor mean, Tensor variance) implements AutoCloseable {

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

    /** In training also updates {@code running}. */
    static ChannelStatistics of(String op, Tensor x, RunningStatistics running, boolean training) {
        if (!training) {
            return new ChannelStatistics(
                    running.mean().detach(), running.variance().detach());
        }
        ChannelStatistics batch =
                new ChannelStatistics(running.mean().like(), running.variance().like());
        Backend.of(x).normalisation().statistics(x.storage(), batch.mean.storage(), batch.variance.storage());
        running.update(op, batch.mean.storage(), batch.variance.storage(), values(x));
        return batch;
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
