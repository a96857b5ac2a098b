package dev.squall.jvm;

import dev.squall.jvm.DirectWeights.ChannelGroup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link Window} over a batch with {@link DenseKernel}s: rows are cut into tiles of neighbouring positions, input channels
 * into chunks whose weights stay in cache.
 *
 * <p>The sum for an output value has one order, by chunk, block, tap and channel, wherever tiles and tasks are cut.
 */
final class DirectConvolution {
    /** Taps (of 16 input channels each) whose sums a kernel forms before it writes them. */
    private static final int CHUNK_TAPS = 36;

    /** The same for a kernel with one tap in each block, whose pixels are not met again soon. */
    private static final int CHUNK_BLOCKS = 128;

    /** Bytes of input that stay in the second-level cache while all weights pass by. */
    private static final long CACHED_INPUT = 192 << 10;

    private final Window window;
    private final PixelGrid in;
    private final PixelGrid out;
    private final int images;
    private final DirectWeights weights;
    private final Finish finish;
    private final List<Tile> rowTiles;
    /** The tiles of two rows together, where they are fewer than those of two single rows. */
    private final @Nullable List<Tile> pairTiles;

    /** Input blocks of a pixel that are neighbours in memory. */
    private final int pixelBlocks;

    private final int run;
    private final int depth;
    /** For each channel group and chunk, the offsets of its taps. */
    private final List<long[][]> chunks = new ArrayList<>();

    /** What {@link #touch} read last, of no meaning. */
    private int touched;

    /** Positions computed at once, beginning at {@code first}; where they are of two rows, each half is of one. */
    private record Tile(DenseKernels kernels, Place first, Place second) {}

    /**
     * A position of a row or of the next.
     *
     * @param row 0 or 1
     * @param in bytes from the row's first position in the input
     * @param out the same in the output
     */
    private record Place(int row, long in, long out) {}

    /**
     * @param pixelBlocks input blocks of a pixel that are neighbours in memory, dividing their number: 1 but in a matrix product; the step
     *     from block to block of {@code input} is then that from one such bundle to the next
     */
    DirectConvolution(
            Window window,
            PixelGrid input,
            int pixelBlocks,
            PixelGrid output,
            int images,
            DirectWeights weights,
            Finish finish) {
        this.window = window;
        this.in = window.in(input);
        this.out = window.out(output);
        this.images = images;
        this.weights = weights;
        this.finish = finish;
        this.pixelBlocks = pixelBlocks;
        run = input.column() == weights.depth() * Float.BYTES ? window.run() : 1;
        depth = weights.depth() * run * pixelBlocks;
        rowTiles = rowTiles();
        List<Tile> pair = pairTiles();
        pairTiles = pair.size() < 2 * rowTiles.size() ? pair : null;
        for (ChannelGroup group : weights.groups()) {
            chunks.add(offsets(group, input));
        }
    }

    private List<Tile> rowTiles() {
        List<Tile> list = new ArrayList<>();
        add(list, 0, window.width());
        return list;
    }

    /** The cheapest tiles of two rows, of which one in the middle may have as much of the one as of the other. */
    private List<Tile> pairTiles() {
        int width = window.width();
        int shared = IntStream.rangeClosed(0, Math.min(width, TileKernels.MAX_POSITIONS / 2))
                .boxed()
                .min(Comparator.comparingInt(this::pairCost))
                .orElseThrow();
        List<Tile> list = new ArrayList<>();
        add(list, 0, width - shared);
        add(list, width - shared, width + shared);
        add(list, width + shared, 2 * width);
        return list;
    }

    /** The cost of two rows with {@code shared} positions of each in a tile in the middle. */
    private int pairCost(int shared) {
        int row = TileKernels.sizes(window.width() - shared).stream()
                .mapToInt(TileKernels::cost)
                .sum();
        return 2 * row + (shared == 0 ? 0 : TileKernels.cost(2 * shared));
    }

    /** Adds the tiles of the positions of two rows from {@code from} to before {@code to}. */
    private void add(List<Tile> list, int from, int to) {
        int first = from;
        for (int positions : TileKernels.sizes(to - from)) {
            var kernels = new DenseKernels(positions, in.column(), out.column());
            list.add(new Tile(kernels, place(first), place(first + TileKernels.half(positions))));
            first += positions;
        }
    }

    private Place place(int i) {
        int column = i % window.width();
        return new Place(i / window.width(), (long) column * in.column(), (long) column * out.column());
    }

    private long[][] offsets(ChannelGroup group, PixelGrid input) {
        List<Window.Tap> taps = window.taps();
        int bundles = group.blocks() / pixelBlocks;
        int chunkTaps = isProduct() ? CHUNK_BLOCKS : CHUNK_TAPS;
        int chunkBundles = Math.max(1, chunkTaps / Math.max(1, taps.size() * pixelBlocks));
        long[][] result = new long[Math.ceilDiv(bundles, chunkBundles)][];
        for (int c = 0; c < result.length; c++) {
            int first = c * chunkBundles;
            int count = Math.min(chunkBundles, bundles - first);
            result[c] = new long[count * taps.size() / run];
            int i = 0;
            for (int b = 0; b < count; b++) {
                for (int t = 0; t < taps.size(); t += run) {
                    result[c][i++] = (group.firstBlock() + first + b) * input.block()
                            + taps.get(t).y() * input.row()
                            + (long) taps.get(t).x() * input.column();
                }
            }
        }
        return result;
    }

    /** How many rows are handed to {@link Finish#gather}, each once. */
    static int pieces(BlockedLayout output) {
        return output.images() * output.height();
    }

