package dev.squall.jvm.strassen;

import dev.squall.jvm.convolution.AppliedEpilogue;
import dev.squall.jvm.convolution.DirectConvolution;
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
import dev.squall.jvm.tile.Prefetches;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * A 1x1 convolution by {@link Strassen}. Some rows at a time: the forms of their input are written to memory that stays in the second-level cache while
 * the weights of all output channels pass by; the products of a group of these stay near, until they are summed to the output.
 *
 * <p>How rows are paired depends on the plane alone, and what is not finite is looked for image by image, so results depend neither on other images nor
 * on the number of threads.
 */
public final class StrassenConvolution {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Bytes of operands and results of some rows. Processors for which this pays have a second-level cache of 1 MB and more. */
    private static final long CACHED = 900 << 10;

    /** The same where the input of the rows after them is brought near beside them. */
    private static final long CACHED_BESIDE = 520 << 10;

    /** Bytes of weights that may be read anew for so few rows; more take longer than is saved. */
    private static final long FEW_WEIGHTS = 1 << 20;

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
    /** Whether operands and results of an image do not stay in cache, and what comes next is brought near. */
    private final boolean isPrefetching;
    /** Images that are computed together, where {@code rows} are all there are. */
    private final int together;
    /** What could not be summed from products, since some were not finite. */
    private final Queue<Rest> rests = new ConcurrentLinkedQueue<>();

    /**
     * Rows of an image and a group of output channels that are not written yet.
     *
     * @param firstRow counted through all images
     * @param group of the left half, which stands for that of the right half too
     */
    private record Rest(int firstRow, int endRow, int group) {}

    /**
     * @param in the input, of which each position sees a pixel
     * @param inputBlocks blocks of its channels
     * @param out the output, with a pixel for each position
     */
    public StrassenConvolution(
            PixelGrid in,
            int inputBlocks,
            PixelGrid out,
            int images,
            int height,
            int width,
            StrassenWeights weights,
            AppliedEpilogue epilogue,
            Workspace workspace) {
        this.in = in;
        this.out = out;
        this.images = images;
        this.height = height;
        this.width = width;
        this.weights = weights;
        this.epilogue = epilogue;
        this.workspace = workspace;
        fused = epilogue.fused(true, true);
        blocks = inputBlocks / 2;
        long pairBytes = ((long) Strassen.PRODUCTS * (blocks + RESULT_BLOCKS)) * PIXEL;
        int cached = (int) Math.clamp(2 * CACHED / (width * pairBytes), 1, images * height);
        isPrefetching =
                Prefetches.ARE_POSSIBLE && in.column() == PIXEL && cached < height && weights.bytes() <= FEW_WEIGHTS;
        int most =
                isPrefetching ? (int) Math.max(1, 2 * CACHED_BESIDE / (width * pairBytes)) : Math.min(cached, height);
        rows = rows(most);
        together = Math.max(1, cached / height);
    }

