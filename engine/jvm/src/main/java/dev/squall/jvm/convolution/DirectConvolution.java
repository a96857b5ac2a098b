package dev.squall.jvm.convolution;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.jvm.convolution.Bands.Band;
import dev.squall.jvm.convolution.Bands.Position;
import dev.squall.jvm.convolution.Bands.Tile;
import dev.squall.jvm.convolution.DirectWeights.ChannelGroup;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.FusedEpilogue;
import dev.squall.jvm.tile.Prefetches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a {@link TapWindow} over a batch with {@link DenseKernel}s. {@link Bands} cut its rows into tiles. Input channels are cut into chunks so small
 * that the weights of a chunk stay in cache while all tiles pass by them.
 *
 * <p>The sum for an output value is formed in one order, by chunk, part, block, tap and channel, wherever tiles and tasks are cut, so the result does not
 * depend on the number of threads.
 */
public final class DirectConvolution {
    /** How many taps of 16 input channels a chunk has, so that its weights stay in a cache of the core. */
    private static final int CHUNK_TAPS = 36;

    /** The same where the window has a single tap. No other tap meets the same pixels again soon, so larger chunks pay, which write the sums less often. */
    private static final int CHUNK_BLOCKS = 128;

    /**
     * The most products that are summed one after the other, where the sum is to be accurate: each addition rounds what has been summed so far, so the
     * error of n terms grows as the root of n. At 2048 terms, sums of parts have a fourth of it. A block of a 3x3 kernel has 144.
     */
    private static final int ACCURATE_TERMS = 160;

    /**
     * Whether vectors are as wide as a block. Processors with such vectors have a second-level cache of 1 MB and more, and compute so fast that
     * they wait for memory.
     */
    private static final boolean IS_WIDE = Lanes.COUNT == BlockedLayout.BLOCK;

    /** Bytes of input that stay in the second-level cache while all weights pass by. */
    private static final long CACHED_INPUT = IS_WIDE ? 400 << 10 : 192 << 10;

    /** The same where what is read and written next is brought near beside it. */
    private static final long CACHED_BESIDE = 128 << 10;

    /** Bytes of weights that may pass by anew for so few rows. */
    private static final long FEW_WEIGHTS = 64 << 10;

    /** Positions of the smallest planes for which this pays. In smaller ones images have more channels, and so few rows of them would stay that it took longer. */
    private static final int LARGE_PLANE = 3000;

    private static final Prefetches NOTHING = new Prefetches();

    private final TapWindow window;
    private final PixelGrid in;
    private final PixelGrid out;
    private final int images;
    private final DirectWeights weights;
    private final AppliedEpilogue epilogue;
    private final Bands bands;

    /** Input blocks of a pixel that are neighbours in memory. */
    private final int pixelBlocks;

    /** Taps that a kernel sees as one, because the pixels they meet are neighbours in memory. */
    private final int adjacentTaps;

    /** Input channels of what a kernel sees as one tap. */
    private final int depth;
    /** Taps of that depth that are summed at once, if a chunk has so many. */
    private final int partTaps;
    /** For each channel group its chunks, and the parts of each, which are summed by themselves. */
    private final List<Part[][]> chunks = new ArrayList<>();
    /** Whether kernels bring near what is read and written next. */
    private final boolean isPrefetching;

    /** What {@link #touchResidual} read last, of no meaning. */
    private int touched;

    /**
     * @param pixelBlocks input blocks of a pixel that are neighbours in memory, dividing their number: 1 but in a matrix product; the step
     *     from block to block of {@code input} is then that from one such bundle to the next
     * @param precision whether sums of many terms are formed in parts
     */
    public DirectConvolution(
            TapWindow window,
            PixelGrid input,
            int pixelBlocks,
            PixelGrid output,
            int images,
            DirectWeights weights,
            AppliedEpilogue epilogue,
            Precision precision) {
        this.window = window;
        this.in = window.in(input);
        this.out = window.out(output);
        this.images = images;
        this.weights = weights;
        this.epilogue = epilogue;
        this.pixelBlocks = pixelBlocks;
        adjacentTaps = input.column() == weights.depth() * Float.BYTES ? window.adjacentTaps() : 1;
        depth = weights.depth() * adjacentTaps * pixelBlocks;
        partTaps = precision == Precision.ACCURATE ? Math.max(1, ACCURATE_TERMS / depth) : Integer.MAX_VALUE;
        bands = new Bands(window, in, out);
        isPrefetching = Prefetches.ARE_POSSIBLE
                && isProduct()
                && in.column() == BlockedLayout.PIXEL_BYTES
                && out.column() == BlockedLayout.PIXEL_BYTES
                && weights.bytes() <= FEW_WEIGHTS
                && window.height() * window.width() >= LARGE_PLANE;
        for (ChannelGroup group : weights.groups()) {
            chunks.add(parts(group, offsets(group, input)));
        }
    }

