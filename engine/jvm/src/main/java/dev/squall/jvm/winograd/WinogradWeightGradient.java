package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.GradientKernel;
import dev.squall.jvm.tile.GradientKernels;
import dev.squall.jvm.tile.Prefetches;
import dev.squall.jvm.tile.TransposeKernels;
import java.util.Arrays;

/**
 * The derivative of a 3x3 convolution with stride and padding 1 by its weights, by {@link Winograd}: for each product of a tile, the sum
 * over tiles of transformed input times transformed output gradient; then one transform back for each kernel.
 *
 * <p>Groups of tiles are added one after the other, so the result does not depend on the threads.
 */
public final class WinogradWeightGradient {
    /** Output channels of a tile of {@link GradientKernel}. */
    private static final int OUT = 2 * Lanes.COUNT;

    private static final int BLOCK = BlockedLayout.BLOCK;
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Tiles of a group: few enough that those of a few blocks stay in cache, enough to pay for reading and writing the sums. */
    private static final int GROUP_TILES = 128;

    /** Input blocks of a task: they pass by the gradients of a product, which stay in the nearest cache. */
    private static final int TASK_BLOCKS = 4;

    /** Bytes of the sums of one product for two vectors of outputs and a block of inputs, off a power of two to spread over cache sets. */
    private static final long SUM_BYTES = (long) BLOCK * OUT * Float.BYTES + PIXEL;

    /** The tiles of a product are one row of positions. */
    private static final long[] ONE_ROW = {0};

    private final BlockedLayout inputs;
    private final BlockedLayout outputs;
    private final WinogradTiles tiles;
    private final PixelGrid x;
    private final PixelGrid dy;
    private final Workspace workspace;
    private final GradientKernels kernels = new GradientKernels(BlockedLayout.BLOCK, 2, PIXEL, PIXEL);
    private final int groupTiles;
    private final int outGroups;
    private final long inStep;
    private final long outStep;

    public WinogradWeightGradient(
            WinogradTiles tiles, PixelGrid x, JvmStorage input, JvmStorage gradient, Workspace workspace) {
        this.tiles = tiles;
        this.inputs = input.layout();
        this.outputs = gradient.layout();
        this.x = x;
        this.dy = PixelGrid.of(gradient);
        this.workspace = workspace;
        groupTiles = Math.min(GROUP_TILES, tiles.count());
        outGroups = Math.ceilDiv(outputs.blocks() * BLOCK, OUT);
        // Off a power of two, so that the products of a tile do not fall into the same cache set.
        inStep = ((long) inputs.blocks() * groupTiles + 5) * PIXEL;
        outStep = ((long) outputs.blocks() * groupTiles + 5) * PIXEL;
    }

    /** Writes dw, [K, C, 3, 3] row-major, to {@code target}. */
    public void run(long target) {
        // Where there is one group of tiles, the sums of a task are of no use to another. The next task takes the same
        // memory, which is still in cache, instead of memory of its own, which is not.
        boolean isSingle = tiles.count() <= groupTiles;
        long blockBytes = tiles.sums() * SUM_BYTES;
        long sumsBytes = isSingle ? 0 : outGroups * inputs.blocks() * blockBytes;
        Allocator.Block memory = workspace.scratch().allocate(tiles.sums() * (inStep + outStep) + sumsBytes);
        long transformed = memory.address();
        long gradients = transformed + tiles.sums() * inStep;
        long sums = gradients + tiles.sums() * outStep;
        int blockTasks = Math.ceilDiv(inputs.blocks(), TASK_BLOCKS);
        for (int first = 0; first < tiles.count(); first += groupTiles) {
            int from = first;
            int count = Math.min(groupTiles, tiles.count() - first);
            boolean last = first + count == tiles.count();
            int tilesAtOnce = 4;
            workspace.pool().forEach(Math.ceilDiv(count, tilesAtOnce), part -> {
                int end = Math.min(count, (part + 1) * tilesAtOnce);
                transform(from, part * tilesAtOnce, end, transformed, gradients);
            });
            workspace.pool().forEach(outGroups * blockTasks, task -> {
                int group = task / blockTasks;
                int firstBlock = task % blockTasks * TASK_BLOCKS;
                int endBlock = Math.min(firstBlock + TASK_BLOCKS, inputs.blocks());
                Allocator.Block own = isSingle ? workspace.scratch().allocate(TASK_BLOCKS * blockBytes) : null;
                long ofTask =
                        own == null ? sums + (long) (group * inputs.blocks() + firstBlock) * blockBytes : own.address();
                for (int product = 0; product < tiles.sums(); product++) {
                    for (int block = firstBlock; block < endBlock; block++) {
                        long to = ofTask + (block - firstBlock) * blockBytes + product * SUM_BYTES;
                        multiply(product, group, block, from, count, transformed, gradients, to);
                    }
                }
                for (int block = firstBlock; last && block < endBlock; block++) {
                    writeKernels(group, block, ofTask + (block - firstBlock) * blockBytes, target);
                }
                if (own != null) {
                    workspace.scratch().free(own);
                }
            });
        }
        workspace.scratch().free(memory);
    }

