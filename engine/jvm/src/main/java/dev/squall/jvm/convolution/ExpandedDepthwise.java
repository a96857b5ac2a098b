package dev.squall.jvm.convolution;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Epilogue;
import dev.squall.jvm.convolution.Bands.Band;
import dev.squall.jvm.convolution.DirectWeights.ChannelGroup;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.loop.FrameKernels;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import java.util.ArrayList;
import java.util.List;

/**
 * A 1x1 convolution and a depthwise one of what it makes, as the blocks of mobile networks have them: there the first makes six times as many channels as
 * it gets, and to write these to memory and read them again took a tenth of EfficientNet-B1's time. A depthwise convolution sees each channel by itself,
 * so a few blocks of channels of some rows are made in a frame that stays in the second-level cache, with zeros around them, and read from there.
 *
 * <p>Rows at the border of two bands are made for both, the same to the bit.
 */
public final class ExpandedDepthwise {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Channels made at once: those of a tile of two vectors of 16 lanes. */
    private static final int BUNDLE = 2 * BlockedLayout.BLOCK;

    /** Bytes of a frame, unless one row of tiles takes more: about a third of a second-level cache. */
    private static final long FRAME_BYTES = Lanes.COUNT == BlockedLayout.BLOCK ? 384 << 10 : 160 << 10;

    /** Bytes of input that stay in the second-level cache beside it while all weights pass by. */
    private static final long CACHED_INPUT = FRAME_BYTES / 2;

    /** Bytes of a page less those of a pixel, and what else lies between the planes of a frame, so that they do not fall into the same cache sets. */
    private static final long CACHE_SETS = 4096 - PIXEL;

    private static final long STAGGER = 6 * PIXEL;

    private final TapWindow window;
    private final BlockedLayout between;
    private final JvmStorage output;
    private final DirectConvolution expansion;
    private final DepthwiseConvolution depthwise;
    private final Workspace workspace;
    private final TapWindow.Margin margin;
    private final List<Bundle> bundles = new ArrayList<>();
    private final long inputBytes;
    private final long weightBytes;

    /** The first and the last row that a position meets, from its own. */
    private final int above;

    private final int below;
    private final long rowBytes;
    private final long planeBytes;
    /** Rows of the output whose inputs a frame holds. */
    private final int bandRows;

    private final int bands;

    /** Neighbouring blocks of channels, and the groups of the expansion that make them. */
    private record Bundle(int block, int blocks, int firstGroup, int endGroup) {}

    /** Rows of an image of the output. */
    private record Part(int image, int first, int last) {}

    /**
     * @param window of the depthwise convolution, over planes of what the other makes
     * @param between the layout that this would have in memory
     * @param first the epilogue of the expansion, as of {@code between}
     */
    public ExpandedDepthwise(
            JvmStorage input,
            DirectWeights expand,
            AppliedEpilogue first,
            Precision precision,
            BlockedLayout between,
            TapWindow window,
            DepthwiseWeights weights,
            AppliedEpilogue second,
            JvmStorage output,
            Workspace workspace) {
        this.window = window;
        this.between = between;
        this.output = output;
        this.workspace = workspace;
        margin = window.margin(between.height(), between.width());
        above = window.taps().stream().mapToInt(TapWindow.Tap::y).min().orElse(0);
        below = window.taps().stream().mapToInt(TapWindow.Tap::y).max().orElse(0);
        rowBytes = (long) (margin.left() + between.width() + margin.right()) * PIXEL;
        int tileRows = LaneTiles.rows(window.height(), window.width(), window.inStepX());
        int fitting = (int) (FRAME_BYTES / (2 * rowBytes) - (below - above)) / window.inStepY();
        int most = Math.clamp(fitting, 1, window.height());
        // Bands of about the same height, each a whole number of tiles.
        int even = Math.ceilDiv(window.height(), Math.ceilDiv(window.height(), most));
        bandRows = Math.ceilDiv(even, tileRows) * tileRows;
        bands = Math.ceilDiv(window.height(), bandRows);
        planeBytes = (frameRows(bandRows) * rowBytes | CACHE_SETS) + STAGGER;
        PixelGrid frame = new PixelGrid(0, 0, planeBytes, rowBytes, PIXEL);
        PixelGrid pixels = PixelGrid.of(input);
        expansion = new DirectConvolution(
                TapWindow.product(between.height(), between.width()),
                pixels,
                1,
                frame,
                between.images(),
                expand,
                first,
                precision);
        depthwise =
                new DepthwiseConvolution(window, frame, between, margin.largest(), output, weights, second, workspace);
        inputBytes = pixels.image();
        weightBytes = expand.bytes();
        bundle(expand.groups());
    }

