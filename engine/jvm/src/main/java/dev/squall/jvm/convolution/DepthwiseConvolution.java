package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.FusedEpilogue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A convolution in which every channel has one kernel of its own, or few: all lanes of a block work side by side, each on the channels of its own group
 * (see {@link ChannelSpread}). A task has some rows of a plane, whose epilogue follows while they are in the nearest cache.
 */
public final class DepthwiseConvolution {
    /** The most input channels of a group: as many planes are read for each plane of the output. */
    private static final int MOST_INPUTS = 8;

    /** Rows of each of several windows, after which the next follows. */
    private static final int TOGETHER = 8;

    /** So many tasks for each thread. */
    private static final int TASKS = 8;

    private final TapWindow window;
    private final PixelGrid out;
    private final BlockedLayout outputs;
    private final DepthwiseWeights weights;
    private final AppliedEpilogue epilogue;
    private final FusedEpilogue fused;
    private final Workspace workspace;
    private final int tileRows;
    private final List<LaneTiles> ofBlock;

    /**
     * Whether groups are computed so, of {@code inputs} channels each, that make {@code outputs}: they are so small that the tiles of other convolutions
     * would be mostly zeros.
     */
    public static boolean applies(int groups, int inputs, int outputs) {
        return groups > 1 && (inputs <= MOST_INPUTS || ChannelSpread.isWithinVectors(outputs, inputs));
    }

    /** @param window over the planes of a batch */
    public DepthwiseConvolution(
            TapWindow window,
            JvmStorage input,
            JvmStorage output,
            DepthwiseWeights weights,
            AppliedEpilogue epilogue,
            Workspace workspace) {
        this(window, PixelGrid.of(input), input.layout(), input.layout().halo(), output, weights, epilogue, workspace);
    }

    /** @param halo pixels of zeros that lie around each plane of the input, whose layout is {@code inputs} but for that */
    DepthwiseConvolution(
            TapWindow window,
            PixelGrid pixels,
            BlockedLayout inputs,
            int halo,
            JvmStorage output,
            DepthwiseWeights weights,
            AppliedEpilogue epilogue,
            Workspace workspace) {
        this.window = window;
        this.weights = weights;
        this.epilogue = epilogue;
        fused = epilogue.fused(true, true);
        this.workspace = workspace;
        outputs = output.layout();
        out = window.out(PixelGrid.of(output));
        tileRows = LaneTiles.rows(window.height(), window.width(), window.inStepX());
        ofBlock = ofBlocks(pixels, inputs, halo);
    }

    /** The tiles of each block, which see what its taps meet. */
    private List<LaneTiles> ofBlocks(PixelGrid pixels, BlockedLayout inputs, int halo) {
        ChannelSpread spread = weights.spread();
        boolean isInPlace = spread.isIdentity() || spread.isWithinVectors();
        Map<List<TapWindow.Tap>, LaneTiles> known = new HashMap<>();
        return IntStream.range(0, outputs.blocks())
                .mapToObj(block -> {
                    Function<List<TapWindow.Tap>, LaneTiles> make = taps -> {
                        TapWindow own = window.with(taps);
                        ChannelSpread copied = isInPlace ? ChannelSpread.NONE : spread;
                        var rows = new PlaneRows(own, pixels, inputs, halo, copied, block, tileRows);
                        return LaneTiles.of(own, rows, spread, out);
                    };
                    List<TapWindow.Tap> taps = weights.of(block, window.taps());
                    // Where nothing is copied from place to place, blocks with the same taps read alike.
                    return isInPlace ? known.computeIfAbsent(taps, make) : make.apply(taps);
                })
                .toList();
    }

    /** In how many pieces the outputs of a window are handed to {@link AppliedEpilogue#gather}, each once. */
    public static int pieces(TapWindow window, int images) {
        return images
                * Math.ceilDiv(window.height(), LaneTiles.rows(window.height(), window.width(), window.inStepX()));
    }

