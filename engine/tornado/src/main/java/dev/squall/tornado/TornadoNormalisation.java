package dev.squall.tornado;

import static dev.squall.tornado.kernel.NormalisationKernels.APPLY;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_INPUT;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_PARTIALS;
import static dev.squall.tornado.kernel.NormalisationKernels.BACKWARD_TOTALS;
import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Activation;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.GroupSums;
import dev.squall.tornado.kernel.StatisticsKernels;
import dev.squall.tornado.layout.TornadoStorage;

/** Batch normalisation, in training one launch each way; with many pixels three each way. */
final class TornadoNormalisation implements Normalisation {
    private static final int LANES = TornadoStorage.LANES;

    private final Launcher launcher;

    TornadoNormalisation(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void statistics(Storage x, Storage mean, Storage variance) {
        int[] sizes = statisticsSizes(TornadoStorage.of(x), mean, variance);
        statistics(places(x, x), sizes, 0f, 0f, 0f);
    }

    @Override
    public void statistics(Storage x, Storage mean, Storage variance, Running running) {
        int[] sizes = statisticsSizes(TornadoStorage.of(x), mean, variance);
        running(sizes, running);
        statistics(places(x, x), sizes, 1f - running.momentum(), running.momentum(), running.varianceMomentum(x));
    }

    private static void running(int[] sizes, Running running) {
        sizes[StatisticsKernels.RUNNING_MEAN] = main(running.mean());
        sizes[StatisticsKernels.RUNNING_VARIANCE] = main(running.variance());
    }

    @Override
    public void normalise(
            Storage x,
            Storage mean,
            Storage variance,
            Running running,
            Storage weight,
            Storage bias,
            Norm norm,
            Storage y) {
        int[] sizes = statisticsSizes(TornadoStorage.of(x), mean, variance);
        if (sizes[StatisticsKernels.PIXELS] > GroupSums.MOST_PIXELS) {
            statistics(x, mean, variance, running);
            apply(x, mean, variance, weight, bias, norm, y);
            return;
        }
        running(sizes, running);
        sizes[StatisticsKernels.Y] = at(y) * LANES;
        sizes[StatisticsKernels.WEIGHT] = main(weight);
        sizes[StatisticsKernels.BIAS] = main(bias);
        sizes[StatisticsKernels.ABSOLUTE] = absolute(norm);
        statistics(
                places(x, y),
                sizes,
                1f - running.momentum(),
                running.momentum(),
                running.varianceMomentum(x),
                norm.epsilon(),
                slope(norm.activation()));
    }

    private static int[] statisticsSizes(TornadoStorage x, Storage mean, Storage variance) {
        var sizes = new int[StatisticsKernels.SLOTS];
        sizes[StatisticsKernels.VECTORS] = x.channelVectors();
        sizes[StatisticsKernels.PIXELS] = x.pixels();
        sizes[StatisticsKernels.CHANNELS] = x.shape().channels();
        sizes[StatisticsKernels.X] = x.firstFloat();
        sizes[StatisticsKernels.PIXEL_FLOATS] = x.pixelFloats();
        sizes[StatisticsKernels.MEAN] = main(mean);
        sizes[StatisticsKernels.VARIANCE] = main(variance);
        sizes[StatisticsKernels.RUNNING_MEAN] = -1;
        sizes[StatisticsKernels.Y] = -1;
        return sizes;
    }

    private void statistics(int[] places, int[] sizes, float... factors) {
        int vectors = sizes[StatisticsKernels.VECTORS];
        int pixels = sizes[StatisticsKernels.PIXELS];
        boolean few = pixels <= GroupSums.MOST_PIXELS;
        int parts = GroupSums.parts(pixels);
        int chunk = few ? Math.ceilDiv(pixels, parts) : TornadoReduction.chunk(pixels);
        int chunks = few ? parts : Math.ceilDiv(pixels, chunk);
        sizes[StatisticsKernels.CHUNK] = chunk;
        sizes[StatisticsKernels.CHUNKS] = chunks;
        if (few) {
            launcher.launch(StatisticsKernels.STATISTICS, places, vectors * parts, 1, sizes, factors);
            return;
        }
        launcher.withScratch((2 * chunks + 1) * vectors, partials -> {
            sizes[StatisticsKernels.PARTIAL] = partials;
            launcher.launch(StatisticsKernels.PARTIALS, new int[] {places[0]}, vectors, chunks, sizes);
            launcher.launch(StatisticsKernels.TOTALS, vectors, 1, sizes, factors);
        });
    }

    @Override
    public void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        TornadoStorage from = TornadoStorage.of(x);
        int vectors = from.channelVectors();
        int items = from.pixels() * vectors;
        launcher.launch(
                APPLY,
                places(x, y),
                items,
                1,
                new int[] {
                    items,
                    vectors,
                    from.shape().channels(),
                    from.firstFloat(),
                    at(y) * LANES,
                    from.pixelFloats(),
                    main(mean),
                    main(variance),
                    main(weight),
                    main(bias),
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
        backward(new Forward(false, x, mean, variance, weight, weight, norm), dy, batchStatistics, dx, dweight, dbias);
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
        backward(new Forward(true, y, variance, variance, weight, bias, norm), dy, batchStatistics, dx, dweight, dbias);
    }

    /**
     * What a backward pass has of the forward pass. Kernels that compute from the input do not read the bias, others not the mean, so that any operand
     * may stand there.
     *
     * @param fromOutput whether {@code saved} is the output, else it is the input
     */
    private record Forward(
            boolean fromOutput,
            Storage saved,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage bias,
            Norm norm) {}

    private void backward(
            Forward forward, Storage dy, boolean batchStatistics, Storage dx, Storage dweight, Storage dbias) {
        int pixels = TornadoStorage.of(forward.saved).pixels();
        float share = batchStatistics ? 1f / pixels : 0f;
        if (pixels <= GroupSums.MOST_PIXELS) {
            backwardInOneLaunch(forward, dy, share, dx, dweight, dbias);
        } else {
            backwardInThreeLaunches(forward, dy, share, dx, dweight, dbias);
        }
    }

    /** @param share 1 / n for statistics of the batch, of n pixels; 0 for others */
    private void backwardInOneLaunch(
            Forward forward, Storage dy, float share, Storage dx, Storage dweight, Storage dbias) {
        TornadoStorage from = TornadoStorage.of(forward.saved);
        int channels = from.shape().channels();
        int vectors = from.channelVectors();
        int pixels = from.pixels();
        int parts = GroupSums.parts(pixels);
        launcher.launch(
                BACKWARD,
                places(forward.saved, dy, dx),
                vectors * parts,
                1,
                new int[] {
                    vectors,
                    parts,
                    pixels,
                    Math.ceilDiv(pixels, parts),
                    channels,
                    from.firstFloat(),
                    at(dy) * LANES,
                    from.pixelFloats(),
                    at(dx) * LANES,
                    main(forward.mean),
                    main(forward.variance),
                    main(forward.weight),
                    main(forward.bias),
                    absolute(forward.norm),
                    forward.fromOutput ? 1 : 0,
                    main(dbias),
                    main(dweight)
                },
                forward.norm.epsilon(),
                slope(forward.norm.activation()),
                share);
    }

    /** Sums over chunks of pixels, then the sums of these, then dx. */
    private void backwardInThreeLaunches(
            Forward forward, Storage dy, float share, Storage dx, Storage dweight, Storage dbias) {
        TornadoStorage from = TornadoStorage.of(forward.saved);
        int channels = from.shape().channels();
        int vectors = from.channelVectors();
        int pixels = from.pixels();
        int chunk = TornadoReduction.chunk(pixels);
        int chunks = Math.ceilDiv(pixels, chunk);
        int output = forward.fromOutput ? 1 : 0;
        float slope = slope(forward.norm.activation());
        launcher.withScratch((2 * chunks + 1) * vectors, scratch -> {
            int sums = scratch + 2 * chunks * vectors;
            launcher.launch(
                    BACKWARD_PARTIALS,
                    places(forward.saved, dy),
                    vectors,
                    chunks,
                    new int[] {
                        vectors,
                        chunks,
                        pixels,
                        chunk,
                        channels,
                        from.firstFloat(),
                        at(dy) * LANES,
                        from.pixelFloats(),
                        scratch,
                        main(forward.mean),
                        main(forward.variance),
                        main(forward.weight),
                        main(forward.bias),
                        absolute(forward.norm),
                        output
                    },
                    forward.norm.epsilon(),
                    slope);
            launcher.launch(BACKWARD_TOTALS, vectors, 1, new int[] {
                vectors, chunks, scratch, main(dbias), main(dweight), sums, main(forward.weight), absolute(forward.norm)
            });
            launcher.launch(
                    BACKWARD_INPUT,
                    places(forward.saved, dy, dx),
                    pixels * vectors,
                    1,
                    new int[] {
                        pixels * vectors,
                        vectors,
                        channels,
                        from.firstFloat(),
                        at(dy) * LANES,
                        at(dx) * LANES,
                        from.pixelFloats(),
                        main(dbias),
                        sums,
                        main(forward.mean),
                        main(forward.variance),
                        main(forward.weight),
                        main(forward.bias),
                        absolute(forward.norm),
                        output
                    },
                    forward.norm.epsilon(),
                    slope,
                    share);
        });
    }

    private static int at(Storage storage) {
        return TornadoStorage.of(storage).offset();
    }

    /** Where a vector of one value for each channel lies. */
    private static int main(Storage storage) {
        return TornadoStorage.of(storage).mainOffset();
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
