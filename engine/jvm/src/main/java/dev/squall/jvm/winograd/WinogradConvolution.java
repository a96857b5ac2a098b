package dev.squall.jvm.winograd;

import dev.squall.backend.Activation;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.DenseKernels;
import dev.squall.jvm.tile.FusedEpilogue;
import dev.squall.jvm.tile.Prefetches;
import dev.squall.jvm.tile.TileSizes;
import dev.squall.jvm.winograd.WinogradTiles.OutputTile;
import dev.squall.jvm.winograd.WinogradTiles.Product;
import dev.squall.jvm.winograd.WinogradWeights.OutputGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A 3x3 convolution by {@link Winograd}, in three steps: the tiles of the input are transformed, the values that tiles have at the same place are
 * multiplied with the weights of that place, a product of matrices for each of up to 64 places, and the products are transformed back. With a
 * stride of 2 there are up to 225 places, and products of several are added up, or there are several of a place.
 *
 * <p>Tiles are taken in groups. Where the weights are small the groups run in parallel, each of as many as a register tile takes at once, so that what is
 * between its three steps stays in cache; where they are large there is one group, so that the weights are read once, and each step runs in parallel.
 */
public final class WinogradConvolution {
    /** The most bytes of transformed input and output of a large group, which bounds the memory that a convolution takes. */
    private static final long LARGE_GROUP_BYTES = 48L << 20;

    /** Transformed weights of up to so many bytes stay in a cache that cores share, so that it is cheap to read them again for every group. */
    private static final long SMALL_WEIGHTS = 16L << 20;

    /** Tiles that are transformed one after the other for each block, because neighbours share pixels and so cache lines. */
    private static final int NEIGHBOURS = 4;

    /** Tasks of a product, each of some output channels, so that the 9 products of whole planes keep two threads busy. */
    private static final int HALVES = 2;

    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Adds a product to those that memory holds. */
    private static final FusedEpilogue ADD = FusedEpilogue.of(true, 0, Activation.IDENTITY);

    private final WinogradTiles tiles;
    private final PixelGrid in;
    private final PixelGrid out;
    private final int inBlocks;
    private final int outBlocks;
    private final WinogradWeights weights;
    private final AppliedEpilogue epilogue;
    private final Consumer<OutputTile[]> written;
    private final Workspace workspace;
    /** The number of the first tile of each group, and behind them the one after the last tile. */
    private final List<Integer> groups;

    private final int groupTiles;
    private final long inStep;
    private final long outStep;
    /** The products of each sum. */
    private final List<List<Product>> sums;
    /** For each block, the bytes from the transformed input of the first: the taps of the kernels. */
    private final long[] taps;
    /** The kernels that multiply that many tiles at once, by their number. */
    private final DenseKernels[] kernels = new DenseKernels[TileSizes.MAX_POSITIONS + 1];

    public WinogradConvolution(
            WinogradTiles tiles,
            PixelGrid in,
            int inBlocks,
            JvmStorage output,
            WinogradWeights weights,
            AppliedEpilogue epilogue,
            Consumer<OutputTile[]> written,
            Workspace workspace) {
        BlockedLayout layout = output.layout();
        this.tiles = tiles;
        this.in = in;
        this.out = PixelGrid.of(output);
        this.inBlocks = inBlocks;
        this.outBlocks = layout.blocks();
        this.weights = weights;
        this.epilogue = epilogue;
        this.written = written;
        this.workspace = workspace;
        sums = tiles.productsBySum();
        groups = weights.bytes() < SMALL_WEIGHTS && !tiles.isWhole() ? smallGroups() : largeGroups();
        int most = 0;
        for (int i = 1; i < groups.size(); i++) {
            most = Math.max(most, groups.get(i) - groups.get(i - 1));
        }
        groupTiles =
                TileSizes.roundedSizes(most).stream().mapToInt(size -> size).sum();
        // Off a power of two, so that the products of a tile do not fall into the same cache set.
        inStep = ((long) inBlocks * groupTiles + 5) * PIXEL;
        outStep = ((long) outBlocks * groupTiles + 5) * PIXEL;
        taps = new long[inBlocks];
        for (int block = 0; block < inBlocks; block++) {
            taps[block] = (long) block * groupTiles * PIXEL;
        }
        for (int positions = 1; positions < kernels.length; positions++) {
            kernels[positions] = new DenseKernels(positions, PIXEL, PIXEL);
        }
    }