    /** Runs windows that together cover an output, some rows of a plane at a time, which all of them write while these are near. */
    public static void run(List<DepthwiseConvolution> windows) {
        DepthwiseConvolution any = windows.getFirst();
        int height = windows.stream().mapToInt(w -> w.window.height()).max().orElse(0);
        int unit = windows.size() == 1 ? any.tileRows : TOGETHER;
        int bands = Math.ceilDiv(height, unit);
        int planes = any.outputs.images() * any.outputs.blocks();
        int wanted = TASKS * any.workspace.pool().threads();
        int parts = Math.clamp(Math.ceilDiv(wanted, planes), 1, bands);
        int tasks = Math.min(planes * parts, wanted);
        List<PlaneRows> frames = windows.stream()
                .flatMap(w -> w.ofBlock.stream())
                .map(LaneTiles::planes)
                .toList();
        any.workspace.pool().forEach(tasks, task -> {
            Allocator.Block frame = PlaneRows.frame(frames, any.workspace.scratch());
            int end = (int) ((long) planes * parts * (task + 1) / tasks);
            for (int i = (int) ((long) planes * parts * task / tasks); i < end; i++) {
                int from = (int) ((long) bands * (i % parts) / parts) * unit;
                int to = Math.min(height, (int) ((long) bands * (i % parts + 1) / parts) * unit);
                int step = windows.size() == 1 ? to - from : unit;
                for (int row = from; row < to; row += step) {
                    for (DepthwiseConvolution each : windows) {
                        each.rows(i / parts, row, Math.min(row + step, to), frame);
                    }
                }
            }
            any.workspace.scratch().free(frame);
        });
    }

    /** The rows of a plane of the output from {@code from} on, to before {@code end} at most. */
    private void rows(int plane, int from, int end, Allocator.Block frame) {
        int image = plane / outputs.blocks();
        int block = plane % outputs.blocks();
        PlaneRows rows = ofBlock.get(block).planes();
        int to = window.width() == 0 ? 0 : Math.min(window.height(), end);
        for (int first = from; first < to; first += rows.most()) {
            int last = Math.min(to, first + rows.most());
            rows(image, block, first, last, rows.at(image, block, first, last - first, frame));
        }
    }

    /**
     * The rows of a plane of the output from {@code first} on, to before {@code last}.
     *
     * @param in the pixel of position ({@code first}, 0)
     */
    void rows(int image, int block, int first, int last, long in) {
        long inRow = ofBlock.get(block).planes().rowBytes() * window.inStepY();
        int tilePixels = Math.max(1, tileRows * window.width());
        int together = Math.max(1, AppliedEpilogue.PIXELS_AT_ONCE / tilePixels) * tileRows;
        for (int from = first; from < last; from += together) {
            int end = Math.min(last, from + together);
            for (int lane = 0; lane < BlockedLayout.BLOCK; lane += Lanes.COUNT) {
                int channel = block * BlockedLayout.BLOCK + lane;
                for (int y = from; y < end; y += tileRows) {
                    tiles(image, channel, y, Math.min(tileRows, end - y), in + (y - first) * inRow);
                }
                if (epilogue.hasRest()) {
                    applyRest(image, channel, from, end);
                }
            }
        }
    }

    /** Rows of a tile. */
    int tileRows() {
        return tileRows;
    }

    /** The tiles of {@code rows} rows from {@code y} on, of the vector of channels from {@code channel} on. */
    private void tiles(int image, int channel, int y, int rows, long in) {
        int block = channel / BlockedLayout.BLOCK;
        long offset = (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
        long to = out.at(image, block, y, 0) + offset;
        ofBlock.get(block)
                .run(rows, in + offset, weights.block(block) + offset, to, fused, epilogue.bias(channel, true));
    }

    /** Does what kernels could not with the vector of channels that they have written to the rows from {@code first} to before {@code last}. */
    private void applyRest(int image, int channel, int first, int last) {
        long offset = (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
        long plane = out.at(image, channel / BlockedLayout.BLOCK, 0, 0) + offset;
        epilogue.applyRest(plane + first * out.row(), last - first, out.row(), window.width(), out.column(), channel);
        for (int y = first; y < last; y += tileRows) {
            int piece = image * Math.ceilDiv(window.height(), tileRows) + y / tileRows;
            epilogue.gather(
                    piece, plane + y * out.row(), Math.min(tileRows, last - y), out.row(), window.width(), channel);
        }
    }
}
