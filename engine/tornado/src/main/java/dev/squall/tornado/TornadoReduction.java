package dev.squall.tornado;

import static dev.squall.tornado.kernel.ReductionKernels.CHANNEL_PARTIALS;
import static dev.squall.tornado.kernel.ReductionKernels.CHANNEL_TOTALS;
import static dev.squall.tornado.kernel.ReductionKernels.DOT;
import static dev.squall.tornado.kernel.ReductionKernels.PARTIALS;
import static dev.squall.tornado.kernel.ReductionKernels.SUM;
import static dev.squall.tornado.kernel.ReductionKernels.TOTAL;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.ReductionKernels;
import dev.squall.tornado.layout.TornadoStorage;

/** Sums: two launches each, through partial sums in scratch memory. */
final class TornadoReduction implements Reduction {
    private static final int LANES = TornadoStorage.LANES;
    private static final int SMALLEST_CHUNK = 64;
    private static final int MOST_CHUNKS = 1024;

    private final Launcher launcher;

    TornadoReduction(Launcher launcher) {
        this.launcher = launcher;
    }

    /** How many units one work-item sums: depends on nothing but their number. */
    static int chunk(int units) {
        return Math.max(SMALLEST_CHUNK, Math.ceilDiv(units, MOST_CHUNKS));
    }

    @Override
    public void reduce(Kind kind, Storage x, int[] dimensions, Storage out) {
        throw TornadoMovement.notYet("reductions over dimensions");
    }

    @Override
    public void indexOf(Kind kind, Storage x, int dimension, Storage out) {
        throw TornadoMovement.notYet("indices of the largest elements");
    }

    @Override
    public void sum(Storage x, Storage out) {
        all(SUM, x, x, out);
    }

    @Override
    public void dot(Storage x, Storage y, Storage out) {
        all(DOT, x, y, out);
    }

    private void all(int what, Storage x, Storage y, Storage out) {
        TornadoStorage from = TornadoStorage.of(x);
        int chunk = chunk(from.vectors());
        int chunks = Math.ceilDiv(from.vectors(), chunk);
        int elements =
                from.isChannelsLast() ? from.vectors() * LANES : from.shape().elements();
        launcher.withScratch(Math.ceilDiv(chunks, LANES), partials -> {
            launcher.launch(PARTIALS, chunks, 1, new int[] {
                chunks,
                from.vectors(),
                chunk,
                from.offset(),
                TornadoStorage.of(y).offset(),
                partials * LANES,
                what,
                elements
            });
            total(chunks, partials * LANES, out, 1f);
        });
    }

    /** out = factor * the sum of {@code count} floats from {@code first} on. */
    void total(int count, int first, Storage out, float factor) {
        launcher.launch(
                TOTAL, 1, 1, new int[] {count, first, TornadoStorage.of(out).offset() * LANES}, factor);
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        channels(SUM, x, x, out, out, 1f);
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        channels(DOT, x, y, out, out, 1f);
    }

    /** The mean over the plane (per image) or over batch and plane (out {@code [C]}). */
    void channelMean(Storage x, Storage out) {
        channels(SUM, x, x, out, out, 1f / pixels(x, out));
    }

    /** The biased variance of each channel over batch and plane. */
    void channelVariance(Storage x, Storage mean, Storage out) {
        channels(ReductionKernels.SQUARED_DEVIATION, x, x, mean, out, 1f / pixels(x, out));
    }

    private static int pixels(Storage x, Storage out) {
        return out.shape().rank() == 1
                ? x.shape().batch() * x.shape().plane()
                : x.shape().plane();
    }

    private void channels(int what, Storage x, Storage y, Storage mean, Storage out, float factor) {
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        int channels = from.shape().channels();
        int vectors = from.channelVectors();
        int pixels = pixels(x, out);
        int groups = from.pixels() / pixels;
        int chunk = chunk(pixels);
        int chunks = Math.ceilDiv(pixels, chunk);
        launcher.withScratch(groups * chunks * vectors, partials -> {
            launcher.launch(CHANNEL_PARTIALS, vectors, groups * chunks, new int[] {
                vectors,
                groups,
                chunks,
                pixels,
                chunk,
                channels,
                from.offset() * LANES,
                TornadoStorage.of(y).offset() * LANES,
                from.pixelFloats(),
                partials,
                what,
                TornadoStorage.of(mean).offset()
            });
            launcher.launch(
                    CHANNEL_TOTALS,
                    vectors,
                    groups,
                    new int[] {vectors, groups, chunks, partials, to.offset() * LANES, to.imageFloats(), channels},
                    factor);
        });
    }
}