    /** Groups that each fill a register tile, of tiles of one kind, so that all of a group take part in the same products. */
    private List<Integer> smallGroups() {
        List<Integer> list = new ArrayList<>(List.of(0));
        int next = 0;
        for (int end : tiles.ends()) {
            for (int size : TileSizes.sizes(end - next)) {
                next += size;
                list.add(next);
            }
        }
        return list;
    }

    /** As few groups as memory allows, equally large, so that all threads have work in each. */
    private List<Integer> largeGroups() {
        List<Integer> list = new ArrayList<>(List.of(0));
        long tileBytes = ((long) tiles.inputs() * inBlocks + (long) tiles.sums() * outBlocks) * PIXEL;
        int count = tiles.count();
        int parts = Math.ceilDiv(count, (int) Math.clamp(LARGE_GROUP_BYTES / tileBytes, 1, count));
        for (int i = 1; i <= parts; i++) {
            list.add(count * i / parts);
        }
        return list;
    }

    public void run() {
        workspace.pool().forEach(groups.size() - 1, group -> group(groups.get(group), groups.get(group + 1)));
    }

    private void group(int from, int to) {
        Allocator.Block memory = workspace.scratch().allocate(tiles.inputs() * inStep + tiles.sums() * outStep);
        long transformed = memory.address();
        long products = transformed + tiles.inputs() * inStep;
        forTiles(
                from,
                to,
                inBlocks,
                (tile, slot, block, scratch) -> {
                    long at = transformed + taps[block] + (long) slot * PIXEL;
                    tiles.input(in, tile, block, at, inStep, scratch);
                },
                few -> {});
        List<List<Part>> ranges = new ArrayList<>();
        for (int range = 0; range < WinogradTiles.RANGES; range++) {
            ranges.add(parts(Math.max(from, tiles.first(range)) - from, Math.min(to, tiles.end(range)) - from));
        }
        workspace
                .pool()
                .forEach(
                        tiles.sums() * HALVES,
                        i -> multiply(
                                i / HALVES, i % HALVES, ranges.get(tiles.range(i / HALVES)), transformed, products));
        forTiles(
                from,
                to,
                outBlocks,
                (tile, slot, block, scratch) -> {
                    long at = products + ((long) block * groupTiles + slot) * PIXEL;
                    output(at, tile, block, scratch);
                },
                written);
        workspace.scratch().free(memory);
    }

    /** Transforms the products of a tile of a block back, and applies the epilogue to its pixels. */
    private void output(long from, OutputTile tile, int block, long scratch) {
        int tileHeight = Math.min(tile.height(), tiles.height - tile.y());
        int tileWidth = Math.min(tile.width(), tiles.width - tile.x());
        long to = out.at(tile.image(), block, tile.y(), tile.x());
        boolean direct = tileHeight == tile.height() && tileWidth == tile.width() && !epilogue.addsToOutput();
        long target = direct ? to : scratch + Winograd.BETWEEN;
        long row = direct ? out.row() : (long) tile.width() * PIXEL;
        tiles.output(tile, from, outStep, scratch, target, row);
        for (int i = 0; i < tileHeight && !direct; i++) {
            long pixels = to + i * out.row();
            if (epilogue.addsToOutput()) {
                add(target + i * row, pixels, tileWidth * PIXEL);
            } else {
                WinogradTiles.copy(target + i * row, pixels, tileWidth * PIXEL);
            }
        }
        for (int lane = 0; lane < BlockedLayout.BLOCK; lane += Lanes.COUNT) {
            long pixels = to + (long) lane * Float.BYTES;
            int channel = block * BlockedLayout.BLOCK + lane;
            epilogue.apply(pixels, tileHeight, out.row(), tileWidth, PIXEL, channel);
            epilogue.gather(tile.number(), pixels, tileHeight, out.row(), tileWidth, channel);
        }
    }

