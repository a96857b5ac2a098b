package dev.squall.jvm.convolution;

import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.GradientKernels;
import dev.squall.jvm.tile.Prefetches;
import dev.squall.jvm.tile.TransposeKernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The derivative of a convolution by its weights: {@code dw[k, c, tap] = sum over images and positions of dy[k] * x[c]} as the tap sees
 * it.
 *
 * <p>Where pixels have few channels and no padding, the channels that a row of the kernel meets at a position are neighbours. They are summed as those
 * of one tap, since those of a single one are too few to pay for reading the gradient.
 *
 * <p>Vectors are of output channels. See {@link GradientTasks} for how the sums are divided.
 */
public final class WeightGradient {
    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Output channels of a group of two vectors. */
    private static final int OUT = 2 * Lanes.COUNT;

    private final ConvGeometry geometry;
    private final BlockedLayout inputs;
    private final BlockedLayout outputs;
    private final PixelGrid x;
    private final PixelGrid dy;
    private final int taps;
    /** What is summed one after the other: taps, or rows of taps that meet neighbours. */
    private final int steps;
    /** Channels that a step sums of a block, those of all its taps. */
    private final int depth;

    private final GradientKernels kernels;
    private final int outGroups;
    private final GradientTasks tasks;
    private final List<TapSums> sums;
    /** Offsets of the weights [16, taps] from one output channel to a block, among the sums and in dw. */
    private final long[] sumOffsets;

    private final long[] kernelOffsets;

    /**
     * @param stepX input pixels from a position to the next
     * @param stepDy gradient pixels, likewise
     * @param together how many taps, one after another, are summed as one: the width of the kernel if pixels have no padding, else 1
     * @param rows for each tap of the kernel, or for the first of each so many
     */
    public WeightGradient(
            ConvGeometry geometry,
            BlockedLayout inputs,
            BlockedLayout outputs,
            PixelGrid x,
            PixelGrid dy,
            int stepX,
            int stepDy,
            int together,
            List<GradientRows> rows) {
        this.geometry = geometry;
        this.inputs = inputs;
        this.outputs = outputs;
        this.x = x;
        this.dy = dy;
        steps = rows.size();
        taps = steps * together;
        int channels = together == 1 ? BLOCK : inputs.channels();
        depth = channels * together;
        kernels = new GradientKernels(depth, 2, stepX * (int) x.column(), stepDy * BlockedLayout.PIXEL_BYTES);
        outGroups = Math.ceilDiv(outputs.blocks() * BLOCK, OUT);
        GradientRows most =
                rows.stream().max(Comparator.comparingInt(GradientRows::count)).orElseThrow();
        tasks = GradientTasks.of(outGroups, inputs.blocks(), steps, most);
        sums = rows.stream().map(of -> new TapSums(of, tasks, kernels)).toList();
        sumOffsets = new long[channels * taps];
        kernelOffsets = new long[channels * taps];
        for (int i = 0; i < sumOffsets.length; i++) {
            int tap = i % taps;
            int row = tap / together * depth + tap % together * channels + i / taps;
            sumOffsets[i] = (long) row * OUT * Float.BYTES;
            kernelOffsets[i] = (long) i * Float.BYTES;
        }
    }

    /** Writes dw, [K, C/groups, kernelH, kernelW] row-major, to {@code target}. */
    public void run(long target, Workspace workspace) {
        Allocator.Block sums = workspace.scratch().allocate(tasks.shares() * shareBytes());
        tasks.run(
                workspace.pool(),
                (share, part, group, block, accumulate, ahead) ->
                        sum(part, group, block, accumulate, sums.address() + share * shareBytes(), ahead));
        workspace.pool().forEach(outGroups * inputs.blocks(), task -> {
            int channel = task / inputs.blocks() * OUT;
            int block = task % inputs.blocks();
            if (meets(channel, block)) {
                addShares(channel, block, sums.address());
                scatter(channel, block, sums.address(), target);
            }
        });
        workspace.scratch().free(sums);
    }

