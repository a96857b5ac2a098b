package dev.squall.tornado;

import static dev.squall.tornado.layout.TornadoStorage.places;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.Device;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.device.Tiling;
import dev.squall.tornado.kernel.ActivationKernels;
import dev.squall.tornado.kernel.ChannelKernels;
import dev.squall.tornado.kernel.ConvolutionKernels;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWideTileKernels;
import dev.squall.tornado.kernel.ConvolutionWindow;
import dev.squall.tornado.kernel.DepthwiseKernels;
import dev.squall.tornado.kernel.DepthwiseRowKernels;
import dev.squall.tornado.kernel.GroupKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.PartKernels;
import dev.squall.tornado.kernel.Tiles;
import dev.squall.tornado.kernel.WeightGradientCoreKernels;
import dev.squall.tornado.kernel.WeightGradientKernels;
import dev.squall.tornado.kernel.WeightGradientTileKernels;
import dev.squall.tornado.kernel.WeightGradientWideTileKernels;
import dev.squall.tornado.layout.PanelCache;
import dev.squall.tornado.layout.Panels;
import dev.squall.tornado.layout.PendingSums;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Convolutions: chooses the kernel by the groups and the device, packs the weights, and describes the window. */
final class TornadoConvolution implements Convolution {
    private static final int LANES = TornadoStorage.LANES;

    /** Pixels that are worth a range of their own in a weight gradient. */
    private static final int RANGE_PIXELS = 512;

    /** The most vectors that the partial sums of a weight gradient may take, unless one range takes more. */
    private static final int MOST_PARTIAL_VECTORS = 1 << 19;

    /** The same on a GPU, and rounds that are worth a range there. */
    private static final int MOST_TILE_VECTORS = 1 << 20;

    private static final int RANGE_ROUNDS = 8;

    private final Launcher launcher;
    private final PanelCache panels;
    private final PendingSums sums;
    private final HalfProducts halves;

    TornadoConvolution(Launcher launcher, PanelCache panels, PendingSums sums) {
        this.launcher = launcher;
        this.panels = panels;
        this.sums = sums;
        halves = new HalfProducts(launcher);
    }

    /** Whether each channel is convolved by itself. */
    private static boolean isDepthwise(Shape w, ConvGeometry g) {
        return g.groups() > 1 && g.groups() == w.dim(0) && w.dim(1) == 1;
    }

    /** Whether there are kernels for the groups: without, they are parts of dense panels. */
    private boolean hasGroupKernels(Shape w, ConvGeometry g) {
        return !launcher.isGpu() && g.groups() > 1 && GroupKernels.take(w.dim(1), w.dim(0) / g.groups());
    }

    private static boolean hasNeighbouringTaps(ConvGeometry g) {
        return g.strideW() == 1 && g.dilationW() == 1;
    }

    @Override
    public void forward(Storage x, Storage w, ConvGeometry g, Epilogue epilogue, Storage y) {
        Activation activation = epilogue.activation();
        if (!isFusible(activation)) {
            forward(x, w, g, new Epilogue(epilogue.bias(), epilogue.residual(), Activation.IDENTITY), y);
            ((Backend) y.memory()).elementwise().activate(activation, y, y);
            epilogue.fillStatistics(y);
            return;
        }
        Panels packed = byOutput(w.shape(), g);
        int[] sizes = sizes(TornadoStorage.of(x), packed, TornadoStorage.of(y), g);
        rows(sizes, g.strideH(), -g.padH(), g.dilationH(), 1);
        columns(sizes, g.strideW(), -g.padW(), g.dilationW(), 1);
        epilogue(sizes, epilogue);
        convolve(
                places(x, epilogue.residual() == null ? y : epilogue.residual(), y),
                TornadoStorage.of(w),
                packed,
                g,
                sizes,
                y.shape().batch(),
                activation);
        epilogue.fillStatistics(y);
    }

    @Override
    public boolean gathersStatistics() {
        return false;
    }

