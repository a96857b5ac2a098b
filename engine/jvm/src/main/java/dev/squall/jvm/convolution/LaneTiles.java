package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.tile.DepthwiseKernel;
import dev.squall.jvm.tile.FusedEpilogue;
import dev.squall.jvm.tile.GroupedKernel;
import dev.squall.jvm.tile.LaneKernels;
import dev.squall.jvm.tile.TileSizes;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorShuffle;
import org.jspecify.annotations.Nullable;

/** Cuts rows of a block, whose lanes each have inputs of their own, into the tiles of kernels. */
interface LaneTiles {
    /** The most rows of a tile: each takes registers for addresses. */
    int MOST_ROWS = 4;

    /** What is read. */
    PlaneRows planes();

    /**
     * Computes one vector of channels of {@code rows} rows.
     *
     * @param in the vector of the pixel of the first position
     * @param weights of the vector of channels and the first tap
     * @param out the first position's vector
     * @param bias as kernels take it
     */
    void run(int rows, long in, long weights, long out, FusedEpilogue epilogue, long bias);

    /**
     * @param window with the taps of the block
     * @param planes that the window reads
     * @param spread which channels the outputs take from
     * @param out the pixels of the output, as the window sees it
     */
    static LaneTiles of(TapWindow window, PlaneRows planes, ChannelSpread spread, PixelGrid out) {
        return spread.isWithinVectors() && !window.taps().isEmpty()
                ? new Grouped(window, planes, spread, out)
                : new Depthwise(window, planes, out);
    }

    /** Rows of a tile of planes of {@code height} by {@code width} positions, {@code step} pixels apart. */
    static int rows(int height, int width, int step) {
        int columns = Math.ceilDiv(width, depthwiseTiles(width, step));
        int most = Math.clamp(TileSizes.MAX_SUMS / Math.max(1, columns), 1, MOST_ROWS);
        return Math.ceilDiv(height, Math.max(1, Math.ceilDiv(height, most)));
    }

    /** Tiles of a row: as long as can be, but where pixels are left out two rows of half as many, which share what both meet. */
    private static int depthwiseTiles(int width, int step) {
        int most = step == 1 ? TileSizes.MAX_SUMS : TileSizes.MAX_SUMS / 2;
        return Math.max(1, Math.ceilDiv(width, most));
    }

    /** The first of {@code width} positions of each of {@code tiles} tiles, then the width. */
    private static int[] starts(int width, int tiles) {
        return IntStream.rangeClosed(0, tiles).map(i -> width * i / tiles).toArray();
    }

    /** All inputs of a lane are in its own place of one plane or another. */
    final class Depthwise implements LaneTiles {
        private final TapWindow window;
        private final PlaneRows planes;
        private final PixelGrid out;
        private final int[] starts;
        /** By rows less one, and by tile of a row; null until needed. */
        private final @Nullable DepthwiseKernel[][] kernels;

        Depthwise(TapWindow window, PlaneRows planes, PixelGrid out) {
            this.window = window;
            this.planes = planes;
            this.out = out;
            starts = starts(window.width(), depthwiseTiles(window.width(), window.inStepX()));
            kernels = new DepthwiseKernel[MOST_ROWS][];
        }

        @Override
        public PlaneRows planes() {
            return planes;
        }

        private int inStep() {
            return window.inStepX() * BlockedLayout.PIXEL_BYTES;
        }

        private DepthwiseKernel[] kernels(int rows) {
            DepthwiseKernel[] known = kernels[rows - 1];
            if (known == null) {
                // Threads that meet here get the same ones.
                known = IntStream.range(1, starts.length)
                        .mapToObj(i -> LaneKernels.depthwise(rows, starts[i] - starts[i - 1], inStep(), out.column()))
                        .toArray(DepthwiseKernel[]::new);
                kernels[rows - 1] = known;
            }
            return known;
        }

        @Override
        public void run(int rows, long in, long weights, long out, FusedEpilogue epilogue, long bias) {
            DepthwiseKernel[] ofRows = kernels(rows);
            long[] taps = planes.offsets();
            for (int i = 0; i < ofRows.length; i++) {
                ofRows[i].run(
                        in + (long) starts[i] * inStep(),
                        planes.rowBytes() * window.inStepY(),
                        taps,
                        taps.length,
                        weights,
                        out + (long) starts[i] * this.out.column(),
                        this.out.row(),
                        epilogue,
                        bias);
            }
        }
    }

    /** The inputs of a lane are in the same vector as its own place. */
    final class Grouped implements LaneTiles {
        private final TapWindow window;
        private final PlaneRows planes;
        private final PixelGrid out;
        private final int[] starts;
        private final GroupedKernel[] kernels;
        private final VectorShuffle<Float>[] orders;

        Grouped(TapWindow window, PlaneRows planes, ChannelSpread spread, PixelGrid out) {
            this.window = window;
            this.planes = planes;
            this.out = out;
            orders = spread.orders();
            int most = TileSizes.groupedPositions(spread.inputsPerGroup());
            int tiles = Math.max(1, Math.ceilDiv(window.width(), most));
            starts = starts(window.width(), tiles);
            kernels = IntStream.rangeClosed(1, tiles)
                    .mapToObj(i -> LaneKernels.grouped(
                            starts[i] - starts[i - 1],
                            spread.inputsPerGroup(),
                            window.inStepX() * BlockedLayout.PIXEL_BYTES,
                            out.column()))
                    .toArray(GroupedKernel[]::new);
        }

        @Override
        public PlaneRows planes() {
            return planes;
        }

        @Override
        public void run(int rows, long in, long weights, long out, FusedEpilogue epilogue, long bias) {
            for (int r = 0; r < rows; r++) {
                long from = in + r * planes.rowBytes() * window.inStepY();
                long to = out + r * this.out.row();
                for (int i = 0; i < kernels.length; i++) {
                    kernels[i].run(
                            from + (long) starts[i] * window.inStepX() * BlockedLayout.PIXEL_BYTES,
                            planes.offsets(),
                            planes.offsets().length,
                            orders,
                            weights,
                            to + (long) starts[i] * this.out.column(),
                            epilogue,
                            bias);
                }
            }
        }
    }
}
