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
import java.util.List;
import java.util.stream.IntStream;

/**
 * The derivative of a {@link DepthwiseConvolution} by its weights, [K, C/groups, kernelH, kernelW]. A task sums one share of the images for one block, some rows
 * at a time, which stay in cache while all taps pass over them. Shares depend on the shapes only and are added in order.
 */
public final class DepthwiseGradient {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;
    private static final int WANTED_TASKS = 32;

    /** The most rows of taps in a tile: each takes a register for an address. */
    private static final int MOST_ROWS = 5;

    private final ConvGeometry geometry;
    private final TapWindow window;
    private final PixelGrid dy;
    private final BlockedLayout layout;
    private final Workspace workspace;
    private final int taps;
    /** Input channels of a group. */
    private final int inputs;

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
        ofBlock = IntStream.range(0, layout.blocks())
                .mapToObj(block -> new PlaneRows(
                        window, PixelGrid.of(x), x.layout(), x.layout().halo(), spread, block, 1))
                .toList();
        kernels = kernels();
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
                long at = sums.address()
                        + (k / BlockedLayout.BLOCK) * blockBytes
                        + (long) t * PIXEL
                        + (long) (k % BlockedLayout.BLOCK) * Float.BYTES;
                float value = Lanes.get(at);
                for (int share = 1; share < shares; share++) {
                    value += Lanes.get(at + share * shareBytes);
                }
                Lanes.set(target + ((long) k * inputs * taps + t) * Float.BYTES, value);
            }
        });
        workspace.scratch().free(sums);
    }

    /** Adds the sums over some images to those at {@code to}, [inputs of a group, taps, 16]. */
    private void sum(int block, int fromImage, int toImage, long to) {
        PlaneRows rows = ofBlock.get(block);
        Allocator.Block frame = PlaneRows.frame(List.of(rows), workspace.scratch());
        for (int n = fromImage; n < toImage; n++) {
            for (int y = 0; y < window.height() && window.width() > 0; y += rows.most()) {
                int count = Math.min(rows.most(), window.height() - y);
                long in = rows.at(n, block, y, count, frame);
                for (int i = 0; i < inputs; i++) {
                    long sums = to + (long) i * taps * PIXEL;
                    add(in + i * rows.planeBytes(), rows.rowBytes(), dy.at(n, block, y, 0), count, sums);
                }
            }
        }
        workspace.scratch().free(frame);
    }

    /** Adds the sums over {@code count} rows of positions, tile by tile of the kernel. */
    private void add(long in, long rowBytes, long gradient, int count, long to) {
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
                            to + (long) (tapY * geometry.kernelW() + tapX) * PIXEL + lane,
                            (long) geometry.kernelW() * PIXEL);
                }
            }
        }
    }

    private int tileColumns() {
        return Math.min(geometry.kernelW(), TileSizes.MAX_SUMS);
    }

    private int tileRows() {
        return Math.clamp(TileSizes.MAX_SUMS / tileColumns(), 1, MOST_ROWS);
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
                                inStep,
                                tapStep()))
                        .toArray(DepthwiseGradientKernel[]::new))
                .toArray(DepthwiseGradientKernel[][]::new);
    }
}
