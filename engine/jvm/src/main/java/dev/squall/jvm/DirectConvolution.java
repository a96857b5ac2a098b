package dev.squall.jvm;

import dev.squall.jvm.DirectWeights.ChannelGroup;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * Positions computed at once. Where they are of two rows, each half is of one.
     *
     * @param inFirst bytes from a row's first position to the tile's in the input
     * @param inSecond the same to the first position of its second half
     * @param outFirst as {@code inFirst}, in the output
     * @param outSecond as {@code inSecond}, in the output
     */
    private record Tile(DenseKernels kernels, long inFirst, long inSecond, long outFirst, long outSecond) {}

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
        rowTiles = tiles(1);
        List<Tile> pair = tiles(2);
        pairTiles = pair.size() < 2 * rowTiles.size() ? pair : null;
        for (ChannelGroup group : weights.groups()) {
            chunks.add(offsets(group, input));
        }
    }

    /**
     * Cuts one row or two into tiles; two are cut symmetrically, so that a tile in the middle has as much of the one as of the other. Tiles
     * are full ones where the rest is nearly full too, else as equal as possible.
     */
    private List<Tile> tiles(int rows) {
        int most = TileKernels.MAX_POSITIONS;
        int count = rows * window.width();
        int rest = rows * (window.width() % most);
        List<Tile> list = new ArrayList<>();
        int from = 0;
        if (rest >= most - 2 && rest <= most) {
            int full = window.width() - window.width() % most;
            while (from < count) {
                int positions = from == full ? rest : most;
                list.add(tile(from, positions));
                from += positions;
            }
            return list;
        }
        int parts = Math.ceilDiv(count, most);
        for (int i = 1; i <= parts; i++) {
            boolean mirrored = rows == 2 && 2 * i > parts;
            int end = mirrored ? count - count * (parts - i) / parts : count * i / parts;
            list.add(tile(from, end - from));
            from = end;
        }
        return list;
    }

    private Tile tile(int from, int positions) {
        int half = from + TileKernels.half(positions);
        return new Tile(
                new DenseKernels(positions, in.column(), out.column()),
                offset(from, in),
                offset(half, in),
                offset(from, out),
                offset(half, out));
    }

    /** Bytes from a row's first position to the {@code i}-th of it and the next row. */
    private long offset(int i, PixelGrid pixels) {
        return i / window.width() * pixels.row() + (long) (i % window.width()) * pixels.column();
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
                        int step = step(row, end);
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

    /** Rows to take at once: 2 if that is better and they are of one image. */
    private int step(int row, int toRow) {
        return pairTiles != null && row + 1 < toRow && row % window.height() + 1 < window.height() ? 2 : 1;
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
        long nextVector = address(image, y, group.channel() + Lanes.COUNT) - to;
        boolean last = chunk == chunks.get(groupIndex).length - 1;
        Ending ending = finish.ending(chunk == 0, last);
        long bias = finish.bias(group.channel(), chunk == 0);
        for (Tile tile : count == 2 && pairTiles != null ? pairTiles : rowTiles) {
            tile.kernels
                    .of(group.vectors())
                    .run(
                            from + tile.inFirst,
                            from + tile.inSecond,
                            offsets,
                            offsets.length,
                            depth,
                            packed,
                            to + tile.outFirst,
                            to + tile.outSecond,
                            nextVector,
                            ending,
                            bias);
        }
        if (last && (finish.gathers() || finish.activatesAfterKernels())) {
            for (int v = 0; v < group.vectors(); v++) {
                int channel = group.channel() + v * Lanes.COUNT;
                long at = to + v * nextVector;
                if (finish.activatesAfterKernels()) {
                    finish.activate(at, count, out.row(), window.width(), out.column(), channel);
                }
                for (int r = 0; r < count; r++) {
                    finish.gather(row + r, at + r * out.row(), 1, out.row(), window.width(), channel);
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
