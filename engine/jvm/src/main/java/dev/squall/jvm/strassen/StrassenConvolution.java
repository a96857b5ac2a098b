package dev.squall.jvm.strassen;

import dev.squall.backend.Activation;
import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.strassen.PairedRows.Run;
import dev.squall.jvm.strassen.PairedRows.Tile;
import dev.squall.jvm.tile.DenseKernel;
import dev.squall.jvm.tile.FusedEpilogue;

/**
 * A 1x1 convolution by {@link Strassen}. Some rows at a time: the sums of their input are written to memory that stays in the second-level cache while
 * the weights of all output channels pass by; the products of a group of these stay in the nearest one, until they are summed to the output.
 *
 * <p>How rows are paired depends on the plane alone, so results depend neither on the number of images nor on that of threads.
 */
public final class StrassenConvolution {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Bytes of operands and results of some rows. Processors for which this pays have a second-level cache of 1 MB and more. */
    private static final long CACHED = 900 << 10;

    /** What is held of a group of output channels until it is written: its place among {@code RESULTS}. */
    private static final int U = 0;

    private static final int C11 = 1;
    private static final int C12 = 2;
    private static final int C21 = 3;
    private static final int C22 = 4;
    private static final int BOTH = 5;
    private static final int RESULTS = 6;

    /** Blocks that a group of output channels lies in. */
    private static final int RESULT_BLOCKS = Math.max(1, Strassen.GROUP / BlockedLayout.BLOCK);

    private final PixelGrid in;
    private final PixelGrid out;
    private final StrassenWeights weights;
    private final AppliedEpilogue epilogue;
    private final FusedEpilogue fused;
    private final Workspace workspace;
    private final int images;
    private final int height;
    private final int width;
    /** Blocks of half of the input channels. */
    private final int blocks;
    /** Rows of an image that are computed together. */
    private final int rows;
    /** Images that are computed together, where {@code rows} are all there are. */
    private final int together;

    /**
     * @param strideY from a row of the input that counts to the next
     * @param strideX the same for columns
     * @param epilogue without statistics
     */
    public StrassenConvolution(
            JvmStorage input,
            int strideY,
            int strideX,
            JvmStorage output,
            StrassenWeights weights,
            AppliedEpilogue epilogue,
            Workspace workspace) {
        in = PixelGrid.of(input).every(0, 0, strideY, strideX);
        out = PixelGrid.of(output);
        this.weights = weights;
        this.epilogue = epilogue;
        this.workspace = workspace;
        fused = epilogue.fused(true, true);
        images = output.layout().images();
        height = output.layout().height();
        width = output.layout().width();
        blocks = input.layout().blocks() / 2;
        long pairBytes = ((long) Strassen.PRODUCTS * blocks + RESULTS * RESULT_BLOCKS) * PIXEL;
        int cached = (int) Math.clamp(2 * CACHED / (width * pairBytes), 1, images * height);
        rows = rows(Math.min(cached, height));
        together = Math.max(1, cached / height);
    }

    /** The number of rows, up to {@code most}, whose tiles cost the least. */
    private int rows(int most) {
        int best = 1;
        for (int count = 1; count <= most; count++) {
            best = cost(count) <= cost(best) ? count : best;
        }
        return best;
    }

    private int cost(int count) {
        return height / count * PairedRows.cost(count, width) + PairedRows.cost(height % count, width);
    }

    /** Computes the output. */
    public void run() {
        boolean areWhole = rows == height;
        int each = areWhole ? imagesOfTask() : 1;
        int perImage = Math.ceilDiv(height, rows);
        int tasks = Math.ceilDiv(images, each) * perImage;
        int threads = workspace.pool().threads();
        PairedRows full = new PairedRows(in, each, rows, width);
        // Where there are less tasks than threads, these share the output channels of each.
        int shares = tasks < threads ? Math.min(threads, weights.groups()) : 1;
        workspace.pool().forEach(tasks, task -> {
            int image = task / perImage * each;
            int row = task % perImage * rows;
            int imagesLeft = Math.min(each, images - image);
            int rowsLeft = Math.min(rows, height - row);
            boolean isFull = imagesLeft == each && rowsLeft == rows;
            compute(image, row, isFull ? full : new PairedRows(in, imagesLeft, rowsLeft, width), shares);
        });
    }

    /** As many images as stay in cache, or less, so that each thread has about as many. */
    private int imagesOfTask() {
        int tasks = Math.max(Math.ceilDiv(images, together), workspace.pool().threads());
        return Math.ceilDiv(images, tasks);
    }

