package dev.squall.nn;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.op.BatchSums;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.RunningStatistics;
import dev.squall.op.SynchronisedNorm;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Normalises each channel and applies an activation, {@code [N, C, H, W]} or {@code [N, C]} to the same: by the statistics of the batch in
 * training mode, by the running ones in evaluation mode. Parameters {@code weight [C]} (1) and {@code bias [C]} (0), buffers
 * {@code running_mean [C]} (0) and {@code running_var [C]} (1), counter {@code num_batches_tracked}.
 */
public abstract sealed class NormLayer extends Module permits InplaceAbn, BatchNorm {
    private final Config config;
    private final Tensor weight;
    private final Tensor bias;
    private final RunningStatistics running;
    private final Counter batches;
    private @Nullable BatchSums sums;

    /**
     * The settings of a norm.
     *
     * @param channels C
     * @param activation applied after the normalisation
     * @param epsilon added to the variance
     * @param momentum the weight of the newest batch in the running statistics
     */
    public record Config(int channels, Activation activation, float epsilon, float momentum) {
        public Config {
            if (channels < 1 || !(epsilon > 0) || !(momentum >= 0 && momentum <= 1)) {
                throw new IllegalArgumentException(
                        "a norm needs channels, an epsilon above 0 and a momentum in [0, 1], got " + channels + ", "
                                + epsilon + " and " + momentum);
            }
        }

        /** With epsilon 1e-5 and momentum 0.1. */
        public static Config of(int channels, Activation activation) {
            return new Config(channels, activation, 1e-5f, 0.1f);
        }
    }

    NormLayer(Backend backend, Config config) {
        this.config = config;
        Shape shape = Shape.of(config.channels);
        weight = parameter(backend, "weight", shape, Init.constant(1));
        bias = parameter(backend, "bias", shape, Init.constant(0));
        running = new RunningStatistics(
                buffer(backend, "running_mean", shape, 0), buffer(backend, "running_var", shape, 1), config.momentum);
        batches = counter("num_batches_tracked");
    }

    /** A norm of the given kind. */
    public static NormLayer of(Backend backend, NormKind kind, Config config) {
        return switch (kind) {
            case INPLACE -> new InplaceAbn(backend, config);
            case BATCHNORM -> new BatchNorm(backend, config);
        };
    }

    /** Lets {@link #initialise} begin with weight 0, so that a residual branch that ends here begins as (almost) nothing. */
    public final NormLayer zeroWeight() {
        setInit("weight", Init.constant(0));
        return this;
    }

    @Override
    protected final Tensor compute(Tensor x) {
        if (isTraining()) {
            batches.increment();
        }
        return apply(x, null);
    }

    /** As {@link #forward} in training mode, where the batch's statistics are known. */
    public final Tensor forward(Tensor x, ChannelStatistics batch) {
        if (!isTraining()) {
            throw new IllegalStateException("a norm in evaluation mode uses its running statistics; call forward(x)");
        }
        return run(x, input -> {
            batches.increment();
            return apply(input, batch);
        });
    }

    /**
     * From now on, in training mode, normalises by the statistics of a batch of which there are other parts elsewhere.
     *
     * @param sums over all of them; null for a batch that is all here
     */
    public final void synchronise(@Nullable BatchSums sums) {
        this.sums = sums;
    }

    /** Room for the statistics of what is to be normalised, for whoever gathers them. */
    final ChannelStatistics room() {
        return sums == null
                ? ChannelStatistics.empty(running)
                : new ChannelStatistics(
                        running.mean().like(), running.variance().like());
    }

    /** The norm of a part of a batch, or null where there is the whole of it. */
    final @Nullable Tensor synchronised(Tensor x, @Nullable ChannelStatistics batch) {
        BatchSums all = sums;
        if (all == null || !isTraining()) {
            return null;
        }
        if (batch != null) {
            return SynchronisedNorm.synchronisedNorm(x, weight, bias, running, norm(), batch, true, all);
        }
        try (ChannelStatistics own = room()) {
            return SynchronisedNorm.synchronisedNorm(x, weight, bias, running, norm(), own, false, all);
        }
    }

    /** @param batch statistics of {@code x}, or null if they are not known */
    abstract Tensor apply(Tensor x, @Nullable ChannelStatistics batch);

    /** The formula's constants, for folding into a convolution. */
    abstract Norm norm();

    /** What the norm was built with. */
    public final Config config() {
        return config;
    }

    /** The factor of each channel, {@code [C]}. */
    public final Tensor weight() {
        return weight;
    }

    /** The summand of each channel, {@code [C]}. */
    public final Tensor bias() {
        return bias;
    }

    /** Mean and variance over past batches, {@code [C]} each. */
    public final RunningStatistics running() {
        return running;
    }
}