    /** Adds the other shares to the first. */
    private void addShares(int channel, int block, long sums) {
        long first = sums + offset(channel, block, 0, 0);
        for (int share = 1; share < tasks.shares(); share++) {
            for (long at = 0; at < (long) steps * depth * OUT * Float.BYTES; at += Lanes.BYTES) {
                long other = first + share * shareBytes() + at;
                Lanes.store(first + at, Lanes.load(first + at).add(Lanes.load(other)));
            }
        }
    }

    private void scatter(int channel, int block, long sums, long target) {
        int outPerGroup = outputs.channels() / geometry.groups();
        int inPerGroup = inputs.channels() / geometry.groups();
        // Whether a vector of output channels takes from all of a block, so that squares of sums can be turned.
        boolean isWhole = geometry.groups() == 1 || (outPerGroup % Lanes.COUNT == 0 && inPerGroup % BLOCK == 0);
        long rowBytes = (long) inPerGroup * taps * Float.BYTES;
        int end = Math.min(channel + OUT, outputs.channels());
        long[] rows = new long[Lanes.COUNT];
        Arrays.setAll(rows, row -> row * rowBytes);
        for (int k = channel; k < end; k++) {
            int firstIn = k / outPerGroup * inPerGroup - block * BLOCK;
            int from = Math.max(firstIn, 0) * taps;
            int to = Math.min(firstIn + inPerGroup, BLOCK) * taps;
            long first = sums + offset(k, block, 0, 0);
            long row = target + k * rowBytes - (long) firstIn * taps * Float.BYTES;
            // Of two vectors, one may be of a group that takes nothing from this block.
            if (from >= to) {
                continue;
            }
            if (isWhole && k + Lanes.COUNT <= end && to % Lanes.COUNT == 0) {
                int squares = to / Lanes.COUNT;
                TransposeKernels.KERNEL.run(first, sumOffsets, Lanes.COUNT, 0, row, rows, 0, Lanes.BYTES, squares);
                k += Lanes.COUNT - 1;
            } else {
                Lanes.move(first, sumOffsets, row, kernelOffsets, from, to);
            }
        }
    }

    private void sum(int part, int group, int block, boolean accumulate, long memory, Prefetches ahead) {
        int channel = group * OUT;
        if (!meets(channel, block)) {
            return;
        }
        long first = dy.at(0, channel / BLOCK, 0, 0) + (long) (channel % BLOCK) * Float.BYTES;
        // A group without a second vector repeats some other; its sums are not read.
        int secondBlock = Math.min((channel + Lanes.COUNT) / BLOCK, outputs.blocks() - 1);
        long second = dy.at(0, secondBlock, 0, 0) + (long) ((channel + Lanes.COUNT) % BLOCK) * Float.BYTES;
        int existing = steps < taps ? depth : inputs.channels() - block * BLOCK;
        for (int tile = 0; tile < kernels.tiles(existing); tile++) {
            int i = kernels.first(tile);
            long in = x.at(0, block, 0, 0) + (long) i * Float.BYTES;
            for (int step = 0; step < steps; step++) {
                long target = memory + offset(channel, block, step, i);
                sums.get(step).add(tile, part, in, first, second - first, target, accumulate, ahead);
            }
        }
    }

    /** Whether any of the output channels from {@code channel} on takes from {@code block}. */
    private boolean meets(int channel, int block) {
        int perGroup = outputs.channels() / geometry.groups();
        int inPerGroup = inputs.channels() / geometry.groups();
        int last = Math.min(channel + OUT, outputs.channels()) - 1;
        int firstIn = channel / perGroup * inPerGroup;
        int lastIn = (last / perGroup + 1) * inPerGroup - 1;
        return channel <= last && firstIn / BLOCK <= block && block <= lastIn / BLOCK;
    }

    /** Bytes of the sums [groups, input blocks, steps, depth, OUT] of a share. */
    private long shareBytes() {
        return (long) outGroups * inputs.blocks() * steps * depth * OUT * Float.BYTES;
    }

    private long offset(int k, int block, int step, int i) {
        long index = ((long) (k / OUT) * inputs.blocks() + block) * steps + step;
        return ((index * depth + i) * OUT + k % OUT) * Float.BYTES;
    }
}
