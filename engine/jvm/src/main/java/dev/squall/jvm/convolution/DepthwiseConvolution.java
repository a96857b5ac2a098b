package dev.squall.jvm.convolution;

import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.PackedWeights;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.jvm.tile.DepthwiseKernel;
import dev.squall.jvm.tile.TileKernels;
import dev.squall.jvm.tile.TileSizes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;

/** A convolution in which every channel has one kernel of its own: all lanes of a block work side by side. */
public final class DepthwiseConvolution {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;
    private static final int WANTED_TASKS = 32;

    private DepthwiseConvolution() {}

    /** Whether each of {@code channels} input channels makes one output channel. */
    public static boolean applies(ConvGeometry geometry, int channels, int outputs) {
        return geometry.groups() == channels && outputs == channels && channels > 1;
    }

    /**
     * Kernels [C, 1, kernelH, kernelW] as [blocks, taps, 16], zeros for channels that do not exist. A block has only the taps that its kernels need:
     * where kernels of several sizes are one convolution, the small ones lie in the middle of large ones, and what is around them is zero.
     */
    public static final class Weights implements PackedWeights {
        private final Allocator.Block memory;
        private final Allocator allocator;
        private final int taps;
        /** By block: which taps of the window it has. */
        private final int[][] present;

        public Weights(JvmStorage w, List<TapWindow.Tap> list, Workspace workspace) {
            int channels = w.shape().dim(0);
            int height = w.shape().dim(2);
            int width = w.shape().dim(3);
            taps = list.size();
            allocator = workspace.scratch();
            int blocks = BlockedLayout.blocksOf(channels);
            long bytes = (long) blocks * taps * PIXEL;
            memory = allocator.allocate(bytes);
            Lanes.zero(memory.address(), bytes);
            present = new int[blocks][];
            for (int block = 0; block < blocks; block++) {
                int from = block * BlockedLayout.BLOCK;
                int to = Math.min(channels, from + BlockedLayout.BLOCK);
                int margin = margin(w.address(), from, to, height, width);
                int[] needed = IntStream.range(0, taps)
                        .filter(t -> isWithin(list.get(t), margin, height, width))
                        .toArray();
                // Of a window that has taps a kernel sums at least one, whose weights are zero here. A window without
                // taps is one of the outputs that a
                // stride larger than the kernel leaves out.
                present[block] = needed.length == 0 && taps > 0 ? new int[] {0} : needed;
                for (int c = from; c < to; c++) {
                    for (int t = 0; t < present[block].length; t++) {
                        TapWindow.Tap tap = list.get(present[block][t]);
                        long at = ((long) c * height + tap.kernelY()) * width + tap.kernelX();
                        long slot = block(block) + (long) t * PIXEL + (long) (c - from) * Float.BYTES;
                        Lanes.set(slot, Lanes.get(w.address() + at * Float.BYTES));
                    }
                }
            }
        }

        private static boolean isWithin(TapWindow.Tap tap, int margin, int height, int width) {
            return tap.kernelY() >= margin
                    && tap.kernelY() < height - margin
                    && tap.kernelX() >= margin
                    && tap.kernelX() < width - margin;
        }

        /** How many rings around the kernels of channels {@code from} to {@code to} - 1 are zero in all of them; 0 if everything is. */
        private static int margin(long weights, int from, int to, int height, int width) {
            int margin = Math.min(height, width) / 2;
            boolean zero = true;
            for (int i = from * height * width; i < to * height * width && margin > 0; i++) {
                if (Lanes.get(weights + (long) i * Float.BYTES) != 0) {
                    int y = i / width % height;
                    int x = i % width;
                    margin = Math.min(margin, Math.min(Math.min(y, height - 1 - y), Math.min(x, width - 1 - x)));
                    zero = false;
                }
            }
            return zero ? 0 : margin;
        }

        long block(int block) {
            return memory.address() + (long) block * taps * PIXEL;
        }

        /** Of the offsets of all taps, those of a block's. */
        long[] offsets(int block, long[] all) {
            return Arrays.stream(present[block]).mapToLong(t -> all[t]).toArray();
        }

        @Override
        public void free() {
            allocator.free(memory);
        }
    }

