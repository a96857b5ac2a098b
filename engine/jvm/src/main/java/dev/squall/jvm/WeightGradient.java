package dev.squall.jvm;

import dev.squall.backend.ConvGeometry;

/**
 * The derivative of a convolution by its weights: {@code dw[k, c, tap] = sum over images and positions of dy[k] * x[c]} as the tap sees
 * it.
 *
 * <p>A task sums one share of the images for a few groups of output channels and a few input blocks: as many rows at once as stay in the
 * nearest cache, for one group after the other. The shares depend on the shapes only, and are added in order: the result does not depend
 * on the threads.
 */
final class WeightGradient {
    /** Output channels of a group: two vectors. */
    private static final int OUT = 2 * Lanes.COUNT;

    private static final int BLOCK = BlockedLayout.BLOCK;
    private static final int TASK_GROUPS = 4;
    private static final int TASK_BLOCKS = 16;
    private static final int WANTED_TASKS = 32;
    /** Bytes of gradient rows to keep in the nearest cache. */
    private static final int ROWS_BYTES = 26 << 10;

    private final ConvGeometry geometry;
    private final Window window;
    private final BlockedLayout inputs;
    private final BlockedLayout outputs;
    private final PixelGrid x;
    private final PixelGrid dy;
    private final GradientKernel kernel;
    private final int taps;
    private final int outGroups;
    private final int groupTasks;
    private final int blockTasks;
    private final int shares;
    /** Offsets of the rows of all images. */
    private final long[] xRows;

    private final long[] dyRows;

    WeightGradient(ConvGeometry geometry, Window window, PixelGrid x, JvmStorage input, JvmStorage gradient) {
        this.geometry = geometry;
        this.window = window;
        this.inputs = input.layout();
        this.outputs = gradient.layout();
        this.x = x;
        this.dy = PixelGrid.of(gradient);
        kernel = TileKernels.gradient(window.inStepX() * BlockedLayout.PIXEL_BYTES);
        taps = window.taps().size();
        outGroups = Math.ceilDiv(outputs.blocks() * BLOCK, OUT);
        groupTasks = Math.ceilDiv(outGroups, TASK_GROUPS);
        blockTasks = Math.ceilDiv(inputs.blocks(), TASK_BLOCKS);
        shares = Math.clamp(Math.ceilDiv(WANTED_TASKS, groupTasks * blockTasks), 1, inputs.images());
        int height = window.height();
        xRows = new long[inputs.images() * height];
        dyRows = new long[xRows.length];
        for (int row = 0; row < xRows.length; row++) {
            xRows[row] = row / height * x.image() + row % height * window.inStepY() * x.row();
            dyRows[row] = row / height * dy.image() + row % height * dy.row();
        }
    }

    /** Writes dw, [K, C/groups, kernelH, kernelW] row-major, to {@code target}. */
    void run(long target, JvmBackend backend) {
        Allocator.Block sums = backend.scratch().allocate(shares * shareBytes());
        backend.pool().forEach(shares * groupTasks * blockTasks, task -> {
            int share = task / (groupTasks * blockTasks);
            int firstGroup = task / blockTasks % groupTasks * TASK_GROUPS;
            int firstBlock = task % blockTasks * TASK_BLOCKS;
            sumShare(share, firstGroup, firstBlock, sums.address() + share * shareBytes());
        });
        backend.pool().forEach(outGroups * inputs.blocks(), task -> {
            int channel = task / inputs.blocks() * OUT;
            int block = task % inputs.blocks();
            if (meets(channel, block)) {
                addShares(channel, block, sums.address());
                scatter(channel, block, sums.address(), target);
            }
        });
        backend.scratch().free(sums);
    }