    private void transform(int firstTile, int from, int to, long transformed, long gradients) {
        Allocator.Block scratch = workspace.scratch().allocate(WinogradTiles.SCRATCH);
        WinogradTiles.OutputTile[] few = tiles.tiles(firstTile + from, firstTile + to);
        for (int i = 0; i < few.length; i++) {
            for (int block = 0; block < inputs.blocks(); block++) {
                long at = transformed + ((long) block * groupTiles + from + i) * PIXEL;
                tiles.input(x, few[i], block, at, inStep, scratch.address());
            }
            for (int block = 0; block < outputs.blocks(); block++) {
                long at = gradients + ((long) block * groupTiles + from + i) * PIXEL;
                tiles.gradient(dy, few[i], block, at, outStep, scratch.address());
            }
        }
        workspace.scratch().free(scratch);
    }

    private void multiply(
            int product, int group, int block, int firstTile, int count, long transformed, long gradients, long sums) {
        int range = tiles.range(product);
        int first = Math.max(0, tiles.first(range) - firstTile);
        int end = Math.min(count, tiles.end(range) - firstTile);
        if (tiles.end(range) <= tiles.first(range) && firstTile == 0) {
            Lanes.zero(sums, SUM_BYTES);
        }
        if (end <= first) {
            return;
        }
        int channel = group * OUT;
        // A group without a second vector repeats its first; those sums are not read.
        boolean hasSecond = channel + Lanes.COUNT < outputs.blocks() * BLOCK;
        long second = hasSecond ? vector(channel + Lanes.COUNT) - vector(channel) : 0;
        boolean accumulate = firstTile > tiles.first(range);
        long gradient = gradients + product * outStep + vector(channel) + (long) first * PIXEL;
        long from = transformed + product * inStep + ((long) block * groupTiles + first) * PIXEL;
        for (int tile = 0; tile < kernels.tiles(inputs.channels() - block * BLOCK); tile++) {
            long channels = (long) kernels.first(tile) * Float.BYTES;
            kernels.of(tile, Prefetches.NONE)
                    .run(
                            from + channels,
                            ONE_ROW,
                            gradient,
                            ONE_ROW,
                            second,
                            0,
                            1,
                            end - first,
                            sums + channels * OUT,
                            accumulate,
                            Prefetches.NONE);
        }
    }

    /** Transforms the sums of a group of output channels and a block of input channels back, and writes them in rows of 9. */
    private void writeKernels(int group, int block, long sums, long target) {
        Allocator.Block scratch = workspace.scratch().allocate(Winograd.BETWEEN + 9L * BLOCK * Lanes.BYTES);
        long kernels = scratch.address() + Winograd.BETWEEN;
        int count = Math.min(BLOCK, inputs.channels() - block * BLOCK);
        long rowBytes = 9L * inputs.channels() * Float.BYTES;
        for (int v = 0; v < 2; v++) {
            int channel = group * OUT + v * Lanes.COUNT;
            for (int i = 0; i < count; i++) {
                long from = sums + ((long) i * OUT + v * Lanes.COUNT) * Float.BYTES;
                long to = kernels + 9L * i * Lanes.BYTES;
                tiles.transform().gradient(from, SUM_BYTES, scratch.address(), to, Lanes.BYTES);
            }
            long to = target + channel * rowBytes + 9L * block * BLOCK * Float.BYTES;
            writeRows(kernels, 9 * count, outputs.channels() - channel, to, rowBytes);
        }
        workspace.scratch().free(scratch);
    }

    /** Writes {@code count} vectors as columns of rows that begin at {@code to}: of as many lanes as there are channels. */
    private static void writeRows(long vectors, int count, int channels, long to, long rowBytes) {
        int inSquares = channels < Lanes.COUNT ? 0 : count - count % Lanes.COUNT;
        if (inSquares > 0) {
            long[] rows = new long[inSquares];
            Arrays.setAll(rows, i -> (long) i * Lanes.BYTES);
            long[] columns = new long[Lanes.COUNT];
            Arrays.setAll(columns, lane -> lane * rowBytes);
            int squares = inSquares / Lanes.COUNT;
            TransposeKernels.KERNEL.run(vectors, rows, Lanes.COUNT, 0, to, columns, 0, Lanes.BYTES, squares);
        }
        for (int lane = 0; lane < Math.min(Lanes.COUNT, channels); lane++) {
            for (int i = inSquares; i < count; i++) {
                long from = vectors + (long) i * Lanes.BYTES + (long) lane * Float.BYTES;
                Lanes.set(to + lane * rowBytes + (long) i * Float.BYTES, Lanes.get(from));
            }
        }
    }

    /** Offset of the vector of channels that begins at {@code channel}, among the transformed gradients of a product. */
    private long vector(int channel) {
        long block = channel / BLOCK;
        return block * groupTiles * PIXEL + (long) (channel % BLOCK) * Float.BYTES;
    }
}