    private void compute(int image, int row, PairedRows pairs, int shares) {
        // Off a power of two, like the planes.
        long step = blocks * pairs.planeBytes() + 4L * PIXEL;
        Allocator.Block operands = workspace.scratch().allocate(Strassen.PRODUCTS * step);
        long[] taps = new long[blocks];
        for (int block = 0; block < blocks; block++) {
            taps[block] = block * pairs.planeBytes();
            long left = in.at(image, block, row, 0);
            long right = in.at(image, blocks + block, row, 0);
            pairs.add(left, right, operands.address() + taps[block], step);
        }
        workspace.pool().forEach(shares, share -> {
            long resultBytes = RESULT_BLOCKS * pairs.planeBytes();
            Allocator.Block results = workspace.scratch().allocate(RESULTS * resultBytes);
            int first = weights.groups() * share / shares;
            int end = weights.groups() * (share + 1) / shares;
            for (int group = first; group < end; group++) {
                multiply(new Operands(pairs, operands.address(), step, taps), group, results.address(), resultBytes);
                write(image, row, pairs, group, results.address(), resultBytes);
            }
            workspace.scratch().free(results);
        });
        workspace.scratch().free(operands);
    }

    /** What the products take of the input: {@code step} bytes from that of one to that of the next. */
    private record Operands(PairedRows pairs, long address, long step, long[] taps) {}

    /** Computes the products of a group, summed as {@link Strassen} says. */
    private void multiply(Operands operands, int group, long results, long bytes) {
        long left = epilogue.bias(group * Strassen.GROUP, true);
        long right = epilogue.bias((weights.groups() + group) * Strassen.GROUP, true);
        multiply(operands, group, Strassen.FIRST, results + U * bytes, FusedEpilogue.NONE, DenseKernel.NO_BIAS);
        multiply(operands, group, Strassen.SECOND, results + C11 * bytes, plus((U - C11) * bytes), left);
        multiply(operands, group, Strassen.THIRD, results + U * bytes, plus(0), DenseKernel.NO_BIAS);
        multiply(operands, group, Strassen.FOURTH, results + C22 * bytes, plus((U - C22) * bytes), DenseKernel.NO_BIAS);
        multiply(operands, group, Strassen.FIFTH, results + C21 * bytes, plus((C22 - C21) * bytes), left);
        multiply(operands, group, Strassen.SIXTH, results + BOTH * bytes, FusedEpilogue.NONE, right);
        multiply(
                operands, group, Strassen.SEVENTH, results + C12 * bytes, plus((U - C12) * bytes), DenseKernel.NO_BIAS);
    }

    /** To add what lies {@code distance} bytes from where a product is written. */
    private static FusedEpilogue plus(long distance) {
        return FusedEpilogue.of(true, distance, Activation.IDENTITY);
    }

    private void multiply(Operands operands, int group, int product, long to, FusedEpilogue sum, long bias) {
        long from = operands.address + product * operands.step;
        for (Tile tile : operands.pairs.tiles()) {
            tile.kernels()
                    .of(2)
                    .run(
                            from + tile.first(),
                            from + tile.second(),
                            operands.taps,
                            blocks,
                            BlockedLayout.BLOCK,
                            weights.address(group, product),
                            to + tile.first(),
                            to + tile.second(),
                            operands.pairs.vectorBytes(),
                            sum,
                            bias,
                            PIXEL,
                            PIXEL);
        }
    }

    /** Sums the products of a group to its output channels of the left and of the right half. */
    private void write(int image, int row, PairedRows pairs, int group, long results, long bytes) {
        for (int v = 0; v < 2; v++) {
            int left = group * Strassen.GROUP + v * Lanes.COUNT;
            int right = left + weights.groups() * Strassen.GROUP;
            long from = results + v * pairs.vectorBytes();
            for (int i = 0; i < pairs.images() * pairs.rows(); i++) {
                int imageOfRow = image + i / pairs.rows();
                int y = row + i % pairs.rows();
                for (Run run : pairs.runs(i)) {
                    long at = from + run.pairs();
                    long both = at + BOTH * bytes;
                    write(at + (run.isLower() ? C21 : C11) * bytes, DenseKernel.NO_BIAS, 0, imageOfRow, y, run, left);
                    write(at + (run.isLower() ? C22 : C12) * bytes, both, PIXEL, imageOfRow, y, run, right);
                }
                finish(imageOfRow, y, left);
                finish(imageOfRow, y, right);
            }
        }
    }

    private void write(long from, long other, int otherStep, int image, int y, Run run, int channel) {
        long to = at(image, y, channel) + (long) run.column() * PIXEL;
        StrassenKernels.write(from, other, otherStep, fused, DenseKernel.NO_BIAS, to, run.length());
    }

    /** Does what is left of the epilogue with a row. */
    private void finish(int image, int y, int channel) {
        if (epilogue.hasRest()) {
            epilogue.applyRest(at(image, y, channel), 1, 0, width, PIXEL, channel);
        }
    }

    /** Address of the vector of channels of the first pixel of a row of the output. */
    private long at(int image, int y, int channel) {
        return out.at(image, channel / BlockedLayout.BLOCK, y, 0)
                + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