    /** The epilogue of the expansion, for the constructor. */
    public static AppliedEpilogue epilogue(Epilogue epilogue, BlockedLayout between, Workspace workspace) {
        return new AppliedEpilogue(epilogue, between, workspace);
    }

    private void bundle(List<ChannelGroup> groups) {
        int firstGroup = 0;
        int first = 0;
        for (int g = 0; g < groups.size(); g++) {
            int end = groups.get(g).channel() + groups.get(g).vectors() * Lanes.COUNT;
            boolean isWhole = end % BlockedLayout.BLOCK == 0 && end - first >= BUNDLE;
            if (isWhole || g == groups.size() - 1) {
                int block = first / BlockedLayout.BLOCK;
                bundles.add(new Bundle(block, end / BlockedLayout.BLOCK - block, firstGroup, g + 1));
                firstGroup = g + 1;
                first = end;
            }
        }
    }

    private int frameRows(int rows) {
        return (rows - 1) * window.inStepY() + below - above + 1;
    }

    public void run() {
        int parts = between.images() * bands;
        int tasks = 4 * workspace.pool().threads();
        if (weightBytes > between.images() * inputBytes || parts < tasks) {
            int count = Math.min(bundles.size(), tasks);
            workspace
                    .pool()
                    .forEach(
                            count,
                            i -> run(
                                    0,
                                    parts,
                                    bundles.subList(bundles.size() * i / count, bundles.size() * (i + 1) / count)));
        } else {
            int count = Math.min(parts, tasks);
            workspace
                    .pool()
                    .forEach(
                            count,
                            i -> run(
                                    (int) ((long) parts * i / count), (int) ((long) parts * (i + 1) / count), bundles));
        }
    }

    /** Some parts, counted through all images, of these channels. */
    private void run(int from, int to, List<Bundle> some) {
        int together = (int) Math.clamp(CACHED_INPUT * bands / inputBytes, 1, to - from);
        int blocks = some.stream().mapToInt(Bundle::blocks).max().orElse(0);
        Allocator.Block frame = workspace.scratch().allocate(blocks * planeBytes);
        // The zeros beside rows stay, and those above and below where a band is a whole image.
        Lanes.zero(frame.address(), blocks * planeBytes);
        for (int first = from; first < to; first += together) {
            int end = Math.min(to, first + together);
            List<Part> list = new ArrayList<>();
            List<List<Band>> cuts = new ArrayList<>();
            for (int i = first; i < end; i++) {
                int row = i % bands * bandRows;
                Part part = new Part(i / bands, row, Math.min(window.height(), row + bandRows));
                list.add(part);
                int image = part.image * between.height();
                cuts.add(expansion.cut(image + firstRow(part), image + endRow(part)));
            }
            for (Bundle bundle : some) {
                for (int i = 0; i < list.size(); i++) {
                    run(list.get(i), cuts.get(i), bundle, frame.address());
                }
            }
        }
        workspace.scratch().free(frame);
    }

    /** The first row that a part reads. */
    private int firstRow(Part part) {
        return Math.clamp(part.first * window.inStepY() + above, 0, between.height());
    }

    private int endRow(Part part) {
        return Math.clamp((part.last - 1) * window.inStepY() + below + 1, 0, between.height());
    }

    private void run(Part part, List<Band> cut, Bundle bundle, long frame) {
        int top = part.first * window.inStepY() + above;
        if (bands > 1) {
            int rows = frameRows(part.last - part.first);
            for (int block = 0; block < bundle.blocks; block++) {
                long plane = frame + block * planeBytes;
                zeros(plane, 0, firstRow(part) - top);
                zeros(plane, endRow(part) - top, rows);
            }
        }
        long left = (long) margin.left() * PIXEL;
        long shift = frame + left - top * rowBytes - bundle.block * planeBytes;
        for (int group = bundle.firstGroup; group < bundle.endGroup; group++) {
            expansion.compute(cut, group, shift);
        }
        for (int block = 0; block < bundle.blocks; block++) {
            long in = frame + block * planeBytes + left - above * rowBytes;
            depthwise.rows(part.image, bundle.block + block, part.first, part.last, in);
        }
    }

    /** The rows of a frame from {@code from} to before {@code to}. */
    private void zeros(long plane, int from, int to) {
        for (int row = from; row < to; row++) {
            FrameKernels.zeros(plane + row * rowBytes, (int) (rowBytes / PIXEL));
        }
    }
}