    private long[][] offsets(ChannelGroup group, PixelGrid input) {
        List<TapWindow.Tap> taps = window.taps();
        int perBlock = BlockedLayout.BLOCK / weights.depth();
        int bundles = group.pieces() / pixelBlocks;
        int chunkTaps = (isProduct() ? CHUNK_BLOCKS : CHUNK_TAPS) * perBlock;
        int chunkBundles = Math.max(1, chunkTaps / Math.max(1, taps.size() * pixelBlocks));
        long[][] result = new long[Math.ceilDiv(bundles, chunkBundles)][];
        for (int c = 0; c < result.length; c++) {
            int first = c * chunkBundles;
            int count = Math.min(chunkBundles, bundles - first);
            result[c] = new long[count * taps.size() / adjacentTaps];
            int i = 0;
            for (int b = 0; b < count; b++) {
                int bundle = group.firstPiece() + first + b;
                long inBlock = (long) (bundle % perBlock) * weights.depth() * Float.BYTES;
                for (int t = 0; t < taps.size(); t += adjacentTaps) {
                    result[c][i++] = bundle / perBlock * input.block()
                            + inBlock
                            + taps.get(t).y() * input.row()
                            + (long) taps.get(t).x() * input.column();
                }
            }
        }
        return result;
    }

    /**
     * Taps that a kernel sums at once.
     *
     * @param weights address of theirs
     */
    private record Part(long[] offsets, long weights, FusedEpilogue epilogue, long bias) {}

    /** Cuts each chunk of a group into parts, about equally large. */
    private Part[][] parts(ChannelGroup group, long[][] offsets) {
        long tapBytes = (long) depth * group.vectors() * Lanes.BYTES;
        long packed = group.weights();
        Part[][] result = new Part[offsets.length][];
        for (int c = 0; c < offsets.length; c++) {
            long[] chunk = offsets[c];
            // A window without taps has a part too, which writes zeros.
            int count = Math.max(1, Math.ceilDiv(chunk.length, partTaps));
            result[c] = new Part[count];
            for (int i = 0; i < count; i++) {
                long[] taps = Arrays.copyOfRange(chunk, chunk.length * i / count, chunk.length * (i + 1) / count);
                boolean isFirst = c == 0 && i == 0;
                boolean isLast = c == offsets.length - 1 && i == count - 1;
                FusedEpilogue fused = epilogue.fused(isFirst, isLast);
                result[c][i] = new Part(taps, packed, fused, epilogue.bias(group.channel(), isFirst));
                packed += taps.length * tapBytes;
            }
        }
        return result;
    }

    /** How many rows are handed to {@link AppliedEpilogue#gather}, each once. */
    public static int pieces(BlockedLayout output) {
        return output.images() * output.height();
    }

    /** What happens to rows of the input, counted through all images, before they are read. */
    public interface RowStep {
        void run(int from, int to);
    }

    public void run(WorkerPool pool) {
        run(pool, (from, to) -> {});
    }

    /** @param before done once with each row, of a window whose positions are the pixels of the input */
    public void run(WorkerPool pool, RowStep before) {
        int rows = images * window.height();
        int groups = weights.groups().size();
        int tasks = 4 * pool.threads();
        if (weights.bytes() > images * in.image() || rows < tasks) {
            int parts = Math.min(groups, tasks);
            int cuts = Math.min(rows, tasks);
            pool.forEach(cuts, i -> before.run((int) ((long) rows * i / cuts), (int) ((long) rows * (i + 1) / cuts)));
            pool.forEach(parts, i -> compute(0, rows, groups * i / parts, groups * (i + 1) / parts));
        } else {
            int parts = Math.min(rows, tasks);
            pool.forEach(
                    parts,
                    i -> compute(
                            (int) ((long) rows * i / parts), (int) ((long) rows * (i + 1) / parts), 0, groups, before));
        }
    }

