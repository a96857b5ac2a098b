package dev.squall.tornado;

import static dev.squall.tornado.kernel.ReductionKernels.CHANNEL_PARTIALS;
import static dev.squall.tornado.kernel.ReductionKernels.CHANNEL_SUMS;
import static dev.squall.tornado.kernel.ReductionKernels.CHANNEL_TOTALS;
import static dev.squall.tornado.kernel.ReductionKernels.DOT;
import static dev.squall.tornado.kernel.ReductionKernels.PARTIALS;
import static dev.squall.tornado.kernel.ReductionKernels.SUM;
import static dev.squall.tornado.kernel.ReductionKernels.TOTAL;
import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.kernel.DimensionKernels;
import dev.squall.tornado.kernel.GroupSums;
import dev.squall.tornado.layout.TornadoStorage;
import dev.squall.tornado.layout.Walk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sums: one launch each, or two through partial sums in scratch memory. */
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
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        List<Walk.Axis> axes = new ArrayList<>();
        for (int d : dimensions) {
            axes.add(new Walk.Axis(x.shape().dim(d), new int[] {from.steps()[d]}));
        }
        Walk parts = Walk.inAnyOrder(axes);
        Walk results = Walk.over(to, keptSteps(from, dimensions, out.shape()));
        int elements = parts.items();
        int chunks = chunks(to.floats(), elements);
        float divisor = kind == Kind.MEAN ? elements : 1f;
        if (chunks == 1) {
            reduce(kind, places(x, out), to, 1, elements, from.firstFloat(), to.firstFloat(), results, parts, divisor);
            return;
        }
        int chunk = Math.ceilDiv(elements, chunks);
        int needed = Math.ceilDiv(elements, chunk);
        launcher.withScratch(to.vectors() * needed, scratch -> {
            int partials = scratch * LANES;
            reduce(kind, places(x, null), to, needed, chunk, from.firstFloat(), partials, results, parts, 1f);
            Walk ofResults = Walk.along(to.floats(), needed);
            Walk ofParts = Walk.along(needed, 1);
            reduce(kind, places(null, out), to, 1, needed, partials, to.firstFloat(), ofResults, ofParts, divisor);
        });
    }

    /** How many chunks a result's elements are cut into: more than one if the results alone do not make enough work-items. */
    private static int chunks(int results, int elements) {
        return results >= MOST_CHUNKS ? 1 : Math.clamp(elements / SMALLEST_CHUNK, 1, MOST_CHUNKS);
    }

    private void reduce(
            Kind kind,
            int[] places,
            TornadoStorage out,
            int chunks,
            int chunk,
            int x,
            int to,
            Walk results,
            Walk parts,
            float divisor) {
        int items = out.floats() * chunks;
        int[] sizes = {
            items,
            chunks,
            chunk,
            parts.items(),
            x,
            to,
            switch (kind) {
                case SUM, MEAN -> DimensionKernels.SUM;
                case MAX -> DimensionKernels.MAX;
                case MIN -> DimensionKernels.MIN;
            },
            out.rowVectors() * LANES,
            out.rowChannels(),
            results.axes().size(),
            parts.axes().size()
        };
        launcher.launch(DimensionKernels.REDUCE, places, items, 1, parts.after(results.after(sizes)), divisor);
    }

    /**
     * Steps of x along the dimensions of a result: its dimensions that are not 1 are, in their order, those of x that are neither 1 nor reduced.
     */
    private static int[] keptSteps(TornadoStorage x, int[] reduced, Shape result) {
        int[] own = x.steps();
        int[] steps = new int[result.rank()];
        int d = 0;
        for (int of = 0; of < steps.length; of++) {
            if (result.dim(of) == 1) {
                continue;
            }
            while (x.shape().dim(d) == 1 || Arrays.binarySearch(reduced, d) >= 0) {
                d++;
            }
            steps[of] = own[d++];
        }
        return steps;
    }

    @Override
    public void indexOf(Kind kind, Storage x, int dimension, Storage out) {
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        Walk results = Walk.over(to, keptSteps(from, new int[] {dimension}, out.shape()));
        int[] first = {
            to.floats(),
            x.shape().dim(dimension),
            from.steps()[dimension],
            from.firstFloat(),
            to.firstFloat(),
            kind == Kind.MAX ? DimensionKernels.MAX : DimensionKernels.MIN,
            to.rowVectors() * LANES,
            to.rowChannels(),
            results.axes().size()
        };
        launcher.launch(DimensionKernels.INDEX, places(x, out), to.floats(), 1, results.after(first));
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
            launcher.launch(PARTIALS, places(x, y), chunks, 1, new int[] {
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
                TOTAL,
                places(out),
                1,
                1,
                new int[] {count, first, TornadoStorage.of(out).offset() * LANES},
                factor);
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        channels(SUM, x, x, out, 1f);
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        channels(DOT, x, y, out, 1f);
    }

    /** The mean over the plane (per image) or over batch and plane (out {@code [C]}). */
    void channelMean(Storage x, Storage out) {
        channels(SUM, x, x, out, 1f / pixels(x, out));
    }

    /** Over how many pixels each element of {@code out} sums {@code x}. */
    static int pixels(Storage x, Storage out) {
        return out.shape().rank() == 1
                ? x.shape().batch() * x.shape().plane()
                : x.shape().plane();
    }

    private void channels(int what, Storage x, Storage y, Storage out, float factor) {
        TornadoStorage from = TornadoStorage.of(x);
        TornadoStorage to = TornadoStorage.of(out);
        int channels = from.shape().channels();
        int vectors = from.channelVectors();
        int pixels = pixels(x, out);
        int groups = from.pixels() / pixels;
        if (pixels <= GroupSums.MOST_PIXELS) {
            int parts = GroupSums.parts(pixels);
            launcher.launch(
                    CHANNEL_SUMS,
                    places(x, y, out),
                    groups * vectors * parts,
                    1,
                    new int[] {
                        vectors,
                        groups,
                        parts,
                        pixels,
                        Math.ceilDiv(pixels, parts),
                        channels,
                        from.offset() * LANES,
                        TornadoStorage.of(y).offset() * LANES,
                        from.pixelFloats(),
                        to.offset() * LANES,
                        what,
                        to.imageFloats()
                    },
                    factor);
            return;
        }
        int chunk = chunk(pixels);
        int chunks = Math.ceilDiv(pixels, chunk);
        launcher.withScratch(groups * chunks * vectors, partials -> {
            launcher.launch(CHANNEL_PARTIALS, places(x, y), vectors, groups * chunks, new int[] {
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
                what
            });
            launcher.launch(
                    CHANNEL_TOTALS,
                    places(out),
                    vectors,
                    groups,
                    new int[] {vectors, groups, chunks, partials, to.offset() * LANES, to.imageFloats(), channels},
                    factor);
        });
    }
}