    private static void add(long from, long to, int bytes) {
        for (int at = 0; at < bytes; at += Lanes.BYTES) {
            Lanes.store(to + at, Lanes.load(to + at).add(Lanes.load(from + at)));
        }
    }

    /** What to do with a block of a tile, which is number {@code slot} of its group. */
    private interface TileTask {
        public void run(OutputTile tile, int slot, int block, long scratch);
    }

    /**
     * Runs {@code task} for all blocks of the tiles from {@code from} to before {@code to}, and {@code done} when all blocks of a few neighbours are
     * done: first a block of each neighbour, then the next block.
     */
    private void forTiles(int from, int to, int blocks, TileTask task, Consumer<OutputTile[]> done) {
        workspace.pool().forEach(Math.ceilDiv(to - from, NEIGHBOURS), part -> {
            Allocator.Block scratch = workspace.scratch().allocate(WinogradTiles.SCRATCH);
            int first = from + part * NEIGHBOURS;
            OutputTile[] few = tiles.tiles(first, Math.min(to, first + NEIGHBOURS));
            for (int block = 0; block < blocks; block++) {
                for (int i = 0; i < few.length; i++) {
                    task.run(few[i], first - from + i, block, scratch.address());
                }
            }
            done.accept(few);
            workspace.scratch().free(scratch);
        });
    }

    private void multiply(int sum, int half, List<Part> parts, long transformed, long products) {
        List<OutputGroup> all = weights.groups();
        for (OutputGroup group : all.subList(all.size() * half / HALVES, all.size() * (half + 1) / HALVES)) {
            long channels = vector(products + sum * outStep, group.channel());
            for (Part part : parts) {
                // Parts may overlap, so each begins its sums anew.
                FusedEpilogue addition = FusedEpilogue.NONE;
                for (Product product : sums.get(sum)) {
                    multiply(product, group, part, transformed, channels, addition);
                    addition = ADD;
                }
            }
        }
    }

    private void multiply(
            Product product, OutputGroup group, Part part, long transformed, long channels, FusedEpilogue addition) {
        long nextVector = vector(0, group.channel() + Lanes.COUNT) - vector(0, group.channel());
        long in = transformed + product.input() * inStep + (long) part.first * PIXEL;
        long out = channels + (long) part.first * PIXEL;
        part.kernels
                .of(group.vectors(), Prefetches.NONE)
                .run(
                        in,
                        in + part.half,
                        taps,
                        taps.length,
                        BlockedLayout.BLOCK,
                        weights.address(product.kernel(), group),
                        out,
                        out + part.half,
                        nextVector,
                        addition,
                        DenseKernel.NO_BIAS,
                        PIXEL,
                        PIXEL,
                        Prefetches.NONE);
    }

    /**
     * Tiles of a group that one kernel multiplies at once.
     *
     * @param first number of the first one in its group
     * @param half bytes from the first one to the first one of the second half
     * @param kernels that multiply so many tiles
     */
    private record Part(int first, long half, DenseKernels kernels) {}

    /**
     * Parts that cover the tiles from {@code from} to before {@code to}. They may cover others too, whose products in this place have no meaning and
     * are not read.
     */
    private List<Part> parts(int from, int to) {
        List<Part> list = new ArrayList<>();
        int next = from;
        for (int positions : TileSizes.roundedSizes(to - from)) {
            int first = Math.min(next, groupTiles - positions);
            list.add(new Part(first, (long) TileSizes.half(positions) * PIXEL, kernels[positions]));
            next += positions;
        }
        return list;
    }

    /** Address of the vector of channels that begins at {@code channel}, among the products from {@code base} on. */
    private long vector(long base, int channel) {
        long block = channel / BlockedLayout.BLOCK;
        return base + block * groupTiles * PIXEL + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