    /** Computes some rows, counted through all images, of some groups of output channels. */
    public void compute(int fromRow, int toRow, int fromGroup, int toGroup) {
        compute(fromRow, toRow, fromGroup, toGroup, (from, to) -> {});
    }

    private void compute(int fromRow, int toRow, int fromGroup, int toGroup, RowStep before) {
        // With a single tap a tile meets few weights, so it pays to keep the input of some rows in cache while the
        // weights of all groups pass by. With more taps, the weights of one chunk of one group are work enough for all
        // rows.
        var ahead = new Prefetches();
        int end;
        for (int first = fromRow; first < toRow; first = end) {
            end = isProduct() ? bands.stop(first, toRow, cachedRows()) : toRow;
            before.run(first, end);
            List<Band> cut = bands.cut(first, end);
            if (isPrefetching) {
                ahead.clear();
            }
            for (int group = fromGroup; group < toGroup; group++) {
                if (isPrefetching) {
                    prefetch(ahead, first, end, fromGroup, toGroup, group);
                } else if (IS_WIDE && isProduct() && epilogue.residual() != 0) {
                    touchResidual(first, end, weights.groups().get(group));
                }
                compute(cut, group, 0, ahead);
            }
        }
    }

    /**
     * Adds to {@code ahead}, before a group is computed, what kernels of the next one meet at their end, and before the first group also what the rows
     * behind these read.
     */
    private void prefetch(Prefetches ahead, int first, int end, int fromGroup, int toGroup, int group) {
        int rows = images * window.height();
        int stop = end < rows ? bands.stop(end, rows, cachedRows()) : end;
        if (group + 1 < toGroup) {
            prefetchOutput(ahead, first, end, weights.groups().get(group + 1));
        }
        if (group == fromGroup) {
            int pieces = weights.groups().stream()
                    .mapToInt(g -> g.firstPiece() + g.pieces())
                    .max()
                    .orElse(0);
            int blocks = Math.ceilDiv(pieces * weights.depth(), BlockedLayout.BLOCK);
            for (int block = 0; block < blocks; block++) {
                forEachRun(in, block, end, stop, ahead::add);
            }
        }
        if (group + 1 == toGroup) {
            prefetchOutput(ahead, end, stop, weights.groups().get(fromGroup));
        }
    }

    /** What is written, or the residual if there is one: a kernel waits for what it reads, while its stores go on. */
    private void prefetchOutput(Prefetches ahead, int from, int to, ChannelGroup group) {
        for (int v = 0; v < group.vectors(); v++) {
            int block = group.channel() / BlockedLayout.BLOCK + v;
            forEachRun(out, block, from, to, (address, bytes) -> ahead.add(address + epilogue.residual(), bytes));
        }
    }

    /** Memory without a gap. */
    private interface Run {
        void at(long address, long bytes);
    }

    /** Hands to {@code body} where the rows of a block lie in memory, those of each image at once. */
    private void forEachRun(PixelGrid grid, int block, int from, int to, Run body) {
        int stop;
        for (int row = from; row < to; row = stop) {
            int image = row / window.height();
            stop = Math.min(to, (image + 1) * window.height());
            body.at(grid.at(image, block, row % window.height(), 0), (stop - row) * grid.row());
        }
    }

    /** The rows from {@code first} to before {@code end}, counted through all images, as {@link #compute(List, int, long)} takes them. */
    List<Band> cut(int first, int end) {
        return bands.cut(first, end);
    }

    /** Computes a group of output channels {@code shift} bytes from where the output has its pixels. */
    void compute(List<Band> cut, int group, long shift) {
        compute(cut, group, shift, NOTHING);
    }

    private void compute(List<Band> cut, int group, long shift, Prefetches ahead) {
        int last = chunks.get(group).length - 1;
        for (int chunk = 0; chunk <= last; chunk++) {
            int done = 0;
            int pixels = 0;
            for (int i = 0; i < cut.size(); i++) {
                compute(cut.get(i), group, chunk, shift, ahead);
                pixels += cut.get(i).rows().length * window.width();
                if (chunk == last
                        && epilogue.hasRest()
                        && (pixels >= AppliedEpilogue.PIXELS_AT_ONCE || i == cut.size() - 1)) {
                    applyRest(cut.subList(done, i + 1), weights.groups().get(group), shift);
                    done = i + 1;
                    pixels = 0;
                }
            }
        }
    }

