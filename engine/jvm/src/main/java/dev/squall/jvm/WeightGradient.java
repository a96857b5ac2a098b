package dev.squall.jvm;

import dev.squall.backend.ConvGeometry;
import java.util.List;

/**
 * The derivative of a convolution by its weights: {@code dw[k, c, tap] = sum over images and positions of dy[k] * x[c]} as the tap sees
 * it.
 *
 * <p>A task sums one share of the images for one group of output channels and a few input blocks, with rows innermost so that they
 * stay in cache. The shares depend on the shapes only, and are added in order: the result does not depend on the threads.
 */
final class WeightGradient {
    /** Output channels of a task: two vectors. */
    private static final int OUT = 2 * Lanes.COUNT;

    private static final int BLOCK = BlockedLayout.BLOCK;
    private static final int TASK_BLOCKS = 4;
    private static final int WANTED_TASKS = 32;
    /** Bytes of gradient rows to keep in the nearest cache. */
    private static final int ROWS_BYTES = 16 << 10;

    private final ConvGeometry geometry;
    private final Window window;
    private final BlockedLayout inputs;
    private final BlockedLayout outputs;
    private final PixelGrid x;
    private final PixelGrid dy;
    private final GradientKernel kernel;
    private final int taps;
    private final int outGroups;
    private final int shares;

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
        shares = Math.clamp(
                Math.ceilDiv(WANTED_TASKS, outGroups * Math.ceilDiv(inputs.blocks(), TASK_BLOCKS)), 1, inputs.images());
    }

    /** Writes dw, [K, C/groups, kernelH, kernelW] row-major, to {@code target}. */
    void run(long target, JvmBackend backend) {
        Allocator.Block sums = backend.scratch().allocate(shares * shareBytes());
        int blockTasks = Math.ceilDiv(inputs.blocks(), TASK_BLOCKS);
        backend.pool().forEach(shares * outGroups * blockTasks, task -> {
            int share = task / (outGroups * blockTasks);
            int group = task / blockTasks % outGroups;
            int first = task % blockTasks * TASK_BLOCKS;
            sum(share, group, first, Math.min(first + TASK_BLOCKS, inputs.blocks()), sums.address());
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
            for (int c = from; c < to; c++) {
                long kernel = target + ((long) k * inPerGroup + c - firstIn) * taps * Float.BYTES;
                for (int tap = 0; tap < taps; tap++) {
                    Lanes.set(kernel + (long) tap * Float.BYTES, Lanes.get(sums + offset(k, c, tap)));
                }
            }
        }
    }

    private void sum(int share, int group, int fromBlock, int toBlock, long sums) {
        int fromImage = inputs.images() * share / shares;
        int toImage = inputs.images() * (share + 1) / shares;
        int images = toImage - fromImage;
        // Rows are those of an image or, where images are lower than there are images, one row of each.
        boolean acrossImages = window.height() < images;
        int rows = acrossImages ? images : window.height();
        int rowsAtOnce = Math.clamp(ROWS_BYTES / ((long) window.width() * 2 * Lanes.BYTES), 1, rows);
        for (int i = 0; i < (acrossImages ? window.height() : images); i++) {
            for (int row = 0; row < rows; row += rowsAtOnce) {
                sum(
                        share,
                        group * OUT,
                        fromBlock,
                        toBlock,
                        sums,
                        acrossImages
                                ? new Rows(fromImage + row, i, Math.min(rowsAtOnce, rows - row), x.image(), dy.image())
                                : new Rows(
                                        fromImage + i,
                                        row,
                                        Math.min(rowsAtOnce, rows - row),
                                        x.row() * window.inStepY(),
                                        dy.row()),
                        i > 0 || row > 0);
            }
        }
    }

    /**
     * Rows of gradients to sum over.
     *
     * @param image of the first
     * @param y of the first
     * @param xStep bytes between rows of the images
     * @param dyStep bytes between rows of the gradients
     */
    private record Rows(int image, int y, int count, long xStep, long dyStep) {}

    private void sum(int share, int channel, int fromBlock, int toBlock, long sums, Rows rows, boolean accumulate) {
        int secondBlock = Math.min((channel + Lanes.COUNT) / BLOCK, outputs.blocks() - 1);
        List<Window.Tap> list = window.taps();
        long first = dy.at(rows.image, channel / BLOCK, rows.y, 0) + (long) (channel % BLOCK) * Float.BYTES;
        // A group without a second vector repeats some other; its sums are not read.
        long second = dy.at(rows.image, secondBlock, rows.y, 0)
                + (long) ((channel + Lanes.COUNT) % BLOCK) * Float.BYTES;
        for (int block = fromBlock; block < toBlock; block++) {
            if (!meets(channel, block)) {
                continue;
            }
            for (int i = 0;
                    i < Math.min(BLOCK, inputs.channels() - block * BLOCK);
                    i += TileKernels.GRADIENT_CHANNELS) {
                for (int tap = 0; tap < taps; tap++) {
                    Window.Tap at = list.get(tap);
                    long to = sums + share * shareBytes() + offset(channel, block * BLOCK + i, tap);
                    if (!window.meets(at, inputs.height(), inputs.width())) {
                        Lanes.zero(to, (long) TileKernels.GRADIENT_CHANNELS * OUT * Float.BYTES);
                        continue;
                    }
                    long from = x.at(rows.image, block, rows.y * window.inStepY() + at.y(), at.x())
                            + (long) i * Float.BYTES;
                    kernel.run(
                            from,
                            rows.xStep,
                            first,
                            rows.dyStep,
                            second - first,
                            rows.count,
                            window.width(),
                            to,
                            accumulate);
                }
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
