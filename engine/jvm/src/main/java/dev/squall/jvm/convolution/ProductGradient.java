package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.GradientKernels;
import dev.squall.jvm.tile.Prefetches;
import jdk.incubator.vector.FloatVector;

/**
 * The weight gradient of a 1x1 convolution, {@code dw[k, c] = sum over images and positions of dy[k] * x[c]}. The vectors are of
 * input channels, so that a vector of sums is a piece of a row of dw; {@link WeightGradient}, for all others, has to put each sum in its
 * place by itself, which takes longer than to form it where planes are small.
 */
public final class ProductGradient {
    /** Input channels of a group: two vectors. */
    private static final int GROUP = 2 * Lanes.COUNT;

    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Bytes of the sums of a group and a block. */
    private static final long TILE = (long) BLOCK * GROUP * Float.BYTES;

    private final BlockedLayout inputs;
    private final BlockedLayout outputs;
    private final PixelGrid x;
    private final PixelGrid dy;
    private final GradientTasks tasks;
    private final GradientKernels kernels;
    private final TapSums tap;
    private final GradientRows rows;
    private final boolean isPrefetching;

    public ProductGradient(BlockedLayout inputs, BlockedLayout outputs, PixelGrid x, PixelGrid dy, GradientRows rows) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.x = x;
        this.dy = dy;
        this.rows = rows;
        isPrefetching = Prefetches.ARE_POSSIBLE && TapSums.areLong(rows.width());
        tasks = GradientTasks.of(inputs.channels() / GROUP, outputs.blocks(), 1, rows, isPrefetching);
        kernels = new GradientKernels(BLOCK, 2, BlockedLayout.PIXEL_BYTES, BlockedLayout.PIXEL_BYTES);
        tap = new TapSums(rows.exchanged(), tasks, kernels);
    }

    /** Whether the channels fill groups and blocks. */
    public static boolean fits(BlockedLayout inputs, BlockedLayout outputs) {
        return inputs.channels() % GROUP == 0 && outputs.channels() % BLOCK == 0;
    }

    /**
     * Writes dw, [K, C, kernel] row-major, to {@code target}: what is summed to one element of each kernel, zeros to the others. A 3x3 kernel on planes
     * of one pixel has such a gradient, and to sum the zeros took most of the time.
     *
     * @param kernel elements of the kernel
     * @param element the one
     */
    public void run(long target, int kernel, int element, Workspace workspace) {
        if (kernel == 1) {
            run(target, workspace);
            return;
        }
        long rowBytes = (long) inputs.channels() * Float.BYTES;
        Allocator.Block sums = workspace.scratch().allocate(outputs.channels() * rowBytes);
        run(sums.address(), workspace);
        workspace.pool().forEachSized(outputs.channels(), rowBytes * kernel, k -> {
            long row = target + k * rowBytes * kernel;
            Lanes.zero(row, rowBytes * kernel);
            for (long at = 0; at < rowBytes; at += Float.BYTES) {
                Lanes.set(
                        row + at * kernel + (long) element * Float.BYTES,
                        Lanes.get(sums.address() + k * rowBytes + at));
            }
        });
        workspace.scratch().free(sums);
    }

    /** Writes dw, [K, C] row-major, to {@code target}. */
    private void run(long target, Workspace workspace) {
        if (TransposedGradient.pays(rows)) {
            new TransposedGradient(inputs.channels(), outputs.channels(), x, dy, rows).run(target, workspace);
            return;
        }
        long shareBytes = (long) tasks.groups() * tasks.blocks() * TILE;
        Allocator.Block sums = workspace.scratch().allocate(tasks.shares() * shareBytes);
        tasks.run(workspace.pool(), new GradientTasks.Sum() {
            @Override
            public void add(int share, int part, int group, int block, boolean accumulate, Prefetches ahead) {
                sum(part, group, block, accumulate, tile(sums.address() + share * shareBytes, group, block), ahead);
            }

            @Override
            public void prefetch(int part, GradientTasks.Task task, Prefetches ahead) {
                if (isPrefetching) {
                    int perGroup = GROUP / BLOCK;
                    addRows(part, x, rows.x(), task.fromGroup() * perGroup, task.toGroup() * perGroup, ahead);
                    addRows(part, dy, rows.dy(), task.fromBlock(), task.toBlock(), ahead);
                }
            }
        });
        workspace.pool().forEachSized(tasks.blocks(), tasks.groups() * 2L * TILE, block -> {
            for (int group = 0; group < tasks.groups(); group++) {
                write(tile(sums.address(), group, block), shareBytes, group, block, target);
            }
        });
        workspace.scratch().free(sums);
    }

    /** Adds the rows of a part to what is brought near, those of an image that follow each other as one run. */
    private void addRows(int part, PixelGrid grid, long[] offsets, int fromBlock, int toBlock, Prefetches ahead) {
        int to = tasks.first(rows, part + 1);
        int first = tasks.first(rows, part);
        for (int row = first; row < to; row++) {
            if (row + 1 == to || offsets[row + 1] - offsets[row] != grid.row()) {
                for (int block = fromBlock; block < toBlock; block++) {
                    ahead.add(grid.at(0, block, 0, 0) + offsets[first], (row + 1 - first) * grid.row());
                }
                first = row + 1;
            }
        }
    }

    private void sum(int part, int group, int block, boolean accumulate, long sums, Prefetches ahead) {
        int channel = group * GROUP;
        long first = x.at(0, channel / BLOCK, 0, 0) + (long) (channel % BLOCK) * Float.BYTES;
        int next = channel + Lanes.COUNT;
        long second = x.at(0, next / BLOCK, 0, 0) + (long) (next % BLOCK) * Float.BYTES;
        for (int tile = 0; tile < kernels.tiles(BLOCK); tile++) {
            int i = kernels.first(tile);
            long in = dy.at(0, block, 0, 0) + (long) i * Float.BYTES;
            tap.add(tile, part, in, first, second - first, sums + (long) i * GROUP * Float.BYTES, accumulate, ahead);
        }
    }

    /** Adds the shares of a tile, {@code shareBytes} apart, and writes its rows to dw. */
    private void write(long tile, long shareBytes, int group, int block, long target) {
        long first = target + ((long) block * BLOCK * inputs.channels() + group * GROUP) * Float.BYTES;
        for (int i = 0; i < BLOCK; i++) {
            long row = first + (long) i * inputs.channels() * Float.BYTES;
            for (long at = 0; at < GROUP * Float.BYTES; at += Lanes.BYTES) {
                long from = tile + (long) i * GROUP * Float.BYTES + at;
                FloatVector sum = Lanes.load(from);
                for (int share = 1; share < tasks.shares(); share++) {
                    sum = sum.add(Lanes.load(from + share * shareBytes));
                }
                Lanes.store(row + at, sum);
            }
        }
    }

    /** Address of the sums [16, GROUP] of a block of output and a group of input channels. */
    private long tile(long sums, int group, int block) {
        return sums + ((long) block * tasks.groups() + group) * TILE;
    }
}