    /** Runs a window over the planes of a batch. */
    public static void run(
            TapWindow window,
            PixelGrid input,
            JvmStorage output,
            Weights weights,
            AppliedEpilogue epilogue,
            WorkerPool pool) {
        PixelGrid in = window.in(input);
        PixelGrid out = window.out(PixelGrid.of(output));
        int blocks = output.layout().blocks();
        long[] taps = new long[window.taps().size()];
        for (int t = 0; t < taps.length; t++) {
            TapWindow.Tap tap = window.taps().get(t);
            taps[t] = tap.y() * input.row() + (long) tap.x() * input.column();
        }
        long[][] offsets = new long[blocks][];
        for (int block = 0; block < blocks; block++) {
            offsets[block] = weights.offsets(block, taps);
        }
        int parts = Math.ceilDiv(window.width(), TileSizes.MAX_POSITIONS);
        int[] starts = new int[parts + 1];
        DepthwiseKernel[] kernels = new DepthwiseKernel[parts];
        for (int i = 0; i < parts; i++) {
            starts[i + 1] = window.width() * (i + 1) / parts;
            kernels[i] = TileKernels.depthwise(starts[i + 1] - starts[i], in.column(), out.column());
        }
        pool.forEach(output.layout().images() * blocks, plane -> {
            int n = plane / blocks;
            int block = plane % blocks;
            long[] own = offsets[block];
            for (int y = 0; y < window.height(); y++) {
                for (int lane = 0; lane < BlockedLayout.BLOCK; lane += Lanes.COUNT) {
                    long offset = (long) lane * Float.BYTES;
                    long row = out.at(n, block, y, 0) + offset;
                    for (int i = 0; i < parts; i++) {
                        kernels[i].run(
                                in.at(n, block, y, starts[i]) + offset,
                                own,
                                own.length,
                                weights.block(block) + offset,
                                row + (long) starts[i] * out.column(),
                                epilogue.addsToOutput());
                    }
                    epilogue.apply(row, 1, 0, window.width(), out.column(), block * BlockedLayout.BLOCK + lane);
                }
            }
        });
    }

    /**
     * The derivative by the kernels, [C, 1, kernelH, kernelW]. A task sums one share of the images for one block; shares depend on the
     * shapes only and are added in order.
     */
    public static void weightGradient(
            TapWindow window, PixelGrid x, JvmStorage gradient, long target, Workspace workspace) {
        BlockedLayout layout = gradient.layout();
        PixelGrid dy = PixelGrid.of(gradient);
        int taps = window.taps().size();
        int blocks = layout.blocks();
        int shares = Math.clamp(Math.ceilDiv(WANTED_TASKS, blocks), 1, layout.images());
        long shareBytes = (long) blocks * taps * PIXEL;
        Allocator.Block sums = workspace.scratch().allocate(shares * shareBytes);
        workspace.pool().forEach(shares * blocks, task -> {
            int share = task / blocks;
            int block = task % blocks;
            int fromImage = (int) ((long) layout.images() * share / shares);
            int toImage = (int) ((long) layout.images() * (share + 1) / shares);
            long to = sums.address() + share * shareBytes + (long) block * taps * PIXEL;
            Lanes.zero(to, (long) taps * PIXEL);
            for (int n = fromImage; n < toImage; n++) {
                for (int y = 0; y < window.height(); y++) {
                    long row = dy.at(n, block, y, 0);
                    for (int t = 0; t < taps; t++) {
                        TapWindow.Tap tap = window.taps().get(t);
                        long from = x.at(n, block, y * window.inStepY() + tap.y(), tap.x());
                        addProducts(from, window.inStepX() * PIXEL, row, window.width(), to + (long) t * PIXEL);
                    }
                }
            }
        });
        workspace.pool().forEach(layout.channels(), c -> {
            for (int t = 0; t < taps; t++) {
                long at = sums.address()
                        + ((long) (c / BlockedLayout.BLOCK) * taps + t) * PIXEL
                        + (long) (c % BlockedLayout.BLOCK) * Float.BYTES;
                float value = Lanes.get(at);
                for (int share = 1; share < shares; share++) {
                    value += Lanes.get(at + share * shareBytes);
                }
                Lanes.set(target + ((long) c * taps + t) * Float.BYTES, value);
            }
        });
        workspace.scratch().free(sums);
    }

    /** Adds the products of two rows of pixels, lane by lane, to the 16 sums at {@code to}. */
    private static void addProducts(long x, int xStep, long dy, int width, long to) {
        for (int lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            FloatVector even = Lanes.load(to + lane);
            FloatVector odd = Lanes.broadcast(0f);
            int i = 0;
            for (; i + 1 < width; i += 2) {
                even = Lanes.load(x + (long) i * xStep + lane).fma(Lanes.load(dy + (long) i * PIXEL + lane), even);
                odd = Lanes.load(x + (long) (i + 1) * xStep + lane)
                        .fma(Lanes.load(dy + (long) (i + 1) * PIXEL + lane), odd);
            }
            if (i < width) {
                even = Lanes.load(x + (long) i * xStep + lane).fma(Lanes.load(dy + (long) i * PIXEL + lane), even);
            }
            Lanes.store(to + lane, even.add(odd));
        }
    }
}
