package dev.squall.jvm;

import dev.squall.jvm.WinogradWeights.ChannelGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A 3x3 convolution with stride and padding 1 by {@link Winograd}: transform the input tiles, multiply matrices for each of the 36
 * products, transform back.
 *
 * <p>Tiles are taken in groups. Where the weights are small the groups run in parallel, each small enough to stay in cache between its three
 * steps; where they are large there is one group, so that the weights are read once, and each step runs in parallel.
 */
final class WinogradConvolution {
    /** Tiles of a group while the weights are small: what a register tile takes at once, so that what is between the steps stays in cache. */
    private static final int SMALL_GROUP = TileKernels.MAX_POSITIONS;

    /** Most bytes of transformed input and output of a group. */
    private static final long LARGE_GROUP_BYTES = 48L << 20;

    /** Bytes of transformed weights that are cheap to read again for every group. */
    private static final long SMALL_WEIGHTS = 16L << 20;

    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private final WinogradTiles tiles;
    private final PixelGrid in;
    private final PixelGrid out;
    private final int inBlocks;
    private final int outBlocks;
    private final WinogradWeights weights;
    private final Finish finish;
    private final JvmBackend backend;
    private final int groupTiles;
    private final long inStep;
    private final long outStep;
    /** Input blocks of a tile that are neighbours in memory. */
    private final int bundle;

    private final long[] taps;

    WinogradConvolution(
            PixelGrid in, int inBlocks, JvmStorage output, WinogradWeights weights, Finish finish, JvmBackend backend) {
        BlockedLayout layout = output.layout();
        this.tiles = new WinogradTiles(layout.images(), layout.height(), layout.width());
        this.in = in;
        this.out = PixelGrid.of(output);
        this.inBlocks = inBlocks;
        this.outBlocks = layout.blocks();
        this.weights = weights;
        this.finish = finish;
        this.backend = backend;
        long tileBytes = (long) Winograd.PRODUCTS * (inBlocks + outBlocks) * PIXEL;
        long wanted = weights.bytes() < SMALL_WEIGHTS ? SMALL_GROUP : LARGE_GROUP_BYTES / tileBytes;
        int most = (int) Math.clamp(wanted, 1, tiles.count());
        groupTiles = Math.ceilDiv(tiles.count(), Math.ceilDiv(tiles.count(), most));
        // Off a power of two, so that the 36 products of a tile do not fall into the same cache set.
        inStep = ((long) inBlocks * groupTiles + 5) * PIXEL;
        outStep = ((long) outBlocks * groupTiles + 5) * PIXEL;
        bundle = DenseKernel.bundle(inBlocks);
        taps = new long[inBlocks / bundle];
        for (int i = 0; i < taps.length; i++) {
            taps[i] = (long) i * groupTiles * bundle * PIXEL;
        }
    }

    void run() {
        int count = tiles.count();
        backend.pool().forEach(Math.ceilDiv(count, groupTiles), group -> {
            int from = group * groupTiles;
            group(from, Math.min(groupTiles, count - from));
        });
    }

    private void group(int firstTile, int count) {
        Allocator.Block memory = backend.scratch().allocate(Winograd.PRODUCTS * (inStep + outStep));
        long transformed = memory.address();
        long products = transformed + Winograd.PRODUCTS * inStep;
        int tilesAtOnce = 4;
        int parts = Math.ceilDiv(count, tilesAtOnce);
        backend.pool()
                .forEach(
                        parts,
                        part -> withScratch(scratch -> {
                            int end = Math.min(count, (part + 1) * tilesAtOnce);
                            for (int block = 0; block < inBlocks; block++) {
                                for (int t = part * tilesAtOnce; t < end; t++) {
                                    long to = transformed
                                            + taps[block / bundle]
                                            + ((long) t * bundle + block % bundle) * PIXEL;
                                    tiles.input(in, firstTile + t, block, to, inStep, scratch);
                                }
                            }
                        }));
        List<Part> multiplied = parts(count);
        backend.pool().forEach(Winograd.PRODUCTS, product -> multiply(product, multiplied, transformed, products));
        backend.pool()
                .forEach(
                        parts,
                        part -> withScratch(scratch -> {
                            int end = Math.min(count, (part + 1) * tilesAtOnce);
                            for (int block = 0; block < outBlocks; block++) {
                                for (int t = part * tilesAtOnce; t < end; t++) {
                                    long from = products + ((long) block * groupTiles + t) * PIXEL;
                                    tiles.output(from, outStep, out, firstTile + t, block, finish, scratch);
                                }
                            }
                        }));
        backend.scratch().free(memory);
    }

    private void multiply(int product, List<Part> parts, long transformed, long products) {
        for (ChannelGroup group : weights.groups()) {
            long channels = vector(products + product * outStep, group.channel());
            long nextVector = vector(0, group.channel() + Lanes.COUNT) - vector(0, group.channel());
            for (Part part : parts) {
                long from = transformed + product * inStep + (long) part.first * bundle * PIXEL;
                long to = channels + (long) part.first * PIXEL;
                DenseKernel kernel = part.kernels.of(group.vectors());
                kernel.run(
                        from,
                        from + part.half * bundle,
                        taps,
                        taps.length,
                        bundle * BlockedLayout.BLOCK,
                        weights.address(product, group),
                        to,
                        to + part.half,
                        nextVector,
                        false);
            }
        }
    }

    /**
     * Tiles multiplied at once.
     *
     * @param first of a group
     * @param half bytes from there to its second half in the output
     * @param kernels multiply
     */
    private record Part(int first, long half, DenseKernels kernels) {}

    private List<Part> parts(int count) {
        int parts = Math.ceilDiv(count, TileKernels.MAX_POSITIONS);
        List<Part> list = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            int first = count * i / parts;
            int positions = count * (i + 1) / parts - first;
            list.add(new Part(
                    first,
                    (long) TileKernels.half(positions) * PIXEL,
                    new DenseKernels(positions, bundle * PIXEL, PIXEL)));
        }
        return list;
    }

    /** Address of the vector of channels that begins at {@code channel}, among the products from {@code base} on. */
    private long vector(long base, int channel) {
        long block = channel / BlockedLayout.BLOCK;
        return base + block * groupTiles * PIXEL + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }

    private void withScratch(LongConsumer body) {
        Allocator.Block scratch = backend.scratch().allocate(WinogradTiles.SCRATCH);
        body.accept(scratch.address());
        backend.scratch().free(scratch);
    }
}