    /** Whether convolution kernels know the function; more of them would make each kernel larger. */
    private static boolean isFusible(Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY, RELU, LEAKY_RELU, SIGMOID, SILU -> true;
            case RELU6, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> false;
        };
    }

    private Panels byOutput(Shape w, ConvGeometry g) {
        if (isDepthwise(w, g)) {
            return Panels.depthwise(w);
        }
        return hasGroupKernels(w, g) ? Panels.crossedByOutput(w) : Panels.byOutput(w, g.groups());
    }

    private Panels byInput(Shape w, ConvGeometry g) {
        if (isDepthwise(w, g)) {
            return Panels.depthwise(w);
        }
        return hasGroupKernels(w, g) ? Panels.crossedByInput(w) : Panels.byInput(w, g.groups());
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry g, Storage dx) {
        Panels packed = byInput(w.shape(), g);
        int[] sizes = sizes(TornadoStorage.of(dy), packed, TornadoStorage.of(dx), g);
        rows(sizes, 1, g.padH(), -g.dilationH(), g.strideH());
        columns(sizes, 1, g.padW(), -g.dilationW(), g.strideW());
        epilogue(sizes, Epilogue.NONE);
        int[] places = places(dy, dx, dx);
        convolve(places, TornadoStorage.of(w), packed, g, sizes, dx.shape().batch(), Activation.IDENTITY);
    }

    /** What does not depend on the direction; the weights' place is filled in later. */
    private static int[] sizes(TornadoStorage x, Panels packed, TornadoStorage y, ConvGeometry g) {
        if (x.channelVectors() > Device.ZERO_VECTORS) {
            throw new UnsupportedOperationException(
                    "the tornado backend convolves at most " + Device.ZERO_VECTORS * LANES + " channels, got "
                            + x.shape().channels());
        }
        var sizes = new int[ConvolutionWindow.SLOTS];
        sizes[ConvolutionWindow.X] = x.offset();
        sizes[ConvolutionWindow.Y] = y.offset();
        sizes[ConvolutionWindow.OUT_HEIGHT] = y.shape().height();
        sizes[ConvolutionWindow.OUT_WIDTH] = y.shape().width();
        sizes[ConvolutionWindow.HEIGHT] = x.shape().height();
        sizes[ConvolutionWindow.WIDTH] = x.shape().width();
        sizes[ConvolutionWindow.X_VECTORS] = x.channelVectors();
        sizes[ConvolutionWindow.Y_VECTORS] = y.channelVectors();
        sizes[ConvolutionWindow.KERNEL_HEIGHT] = g.kernelH();
        sizes[ConvolutionWindow.KERNEL_WIDTH] = g.kernelW();
        sizes[ConvolutionWindow.CHANNELS] = packed.rowsToSum();
        sizes[ConvolutionWindow.GROUP_INPUTS] = packed.groupRows();
        sizes[ConvolutionWindow.GROUP_OUTPUTS] = packed.groupColumns();
        sizes[ConvolutionWindow.PANEL_ROWS] = packed.panelRows();
        sizes[ConvolutionWindow.OUT_CHANNELS] = y.shape().channels();
        return sizes;
    }

    private static void rows(int[] sizes, int scale, int start, int step, int divisor) {
        sizes[ConvolutionWindow.ROW_SCALE] = scale;
        sizes[ConvolutionWindow.ROW_START] = start;
        sizes[ConvolutionWindow.ROW_STEP] = step;
        sizes[ConvolutionWindow.ROW_DIVISOR] = divisor;
    }

    private static void columns(int[] sizes, int scale, int start, int step, int divisor) {
        sizes[ConvolutionWindow.COLUMN_SCALE] = scale;
        sizes[ConvolutionWindow.COLUMN_START] = start;
        sizes[ConvolutionWindow.COLUMN_STEP] = step;
        sizes[ConvolutionWindow.COLUMN_DIVISOR] = divisor;
    }

    private static void epilogue(int[] sizes, Epilogue epilogue) {
        sizes[ConvolutionWindow.BIAS] = epilogue.bias() == null
                ? -1
                : TornadoStorage.of(epilogue.bias()).mainOffset();
        sizes[ConvolutionWindow.RESIDUAL] = offsetOrNone(epilogue.residual());
        sizes[ConvolutionWindow.FUNCTION] = TornadoElementwise.code(epilogue.activation());
    }

    private static int offsetOrNone(@Nullable Storage storage) {
        return storage == null ? -1 : TornadoStorage.of(storage).offset();
    }

    private void convolve(
            int[] places,
            TornadoStorage w,
            Panels packed,
            ConvGeometry g,
            int[] sizes,
            int batch,
            Activation activation) {
        int lines = batch * sizes[ConvolutionWindow.OUT_HEIGHT];
        panels.with(w, packed, offset -> {
            sizes[ConvolutionWindow.WEIGHTS] = offset;
            if (hasGroupKernels(w.shape(), g)) {
                alongRows(GroupKernels.CONVOLVE, places, g, GroupKernels.TAPS, sizes, lines, activation);
            } else if (launcher.isGpu() && g.groups() > 1) {
                byChannels(places, packed, isDepthwise(w.shape(), g), sizes, lines, activation);
            } else if (!isDepthwise(w.shape(), g)) {
                dense(places, packed, sizes, lines, activation);
            } else if (is3x3(g)) {
                alongRows(
                        DepthwiseRowKernels.CONVOLVE_3X3,
                        places,
                        g,
                        DepthwiseRowKernels.TAPS,
                        sizes,
                        lines,
                        activation);
            } else {
                alongRows(DepthwiseRowKernels.CONVOLVE, places, g, DepthwiseRowKernels.TAPS, sizes, lines, activation);
            }
        });
    }

    private static boolean is3x3(ConvGeometry g) {
        return g.kernelH() == 3 && g.kernelW() == 3 && g.strideH() == 1 && g.dilationH() == 1 && hasNeighbouringTaps(g);
    }

    /** Launches a kernel of which one work-item computes one row of the result, one vector. */
    private void alongRows(
            Kernel kernel,
            int[] places,
            ConvGeometry g,
            int tapsAtOnce,
            int[] sizes,
            int lines,
            Activation activation) {
        int items = lines * sizes[ConvolutionWindow.Y_VECTORS];
        sizes[ConvolutionWindow.POSITIONS] = items;
        sizes[ConvolutionWindow.PANELS] = sizes[ConvolutionWindow.Y_VECTORS];
        sizes[ConvolutionWindow.BLOCKS] = hasNeighbouringTaps(g) ? g.kernelW() / tapsAtOnce : 0;
        launcher.launch(kernel, places, items, 1, sizes, activation.slope());
    }

    /** On a GPU: one work-item computes one channel of a few pixels. */
    private void byChannels(
            int[] places, Panels packed, boolean depthwise, int[] sizes, int lines, Activation activation) {
        int divisor = sizes[ConvolutionWindow.COLUMN_DIVISOR];
        int run = Math.ceilDiv(sizes[ConvolutionWindow.OUT_WIDTH], divisor);
        int strips = Math.ceilDiv(run, ChannelKernels.PIXELS) * divisor;
        int items = lines * strips * sizes[ConvolutionWindow.Y_VECTORS] * LANES;
        sizes[ConvolutionWindow.POSITIONS] = items;
        sizes[ChannelKernels.ROW_FLOATS] = packed.width() * LANES;
        if (depthwise) {
            sizes[ConvolutionWindow.GROUP_OUTPUTS] = 1;
        }
        launcher.launch(ChannelKernels.CONVOLVE, places, items, 1, sizes, activation.slope());
    }

    private void dense(int[] places, Panels packed, int[] sizes, int lines, Activation activation) {
        int divisor = sizes[ConvolutionWindow.COLUMN_DIVISOR];
        int positions = lines * Math.ceilDiv(sizes[ConvolutionWindow.OUT_WIDTH], divisor) * divisor;
        sizes[ConvolutionWindow.POSITIONS] = positions;
        sizes[ConvolutionWindow.PANELS] = packed.panels();
        if (halves.areOffered()) {
            sizes[ConvolutionWindow.POSITIONS] = lines * sizes[ConvolutionWindow.OUT_WIDTH];
            halves.convolve(places, packed, sizes, activation.slope());
        } else if (launcher.isGpu()) {
            inTiles(places, packed, sizes, lines, activation);
        } else {
            int tiles = Math.ceilDiv(positions, ConvolutionKernels.REGISTER_PIXELS);
            launcher.launch(ConvolutionKernels.REGISTERS, places, tiles, packed.panels(), sizes, activation.slope());
        }
    }

    private void inTiles(int[] places, Panels packed, int[] sizes, int lines, Activation activation) {
        int tilesInY = Math.ceilDiv(sizes[ConvolutionWindow.POSITIONS], Tiles.ROWS);
        int vectors = lines * sizes[ConvolutionWindow.OUT_WIDTH] * sizes[ConvolutionWindow.Y_VECTORS];
        int steps = Math.ceilDiv(packed.taps() * packed.panelRows(), Tiles.DEPTH);
        Tiling tiling = Tiling.of(
                launcher,
                packed.panels() * Panels.DENSE * LANES,
                (tilesInX, round) -> Split.of(launcher, tilesInX * tilesInY, steps, round, vectors));
        Kernel kernel = tiling.wide() ? ConvolutionWideTileKernels.TILE : ConvolutionTileKernels.TILE;
        Split split = tiling.split();
        int itemsInX = tiling.tilesInX() * Tiles.ITEMS_X;
        int[] all = Arrays.copyOf(sizes, ConvolutionTileKernels.SLOTS);
        all[ConvolutionTileKernels.STEPS] = split.steps();
        all[ConvolutionTileKernels.PART_VECTORS] = vectors;
        int itemsInY = tilesInY * split.parts() * Tiles.ITEMS_Y;
        float slope = activation.slope();
        if (split.isWhole()) {
            launcher.launch(kernel, places, itemsInX, itemsInY, all, slope);
            return;
        }
        all[ConvolutionWindow.BIAS] = -1;
        all[ConvolutionWindow.RESIDUAL] = -1;
        all[ConvolutionWindow.FUNCTION] = ActivationKernels.IDENTITY;
        launcher.withScratch(vectors * split.parts(), parts -> {
            all[ConvolutionWindow.Y] = parts;
            int[] toParts = {places[0], ArenaAllocator.MAIN, ArenaAllocator.MAIN};
            launcher.launch(kernel, toParts, itemsInX, itemsInY, all, slope);
            int[] sum = {
                vectors * LANES,
                sizes[ConvolutionWindow.Y],
                parts,
                split.parts(),
                sizes[ConvolutionWindow.Y_VECTORS] * LANES,
                sizes[ConvolutionWindow.OUT_CHANNELS],
                sizes[ConvolutionWindow.BIAS],
                sizes[ConvolutionWindow.RESIDUAL],
                sizes[ConvolutionWindow.FUNCTION],
                vectors * LANES
            };
            launcher.launch(PartKernels.SUM, new int[] {places[1], places[2]}, vectors * LANES, 1, sum, slope);
        });
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry g, Storage dw) {
        if (launcher.isGpu() && g.groups() == 1) {
            weightGradientInTiles(TornadoStorage.of(x), TornadoStorage.of(dy), g, TornadoStorage.of(dw));
            return;
        }
        boolean depthwise = isDepthwise(dw.shape(), g);
        boolean alongRows = !launcher.isGpu() && hasNeighbouringTaps(g);
        boolean crossed = alongRows && hasGroupKernels(dw.shape(), g);
        Panels packed = depthwise
                ? Panels.depthwise(dw.shape())
                : crossed ? Panels.crossedByOutput(dw.shape()) : Panels.byOutput(dw.shape(), g.groups());
        int lines = dy.shape().batch() * dy.shape().height();
        int mostRanges = Math.clamp(MOST_PARTIAL_VECTORS / packed.vectors(), 1, lines);
        int wanted = Math.clamp(lines * dy.shape().width() / RANGE_PIXELS, 1, mostRanges);
        int linesOfRange = Math.ceilDiv(lines, wanted);
        int ranges = Math.ceilDiv(lines, linesOfRange);
        int[] sizes = gradientSizes(TornadoStorage.of(x), TornadoStorage.of(dy), g, packed);
        sizes[WeightGradientKernels.RANGES] = ranges;
        sizes[WeightGradientKernels.LINES] = lines;
        sizes[WeightGradientKernels.LINES_OF_RANGE] = linesOfRange;
        int[] places = places(x, dy);
        sums.fill(TornadoStorage.of(dw), packed, ranges, partial -> {
            sizes[WeightGradientKernels.PARTIAL] = partial;
            if (launcher.isGpu()) {
                sizes[WeightGradientKernels.ROW_FLOATS] = packed.width() * LANES;
                if (depthwise) {
                    sizes[WeightGradientKernels.GROUP_OUTPUTS] = 1;
                }
                launcher.launch(ChannelKernels.WEIGHT_GRADIENT, places, packed.vectors() * LANES, ranges, sizes);
            } else if (crossed) {
                int quads = Math.ceilDiv(packed.groupRows(), GroupKernels.CROSSINGS);
                int tiles = packed.panels() * quads * g.kernelH() * Math.ceilDiv(g.kernelW(), GroupKernels.TAPS);
                sizes[WeightGradientKernels.TILES] = tiles;
                launcher.launch(GroupKernels.WEIGHT_GRADIENT, places, tiles, ranges, sizes);
            } else if (depthwise && alongRows) {
                int tiles = packed.width() * g.kernelH() * Math.ceilDiv(g.kernelW(), DepthwiseRowKernels.TAPS);
                sizes[WeightGradientKernels.TILES] = tiles;
                launcher.launch(DepthwiseRowKernels.WEIGHT_GRADIENT, places, tiles, ranges, sizes);
            } else if (depthwise) {
                sizes[WeightGradientKernels.TILES] = packed.vectors();
                launcher.launch(DepthwiseKernels.WEIGHT_GRADIENT, places, packed.vectors(), ranges, sizes);
            } else {
                int tiles = packed.vectors() / (WeightGradientKernels.INPUTS * Panels.DENSE);
                sizes[WeightGradientKernels.TILES] = tiles;
                launcher.launch(WeightGradientKernels.REGISTERS, places, tiles, ranges, sizes);
            }
        });
    }

    /** On a GPU, without groups: ranges are of pixels, whatever their rows, and as many as fill the device. */
    private void weightGradientInTiles(TornadoStorage x, TornadoStorage dy, ConvGeometry g, TornadoStorage dw) {
        Panels packed = Panels.byOutput(dw.shape(), 1);
        int tilesInY = Math.ceilDiv(packed.taps() * packed.panelRows(), Tiles.ROWS);
        int pixels = dy.shape().batch() * dy.shape().height() * dy.shape().width();
        int rounds = Math.ceilDiv(pixels, Tiles.DEPTH);
        int most = Math.clamp(MOST_TILE_VECTORS / packed.vectors(), 1, Math.ceilDiv(rounds, RANGE_ROUNDS));
        boolean onTensorCores =
                halves.areOffered() && WeightGradientCoreKernels.takes(packed.taps(), packed.panelRows());
        Tiling tiling = Tiling.of(
                launcher,
                packed.panels() * Panels.DENSE * LANES,
                (tilesInX, round) ->
                        Split.ofPartialSums(launcher, tilesInX * tilesInY, rounds, round, packed.vectors(), most));
        Split split = onTensorCores ? halves.ranges(packed, rounds, most) : tiling.split();
        int[] sizes = Arrays.copyOf(gradientSizes(x, dy, g, packed), WeightGradientTileKernels.SLOTS);
        sizes[WeightGradientTileKernels.PIXELS] = pixels;
        sizes[WeightGradientTileKernels.PIXELS_OF_RANGE] = split.steps() * Tiles.DEPTH;
        sums.fill(dw, packed, split.parts(), partial -> {
            sizes[WeightGradientKernels.PARTIAL] = partial;
            if (onTensorCores) {
                halves.weightGradient(places(x, dy), packed, split.parts(), sizes);
                return;
            }
            launcher.launch(
                    tiling.wide() ? WeightGradientWideTileKernels.TILE : WeightGradientTileKernels.TILE,
                    places(x, dy),
                    tiling.tilesInX() * Tiles.ITEMS_X,
                    tilesInY * split.parts() * Tiles.ITEMS_Y,
                    sizes);
        });
    }

    private static int[] gradientSizes(TornadoStorage x, TornadoStorage dy, ConvGeometry g, Panels packed) {
        var sizes = new int[WeightGradientKernels.SLOTS];
        sizes[WeightGradientKernels.X] = x.offset();
        sizes[WeightGradientKernels.DY] = dy.offset();
        sizes[WeightGradientKernels.DY_HEIGHT] = dy.shape().height();
        sizes[WeightGradientKernels.DY_WIDTH] = dy.shape().width();
        sizes[WeightGradientKernels.X_HEIGHT] = x.shape().height();
        sizes[WeightGradientKernels.X_WIDTH] = x.shape().width();
        sizes[WeightGradientKernels.X_VECTORS] = x.channelVectors();
        sizes[WeightGradientKernels.DY_VECTORS] = dy.channelVectors();
        sizes[WeightGradientKernels.KERNEL_WIDTH] = g.kernelW();
        sizes[WeightGradientKernels.TAPS] = g.kernelH() * g.kernelW();
        sizes[WeightGradientKernels.ROW_STRIDE] = g.strideH();
        sizes[WeightGradientKernels.COLUMN_STRIDE] = g.strideW();
        sizes[WeightGradientKernels.ROW_PADDING] = g.padH();
        sizes[WeightGradientKernels.COLUMN_PADDING] = g.padW();
        sizes[WeightGradientKernels.ROW_DILATION] = g.dilationH();
        sizes[WeightGradientKernels.COLUMN_DILATION] = g.dilationW();
        sizes[WeightGradientKernels.GROUP_INPUTS] = packed.groupRows();
        sizes[WeightGradientKernels.GROUP_OUTPUTS] = packed.groupColumns();
        sizes[WeightGradientKernels.PANEL_ROWS] = packed.panelRows();
        sizes[WeightGradientKernels.PARTIAL_VECTORS] = packed.vectors();
        return sizes;
    }
}
