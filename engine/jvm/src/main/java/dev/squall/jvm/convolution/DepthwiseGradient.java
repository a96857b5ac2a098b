package dev.squall.jvm.convolution;

import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DepthwiseGradientKernel;
import dev.squall.jvm.tile.LaneKernels;
import dev.squall.jvm.tile.TileSizes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShuffle;

/**
 * The derivative of a {@link DepthwiseConvolution} by its weights, [K, C/groups, kernelH, kernelW]. A task sums one share of the images for one block, some rows
 * at a time, which stay in cache while all taps pass over them. Shares depend on the shapes only and are added in order.
 */
public final class DepthwiseGradient {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;
    private static final int WANTED_TASKS = 32;

    /** The most rows of taps in a tile: each takes a register for an address. */
    private static final int MOST_ROWS = 5;

    /** Orders of lanes that are summed at once: what a tap meets is read once for all of them. */
    private static final int TOGETHER = 2;

    /** The same where there is a single tap, whose few sums would wait for themselves. */
    private static final int TOGETHER_ALONE = 8;

    private final ConvGeometry geometry;
    private final TapWindow window;
    private final PixelGrid dy;
    private final BlockedLayout layout;
    private final Workspace workspace;
    private final int taps;
    /** Input channels of a group. */
    private final int inputs;

    /** Whether groups lie within vectors: then images are read in place, and lanes of the gradient are brought to those of the inputs. */
    private final boolean isOrdered;

    /** How many orders of lanes are summed at once, if there are any. */
    private final int together;

    private final VectorShuffle<Float>[][] orders;

    private final List<PlaneRows> ofBlock;
    private final DepthwiseGradientKernel[][] kernels;

    public DepthwiseGradient(
            ConvGeometry geometry, TapWindow window, JvmStorage x, JvmStorage dy, Workspace workspace) {
        this.geometry = geometry;
        this.window = window;
        this.dy = PixelGrid.of(dy);
        this.workspace = workspace;
        layout = dy.layout();
        taps = window.taps().size();
        inputs = x.layout().channels() / geometry.groups();
        var spread = new ChannelSpread(layout.channels(), layout.channels() / geometry.groups(), inputs);
        isOrdered = spread.isWithinVectors();
        together = Math.min(inputs, taps == 1 ? TOGETHER_ALONE : TOGETHER);
        orders = orders(spread);
        ChannelSpread copied = isOrdered ? ChannelSpread.NONE : spread;
        ofBlock = IntStream.range(0, layout.blocks())
                .mapToObj(block -> new PlaneRows(
                        window, PixelGrid.of(x), x.layout(), x.layout().halo(), copied, block, 1))
                .toList();
        kernels = kernels();
    }

    /** What kernels sum at once, one after the other. */
    @SuppressWarnings("unchecked")
    private VectorShuffle<Float>[][] orders(ChannelSpread spread) {
        if (!isOrdered) {
            return new VectorShuffle[inputs][0];
        }
        VectorShuffle<Float>[] all = spread.orders();
        return IntStream.range(0, inputs / together)
                .mapToObj(i -> Arrays.copyOfRange(all, i * together, (i + 1) * together))
                .toArray(VectorShuffle[][]::new);
    }

    /** Writes the derivative to {@code target}. */
    public void run(long target) {
        int blocks = layout.blocks();
        int shares = Math.clamp(Math.ceilDiv(WANTED_TASKS, blocks), 1, layout.images());
        long blockBytes = (long) inputs * taps * PIXEL;
        long shareBytes = blocks * blockBytes;
        Allocator.Block sums = workspace.scratch().allocate(shares * shareBytes);
        workspace.pool().forEach(shares * blocks, task -> {
            int share = task / blocks;
            int block = task % blocks;
            long to = sums.address() + share * shareBytes + block * blockBytes;
            Lanes.zero(to, blockBytes);
            int fromImage = (int) ((long) layout.images() * share / shares);
            int toImage = (int) ((long) layout.images() * (share + 1) / shares);
            sum(block, fromImage, toImage, to);
        });
        workspace.pool().forEach(layout.channels(), k -> {
            for (int t = 0; t < inputs * taps; t++) {
                // Of groups within vectors, a sum is in the lane of its input, in the order that brings the output
                // there.
                int order = isOrdered ? k % inputs ^ t / taps : t / taps;
                int lane = isOrdered ? k ^ order : k;
                long at = sums.address()
                        + (k / BlockedLayout.BLOCK) * blockBytes
                        + (long) (order * taps + t % taps) * PIXEL
                        + (long) (lane % BlockedLayout.BLOCK) * Float.BYTES;
                float value = Lanes.get(at);
                for (int share = 1; share < shares; share++) {
                    value += Lanes.get(at + share * shareBytes);
                }
                Lanes.set(target + ((long) k * inputs * taps + t) * Float.BYTES, value);
            }
        });
        workspace.scratch().free(sums);
    }