    void run(WorkerPool pool) {
        int rows = images * window.height();
        int groups = weights.groups().size();
        int tasks = 4 * pool.threads();
        if (weights.bytes() > images * in.image() || rows < tasks) {
            int parts = Math.min(groups, tasks);
            pool.forEach(parts, i -> compute(0, rows, groups * i / parts, groups * (i + 1) / parts));
        } else {
            int parts = Math.min(rows, tasks);
            pool.forEach(
                    parts,
                    i -> compute((int) ((long) rows * i / parts), (int) ((long) rows * (i + 1) / parts), 0, groups));
        }
    }

    private void compute(int fromRow, int toRow, int fromGroup, int toGroup) {
        // With one tap a tile meets little weight: all groups share a pass over some rows. With more, one chunk of one
        // group is enough.
        int span = isProduct() ? cachedRows() : toRow - fromRow;
        for (int first = fromRow; first < toRow; first += span) {
            int end = Math.min(toRow, first + span);
            if (isProduct() && pixelBlocks == 1 && Lanes.COUNT == BlockedLayout.BLOCK) {
                touch(first, end - first, fromGroup, toGroup);
            }
            for (int group = fromGroup; group < toGroup; group++) {
                for (int chunk = 0; chunk < chunks.get(group).length; chunk++) {
                    for (int row = first; row < end; ) {
                        int step = pairTiles != null && row + 1 < end ? 2 : 1;
                        rows(row, step, group, chunk);
                        row += step;
                    }
                }
            }
        }
    }

    /** Whether there is one tap: a product of matrices. */
    private boolean isProduct() {
        return window.taps().size() == 1;
    }

    /** Rows whose input stays in cache, an even number. */
    private int cachedRows() {
        long blocks =
                weights.groups().stream().mapToInt(ChannelGroup::blocks).max().orElse(1);
        long rowBytes = Math.max(1, blocks * window.width() * BlockedLayout.PIXEL_BYTES);
        return 2 * (int) Math.max(1, Math.min(CACHED_INPUT / (2 * rowBytes), window.height()));
    }

    /**
     * Brings the pixels of {@code rows} rows near: of the input, of the output and of the residual. A kernel reads a few pixels for each block of
     * channels and computes for long with them, so without this it would wait for memory again and again. With narrower vectors
     * the reads took more time than they saved.
     */
    private void touch(int row, int rows, int fromGroup, int toGroup) {
        ChannelGroup first = weights.groups().get(fromGroup);
        ChannelGroup last = weights.groups().get(toGroup - 1);
        int inBlocks = last.firstBlock() + last.blocks() - first.firstBlock();
        int outBlock = first.channel() / BlockedLayout.BLOCK;
        int outBlocks = BlockedLayout.blocksOf(last.channel() + last.vectors() * Lanes.COUNT) - outBlock;
        int any = 0;
        for (int r = row; r < row + rows; r++) {
            int image = r / window.height();
            int y = r % window.height();
            long from = in.at(image, 0, y, 0) + chunks.get(fromGroup)[0][0];
            long to = out.at(image, outBlock, y, 0);
            any |= Lanes.touch(from, in.block(), inBlocks, in.column(), window.width());
            any |= Lanes.touch(to, out.block(), outBlocks, out.column(), window.width());
            if (finish.residual() != 0) {
                any |= Lanes.touch(to + finish.residual(), out.block(), outBlocks, out.column(), window.width());
            }
        }
        touched = any;
    }

    private void rows(int row, int count, int groupIndex, int chunk) {
        ChannelGroup group = weights.groups().get(groupIndex);
        int image = row / window.height();
        int y = row % window.height();
        long[] offsets = chunks.get(groupIndex)[chunk];
        long packed = group.weights()
                + (long) chunk * chunks.get(groupIndex)[0].length * depth * group.vectors() * Lanes.BYTES;
        long from = in.at(image, 0, y, 0);
        long to = address(image, y, group.channel());
        int next = row + count - 1;
        long inRow = in.at(next / window.height(), 0, next % window.height(), 0) - from;
        long outRow = address(next / window.height(), next % window.height(), group.channel()) - to;
        long nextVector = address(image, y, group.channel() + Lanes.COUNT) - to;
        boolean last = chunk == chunks.get(groupIndex).length - 1;
        Ending ending = finish.ending(chunk == 0, last);
        long bias = finish.bias(group.channel(), chunk == 0);
        for (Tile tile : count == 2 && pairTiles != null ? pairTiles : rowTiles) {
            tile.kernels
                    .of(group.vectors())
                    .run(
                            from + tile.first.row * inRow + tile.first.in,
                            from + tile.second.row * inRow + tile.second.in,
                            offsets,
                            offsets.length,
                            depth,
                            packed,
                            to + tile.first.row * outRow + tile.first.out,
                            to + tile.second.row * outRow + tile.second.out,
                            nextVector,
                            ending,
                            bias);
        }
        if (last && (finish.gathers() || finish.activatesAfterKernels())) {
            for (int v = 0; v < group.vectors(); v++) {
                int channel = group.channel() + v * Lanes.COUNT;
                long at = to + v * nextVector;
                if (finish.activatesAfterKernels()) {
                    finish.activate(at, count, outRow, window.width(), out.column(), channel);
                }
                for (int r = 0; r < count; r++) {
                    finish.gather(row + r, at + r * outRow, 1, outRow, window.width(), channel);
                }
            }
        }
    }

    /** Address of the vector of channels that begins at {@code channel}, at the start of an output row. */
    private long address(int image, int y, int channel) {
        return out.at(image, channel / BlockedLayout.BLOCK, y, 0)
                + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