    /** Whether there is a single tap, so that this is a product of matrices. */
    private boolean isProduct() {
        return window.taps().size() == 1;
    }

    /** Rows whose input stays in cache. */
    private int cachedRows() {
        int pieces =
                weights.groups().stream().mapToInt(ChannelGroup::pieces).max().orElse(1);
        long pieceBytes = (long) weights.depth() * Float.BYTES;
        long rowBytes = Math.max(1, pieces * window.width() * pieceBytes);
        return (int) ((isPrefetching ? CACHED_BESIDE : CACHED_INPUT) / rowBytes);
    }

    /**
     * Brings the residual of a group near, plane by plane. A kernel reads a few pixels of each plane when it ends, so it would wait for memory each
     * time: the processor reads ahead along one or two streams, which this makes, but not along as many as there are planes. The input and the
     * output are left alone, since to read them so took more time than it saved.
     */
    private void touchResidual(int from, int to, ChannelGroup group) {
        for (int v = 0; v < group.vectors(); v++) {
            forEachRun(out, group.channel() / BlockedLayout.BLOCK + v, from, to, (address, bytes) -> {
                int pixels = (int) (bytes / BlockedLayout.PIXEL_BYTES);
                touched = Lanes.touch(address + epilogue.residual(), BlockedLayout.PIXEL_BYTES, pixels);
            });
        }
    }

    private void compute(Band band, int groupIndex, int chunk, long shift, Prefetches prefetches) {
        ChannelGroup group = weights.groups().get(groupIndex);
        Part[] parts = chunks.get(groupIndex)[chunk];
        long vector = vector(group.channel()) + shift;
        long nextVector = vector(group.channel() + Lanes.COUNT) - vector(group.channel());
        for (Tile tile : band.tiles()) {
            Position first = tile.first();
            Position second = tile.second();
            for (Part part : parts) {
                long ahead = prefetches.next(part.offsets.length * depth);
                tile.kernels()
                        .of(group.vectors(), ahead)
                        .run(
                                band.in()[first.row()] + first.in(),
                                band.in()[second.row()] + second.in(),
                                part.offsets,
                                part.offsets.length,
                                depth,
                                part.weights,
                                band.out()[first.row()] + first.out() + vector,
                                band.out()[second.row()] + second.out() + vector,
                                nextVector,
                                part.epilogue,
                                part.bias,
                                tile.kernels().inStep(),
                                tile.kernels().outStep(),
                                ahead);
            }
        }
    }

    /** Does what kernels could not with the channels of a group that they have written to these bands. */
    private void applyRest(List<Band> done, ChannelGroup group, long shift) {
        long[] rows =
                done.stream().flatMapToLong(band -> Arrays.stream(band.out())).toArray();
        for (int v = 0; v < group.vectors(); v++) {
            int channel = group.channel() + v * Lanes.COUNT;
            long vector = vector(channel) + shift;
            for (int first = 0; first < rows.length; ) {
                int count = evenlySpaced(rows, first);
                long rowBytes = count == 1 ? 0 : rows[first + 1] - rows[first];
                epilogue.applyRest(rows[first] + vector, count, rowBytes, window.width(), out.column(), channel);
                first += count;
            }
            for (Band band : done) {
                for (int r = 0; r < band.rows().length; r++) {
                    epilogue.gather(band.rows()[r], band.out()[r] + vector, 1, 0, window.width(), channel);
                }
            }
        }
    }

    /** How many addresses from {@code first} on follow each other at one distance. */
    private static int evenlySpaced(long[] addresses, int first) {
        int end = Math.min(first + 2, addresses.length);
        while (end < addresses.length
                && addresses[end] - addresses[end - 1] == addresses[first + 1] - addresses[first]) {
            end++;
        }
        return end - first;
    }

    /** Bytes from a pixel to the vector of its channels that begins at {@code channel}. */
    private long vector(int channel) {
        return channel / BlockedLayout.BLOCK * out.block() + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