    /**
     * @param strideY from a row of the input that counts to the next
     * @param strideX the same for columns
     */
    public StrassenConvolution(
            JvmStorage input,
            int strideY,
            int strideX,
            JvmStorage output,
            StrassenWeights weights,
            AppliedEpilogue epilogue,
            Workspace workspace) {
        this(
                PixelGrid.of(input).every(0, 0, strideY, strideX),
                input.layout().blocks(),
                PixelGrid.of(output),
                output.layout().images(),
                output.layout().height(),
                output.layout().width(),
                weights,
                epilogue,
                workspace);
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

    /**
     * Computes the output.
     *
     * @param direct hands the same convolution, by the definition, to its argument; it is asked where products are not finite
     */
    public void run(Consumer<Consumer<DirectConvolution>> direct) {
        int threads = workspace.pool().threads();
        int perImage = Math.ceilDiv(height, rows);
        int parts = rows < height ? images : partsOfImages();
        int tasks = parts * perImage;
        // Where there are less tasks than threads, these share the output channels of each.
        int shares = tasks < threads ? Math.min(threads, weights.groups()) : 1;
        record Size(int images, int rows) {}
        var sizes = new ConcurrentHashMap<Size, PairedRows>();
        workspace.pool().forEach(tasks, task -> {
            int part = task / perImage;
            int image = (int) ((long) images * part / parts);
            int end = (int) ((long) images * (part + 1) / parts);
            int row = task % perImage * rows;
            var size = new Size(end - image, Math.min(rows, height - row));
            PairedRows pairs = sizes.computeIfAbsent(size, s -> new PairedRows(in, s.images, s.rows, width));
            compute(task, image, row, pairs, shares);
        });
        if (!rests.isEmpty()) {
            direct.accept(this::fillRests);
        }
    }

    private void fillRests(DirectConvolution direct) {
        List<Rest> all = List.copyOf(rests);
        workspace.pool().forEach(all.size(), i -> {
            Rest rest = all.get(i);
            for (int group : new int[] {rest.group, weights.groups() + rest.group}) {
                direct.compute(rest.firstRow, rest.endRow, group, group + 1);
            }
        });
    }

    /** Into how many parts the images are divided, so that those of a part stay in cache and all threads have as many parts. */
    private int partsOfImages() {
        int threads = workspace.pool().threads();
        return Math.min(images, Math.ceilDiv(Math.ceilDiv(images, together), threads) * threads);
    }

    private void compute(int task, int image, int row, PairedRows pairs, int shares) {
        // Off a power of two, like the planes.
        long step = blocks * pairs.planeBytes() + 4L * PIXEL;
        Allocator.Block operands = workspace.scratch().allocate(Strassen.PRODUCTS * step);
        long[] taps = new long[blocks];
        for (int block = 0; block < blocks; block++) {
            taps[block] = block * pairs.planeBytes();
            long left = in.at(image, block, row, 0);
            long right = in.at(image, blocks + block, row, 0);
            pairs.forms(left, right, operands.address() + taps[block], step);
        }
        workspace.pool().forEach(shares, share -> {
            long resultBytes = RESULT_BLOCKS * pairs.planeBytes();
            Allocator.Block results = workspace.scratch().allocate(Strassen.PRODUCTS * resultBytes);
            int first = weights.groups() * share / shares;
            int end = weights.groups() * (share + 1) / shares;
            var ahead = new Prefetches();
            for (int group = first; group < end; group++) {
                if (isPrefetching) {
                    prefetch(ahead, image, row, pairs.rows(), group);
                    if (group == first) {
                        prefetchInput(ahead, task + 1);
                    }
                }
                for (int form = 0; form < Strassen.PRODUCTS; form++) {
                    long from = operands.address() + form * step;
                    multiply(pairs, from, taps, group, form, results.address() + form * resultBytes, ahead);
                }
                for (int i = 0; i < pairs.images(); i++) {
                    write(image + i, row, pairs, i, group, results.address(), resultBytes);
                }
            }
            workspace.scratch().free(results);
        });
        workspace.scratch().free(operands);
    }

    /** What is written for a group to some rows, and what is added to it. */
    private void prefetch(Prefetches ahead, int image, int row, int count, int group) {
        for (int v = 0; v < 4; v++) {
            int half = v % 2 * weights.groups();
            long address = at(image, row, (half + group) * Strassen.GROUP + v / 2 * Lanes.COUNT);
            ahead.add(address, count * out.row());
            if (epilogue.residual() != 0) {
                ahead.add(address + epilogue.residual(), count * out.row());
            }
        }
    }

    /** What a task reads that computes rows of an image, if there is such a task. */
    private void prefetchInput(Prefetches ahead, int task) {
        int perImage = Math.ceilDiv(height, rows);
        int row = task % perImage * rows;
        for (int block = 0; block < 2 * blocks && task < images * perImage; block++) {
            ahead.add(in.at(task / perImage, block, row, 0), Math.min(rows, height - row) * in.row());
        }
    }

    private void multiply(PairedRows pairs, long from, long[] taps, int group, int form, long to, Prefetches ahead) {
        long partner = weights.address(group, Strassen.partner(form));
        for (Tile tile : pairs.tiles()) {
            long first = from + tile.first();
            long second = from + tile.second();
            long toFirst = to + tile.first();
            long toSecond = to + tile.second();
            long next = ahead.next(blocks * BlockedLayout.BLOCK);
            tile.kernels()
                    .of(2, next)
                    .run(
                            first,
                            second,
                            taps,
                            blocks,
                            BlockedLayout.BLOCK,
                            partner,
                            toFirst,
                            toSecond,
                            pairs.vectorBytes(),
                            FusedEpilogue.NONE,
                            DenseKernel.NO_BIAS,
                            PIXEL,
                            PIXEL,
                            next);
        }
    }

    /**
     * Sums the products of a group and an image to output channels of the left and of the right half.
     *
     * @param image its number
     * @param index the same among those of {@code pairs}
     */
    private void write(int image, int row, PairedRows pairs, int index, int group, long results, long bytes) {
        boolean isFinite = true;
        for (int v = 0; v < 2; v++) {
            int left = group * Strassen.GROUP + v * Lanes.COUNT;
            int right = left + weights.groups() * Strassen.GROUP;
            long from = results + v * pairs.vectorBytes() + (long) index * pairs.pairs() * PIXEL;
            isFinite &= StrassenKernels.sums(
                    from,
                    bytes,
                    pairs.pairs(),
                    PIXEL,
                    epilogue.bias(left, true),
                    epilogue.bias(right, true),
                    from,
                    from + bytes,
                    from + 2 * bytes,
                    from + 3 * bytes,
                    PIXEL);
        }
        if (!isFinite) {
            int first = image * height + row;
            rests.add(new Rest(first, first + pairs.rows(), group));
            return;
        }
        for (int v = 0; v < 2; v++) {
            int left = group * Strassen.GROUP + v * Lanes.COUNT;
            int right = left + weights.groups() * Strassen.GROUP;
            long from = results + v * pairs.vectorBytes();
            for (int i = 0; i < pairs.rows(); i++) {
                for (Run run : pairs.runs(index * pairs.rows() + i)) {
                    long at = from + run.pairs() + (run.isLower() ? 2 * bytes : 0);
                    write(at, image, row + i, run, left);
                    write(at + bytes, image, row + i, run, right);
                }
                finish(image, row + i, left);
                finish(image, row + i, right);
            }
        }
    }

    private void write(long from, int image, int y, Run run, int channel) {
        long to = at(image, y, channel) + (long) run.column() * out.column();
        StrassenKernels.write(from, fused, DenseKernel.NO_BIAS, to, out.column(), run.length());
    }

    /** Does what is left of the epilogue with a row. */
    private void finish(int image, int y, int channel) {
        if (epilogue.hasRest()) {
            epilogue.applyRest(at(image, y, channel), 1, 0, width, out.column(), channel);
            epilogue.gather(image * height + y, at(image, y, channel), 1, 0, width, channel);
        }
    }

    /** Address of the vector of channels of the first pixel of a row of the output. */
    private long at(int image, int y, int channel) {
        return out.at(image, channel / BlockedLayout.BLOCK, y, 0)
                + (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
    }
}