    /** Adds the sums over some images to those at {@code to}, [inputs of a group or orders, taps, 16]. */
    private void sum(int block, int fromImage, int toImage, long to) {
        PlaneRows rows = ofBlock.get(block);
        Allocator.Block frame = PlaneRows.frame(List.of(rows), workspace.scratch());
        for (int n = fromImage; n < toImage; n++) {
            for (int y = 0; y < window.height() && window.width() > 0; y += rows.most()) {
                int count = Math.min(rows.most(), window.height() - y);
                long in = rows.at(n, block, y, count, frame);
                for (int i = 0; i < orders.length; i++) {
                    long plane = isOrdered ? in : in + i * rows.planeBytes();
                    long sums = to + (long) i * Math.max(1, orders[i].length) * taps * PIXEL;
                    add(plane, rows.rowBytes(), dy.at(n, block, y, 0), count, orders[i], sums);
                }
            }
        }
        workspace.scratch().free(frame);
    }

    /** Adds the sums over {@code count} rows of positions, tile by tile of the kernel. */
    private void add(long in, long rowBytes, long gradient, int count, VectorShuffle<Float>[] ofSums, long to) {
        long first = in - geometry.padH() * rowBytes - (long) geometry.padW() * PIXEL;
        long tapRow = geometry.dilationH() * rowBytes;
        for (int a = 0; a < kernels.length; a++) {
            for (int b = 0; b < kernels[a].length; b++) {
                int tapY = a * tileRows();
                int tapX = b * tileColumns();
                for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
                    kernels[a][b].run(
                            first + tapY * tapRow + (long) tapX * tapStep() + lane,
                            rowBytes * window.inStepY(),
                            tapRow,
                            gradient + lane,
                            dy.row(),
                            count,
                            window.width(),
                            ofSums,
                            to + (long) (tapY * geometry.kernelW() + tapX) * PIXEL + lane,
                            (long) geometry.kernelW() * PIXEL,
                            (long) taps * PIXEL);
                }
            }
        }
    }

    private int tileColumns() {
        return Math.min(geometry.kernelW(), mostTaps());
    }

    private int tileRows() {
        return Math.clamp(mostTaps() / tileColumns(), 1, MOST_ROWS);
    }

    private int mostTaps() {
        return isOrdered ? TileSizes.MAX_SUMS / together : TileSizes.MAX_SUMS;
    }

    private int tapStep() {
        return geometry.dilationW() * PIXEL;
    }

    /** The kernels of the tiles that cover the taps. */
    private DepthwiseGradientKernel[][] kernels() {
        int inStep = window.inStepX() * PIXEL;
        return IntStream.range(0, Math.ceilDiv(geometry.kernelH(), tileRows()))
                .mapToObj(a -> IntStream.range(0, Math.ceilDiv(geometry.kernelW(), tileColumns()))
                        .mapToObj(b -> LaneKernels.depthwiseGradient(
                                Math.min(tileRows(), geometry.kernelH() - a * tileRows()),
                                Math.min(tileColumns(), geometry.kernelW() - b * tileColumns()),
                                isOrdered ? together : 0,
                                inStep,
                                tapStep()))
                        .toArray(DepthwiseGradientKernel[]::new))
                .toArray(DepthwiseGradientKernel[][]::new);
    }
}