    /** Sums a task's groups and blocks over the rows of one share of the images. */
    private void sumShare(int share, int firstGroup, int firstBlock, long sums) {
        int rowsAtOnce = Math.clamp(ROWS_BYTES / ((long) window.width() * 2 * Lanes.BYTES), 1, xRows.length);
        int start = window.height() * (inputs.images() * share / shares);
        int last = window.height() * (inputs.images() * (share + 1) / shares);
        int endGroup = Math.min(firstGroup + TASK_GROUPS, outGroups);
        int endBlock = Math.min(firstBlock + TASK_BLOCKS, inputs.blocks());
        for (int row = start; row < last; row += rowsAtOnce) {
            for (int group = firstGroup; group < endGroup; group++) {
                for (int block = firstBlock; block < endBlock; block++) {
                    sum(row, Math.min(row + rowsAtOnce, last), group, block, row > start, sums);
                }
            }
        }
    }

    /** Adds the other shares to the first. */
    private void addShares(int channel, int block, long sums) {
        long first = sums + offset(channel, block * BLOCK, 0);
        for (int share = 1; share < shares; share++) {
            for (long at = 0; at < (long) taps * BLOCK * OUT * Float.BYTES; at += Lanes.BYTES) {
                long other = first + share * shareBytes() + at;
                Lanes.store(first + at, Lanes.load(first + at).add(Lanes.load(other)));
            }
        }
    }

    private void scatter(int channel, int block, long sums, long target) {
        int outPerGroup = outputs.channels() / geometry.groups();
        int inPerGroup = inputs.channels() / geometry.groups();
        for (int k = channel; k < Math.min(channel + OUT, outputs.channels()); k++) {
            int firstIn = k / outPerGroup * inPerGroup;
            int from = Math.max(firstIn, block * BLOCK);
            int to = Math.min(firstIn + inPerGroup, (block + 1) * BLOCK);
            long kernels = target + ((long) k * inPerGroup - firstIn) * taps * Float.BYTES;
            long tiles = sums + offset(k, block * BLOCK, 0);
            for (int c = from; c < to; c++) {
                for (int tap = 0; tap < taps; tap++) {
                    long sum = tiles + ((long) tap * BLOCK + c - block * BLOCK) * OUT * Float.BYTES;
                    Lanes.set(kernels + ((long) c * taps + tap) * Float.BYTES, Lanes.get(sum));
                }
            }
        }
    }

    private void sum(int fromRow, int toRow, int group, int block, boolean accumulate, long sums) {
        int channel = group * OUT;
        if (!meets(channel, block)) {
            return;
        }
        long first = dy.at(0, channel / BLOCK, 0, 0) + (long) (channel % BLOCK) * Float.BYTES;
        // A group without a second vector repeats some other; its sums are not read.
        int secondBlock = Math.min((channel + Lanes.COUNT) / BLOCK, outputs.blocks() - 1);
        long second = dy.at(0, secondBlock, 0, 0) + (long) ((channel + Lanes.COUNT) % BLOCK) * Float.BYTES;
        for (int i = 0; i < Math.min(BLOCK, inputs.channels() - block * BLOCK); i += TileKernels.GRADIENT_CHANNELS) {
            for (int tap = 0; tap < taps; tap++) {
                Window.Tap at = window.taps().get(tap);
                long to = sums + offset(channel, block * BLOCK + i, tap);
                if (!window.meets(at, inputs.height(), inputs.width())) {
                    Lanes.zero(to, (long) TileKernels.GRADIENT_CHANNELS * OUT * Float.BYTES);
                    continue;
                }
                kernel.run(
                        x.at(0, block, at.y(), at.x()) + (long) i * Float.BYTES,
                        xRows,
                        first,
                        dyRows,
                        second - first,
                        fromRow,
                        toRow,
                        window.width(),
                        to,
                        accumulate);
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

    /** Bytes of the sums [out groups, input blocks, taps, 16, OUT] of a share. */
    private long shareBytes() {
        return (long) outGroups * inputs.blocks() * taps * BLOCK * OUT * Float.BYTES;
    }

    private long offset(int k, int c, int tap) {
        long kernelIndex = ((long) (k / OUT) * inputs.blocks() + c / BLOCK) * taps + tap;
        return ((kernelIndex * BLOCK + c % BLOCK) * OUT + k % OUT) * Float.BYTES;
    }
}
