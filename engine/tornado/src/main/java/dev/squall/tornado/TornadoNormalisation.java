package dev.squall.tornado;

import static dev.squall.tornado.kernel.NormalisationKernels.APPLY;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_INPUT;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_PARTIALS;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_TOTALS;

import dev.squall.backend.Activation;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.layout.TornadoStorage;

/** Batch normalisation: statistics in four launches, forward in one, backward in three. */
final class TornadoNormalisation implements Normalisation {
    private static final int LANES = TornadoStorage.LANES;

    private final Launcher launcher;
    private final TornadoReduction reduction;

    TornadoNormalisation(Launcher launcher, TornadoReduction reduction) {
        this.launcher = launcher;
        this.reduction = reduction;
    }

    @Override
    public void statistics(Storage x, Storage mean, Storage variance) {
        reduction.channelMean(x, mean);
        reduction.channelVariance(x, mean, variance);
    }

    @Override
    public void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        TornadoStorage from = TornadoStorage.of(x);
        int vectors = from.channelVectors();
        int items = from.pixels() * vectors;
        launcher.launch(
                APPLY,
                items,
                1,
                new int[] {
                    items,
                    vectors,
                    from.shape().channels(),
                    from.offset() * LANES,
                    at(y) * LANES,
                    from.pixelFloats(),
                    at(mean),
                    at(variance),
                    at(weight),
                    at(bias),
                    absolute(norm)
                },
                norm.epsilon(),
                slope(norm.activation()));
    }

    @Override
    public void backward(
            Storage x,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        backward(false, x, mean, variance, weight, weight, dy, norm, batchStatistics, dx, dweight, dbias);
    }

    @Override
    public void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        backward(true, y, variance, variance, weight, bias, dy, norm, batchStatistics, dx, dweight, dbias);
    }

    private void backward(
            boolean fromOutput,
            Storage saved,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        TornadoStorage from = TornadoStorage.of(saved);
        int channels = from.shape().channels();
        int vectors = from.channelVectors();
        int pixels = from.pixels();
        int chunk = TornadoReduction.chunk(pixels);
        int chunks = Math.ceilDiv(pixels, chunk);
        int output = fromOutput ? 1 : 0;
        float slope = slope(norm.activation());
        launcher.withScratch((2 * chunks + 1) * vectors, scratch -> {
            int sums = scratch + 2 * chunks * vectors;
            launcher.launch(
                    BACKWARD_PARTIALS,
                    vectors,
                    chunks,
                    new int[] {
                        vectors,
                        chunks,
                        pixels,
                        chunk,
                        channels,
                        from.offset() * LANES,
                        at(dy) * LANES,
                        from.pixelFloats(),
                        scratch,
                        at(mean),
                        at(variance),
                        at(weight),
                        at(bias),
                        absolute(norm),
                        output
                    },
                    norm.epsilon(),
                    slope);
            launcher.launch(BACKWARD_TOTALS, vectors, 1, new int[] {
                vectors, chunks, scratch, at(dbias), at(dweight), sums, at(weight), absolute(norm)
            });
            launcher.launch(
                    BACKWARD_INPUT,
                    pixels * vectors,
                    1,
                    new int[] {
                        pixels * vectors,
                        vectors,
                        channels,
                        from.offset() * LANES,
                        at(dy) * LANES,
                        at(dx) * LANES,
                        from.pixelFloats(),
                        at(dbias),
                        sums,
                        at(mean),
                        at(variance),
                        at(weight),
                        at(bias),
                        absolute(norm),
                        output
                    },
                    norm.epsilon(),
                    slope,
                    batchStatistics ? 1f / pixels : 0f);
        });
    }

    private static int at(Storage storage) {
        return TornadoStorage.of(storage).offset();
    }

    private static int absolute(Norm norm) {
        return norm.absoluteWeight() ? 1 : 0;
    }

    /** An activation as the factor for negative values. */
    private static float slope(Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY -> 1f;
            case RELU, LEAKY_RELU -> activation.slope();
            case SIGMOID, SILU, RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH ->
                throw new UnsupportedOperationException(
                        "the tornado backend normalises with an identity, ReLU or leaky ReLU, not "
                                + activation.kind());
        };
    }
}
