package dev.squall.tornado;

import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.kernel.ActivationKernels;
import dev.squall.tornado.kernel.ConvolutionCoreKernels;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWindow;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MatmulTileKernels;
import dev.squall.tornado.kernel.PartKernels;
import dev.squall.tornado.kernel.TensorCores;
import dev.squall.tornado.kernel.WeightGradientCoreKernels;
import dev.squall.tornado.layout.Panels;
import dev.squall.tornado.layout.TornadoStorage;
import java.util.Arrays;

/**
 * Launches products and convolutions on tensor cores, see {@link TensorCores}: their operands are rounded to FP16, and summed in single precision.
 *
 * <p>Those write whole pieces of {@value TensorCores#PIECE_ROWS} rows. Where a result has no whole pieces, or is the sum of parts, they write sums to scratch memory, and
 * {@link PartKernels} makes the result of them.
 */
final class HalfProducts {
    private static final int LANES = TornadoStorage.LANES;

    /** What a round of a tile takes on an H200 by {@code bench/bin/gpu-model}, in the unit of {@link Split}. */
    private static final double ROUND = 0.65;

    private final Launcher launcher;

    HalfProducts(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Whether the device has tensor cores, and its user has asked for mixed precision. */
    boolean areOffered() {
        return launcher.multipliesHalves();
    }

    /**
     * What becomes of the sums.
     *
     * @param rows of the result
     * @param rowVectors vectors of each
     * @param channels columns that count: those beyond become zeros
     * @param offset its first vector
     * @param bias the first vector of what is added to each row, or -1
     * @param residual the first vector of what is added to all, or -1
     * @param function a code of {@link ActivationKernels}
     * @param slope of the function
     */
    private record Result(
            int rows, int rowVectors, int channels, int offset, int bias, int residual, int function, float slope) {
        /** Whether it has whole pieces, and nothing that is added lies where the sums are written first. */
        boolean isWhole(int[] places) {
            return wholeRows() == rows && !(residual == offset && places[0] == places[1]);
        }

        /** Whether the sums are the result. */
        boolean isSums() {
            return channels == rowVectors * LANES && bias < 0 && residual < 0 && function == ActivationKernels.IDENTITY;
        }

        int wholeRows() {
            return Math.ceilDiv(rows, TensorCores.PIECE_ROWS) * TensorCores.PIECE_ROWS;
        }
    }

    /** Launches a kernel that writes sums, in so many parts, from a vector of an arena on, or all of the result. */
    @FunctionalInterface
    private interface Product {
        void launch(int arena, int offset, boolean finished, Split split, int itemsInX, int groupsInY);
    }

    /**
     * Lets {@code product} compute {@code result}, sums of so many products.
     *
     * @param places the arenas of the residual and of the result
     */
    private void compute(Result result, int depth, int[] places, Product product) {
        int tilesInX = Math.ceilDiv(result.rowVectors * LANES, TensorCores.COLUMNS);
        int tilesInY = Math.ceilDiv(result.rows, TensorCores.ROWS);
        int vectors = Math.multiplyExact(result.wholeRows(), result.rowVectors);
        Split split = Split.of(launcher, tilesInX * tilesInY, Math.ceilDiv(depth, TensorCores.DEPTH), ROUND, vectors);
        int itemsInX = tilesInX * TensorCores.ITEMS;
        int groupsInY = tilesInY * split.parts();
        if (split.isWhole() && result.isWhole(places)) {
            product.launch(places[1], result.offset, true, split, itemsInX, groupsInY);
            return;
        }
        launcher.withScratch(Math.multiplyExact(vectors, split.parts()), parts -> {
            product.launch(ArenaAllocator.MAIN, parts, false, split, itemsInX, groupsInY);
            int floats = result.rows * result.rowVectors * LANES;
            int[] sum = {
                floats,
                result.offset,
                parts,
                split.parts(),
                result.rowVectors * LANES,
                result.channels,
                result.bias,
                result.residual,
                result.function,
                vectors * LANES
            };
            launcher.launch(PartKernels.SUM, places, floats, 1, sum, result.slope);
        });
    }

    /**
     * A matrix product.
     *
     * @param places the arenas of both sides and of the result
     * @param sizes those of {@link dev.squall.tornado.kernel.MatmulKernels}
     */
    void multiply(int[] places, int[] sizes) {
        int rowVectors = sizes[1];
        Result result =
                new Result(sizes[0], rowVectors, rowVectors * LANES, sizes[9], -1, -1, ActivationKernels.IDENTITY, 0f);
        int[] arenas = {ArenaAllocator.MAIN, places[2]};
        compute(result, sizes[2], arenas, (arena, offset, _, split, itemsInX, groupsInY) -> {
            int[] all = Arrays.copyOf(sizes, MatmulTileKernels.PART_VECTORS + 1);
            all[9] = offset;
            all[MatmulTileKernels.STEPS] = split.steps();
            all[MatmulTileKernels.PART_VECTORS] = result.wholeRows() * rowVectors;
            int[] operands = {places[0], places[1], arena};
            launcher.launch(MatmulCoreKernels.PRODUCT, operands, itemsInX, groupsInY, all);
        });
    }

    /**
     * A dense convolution or its derivative by the input.
     *
     * <p>Tensor cores write 16 neighbouring pixels, but where there is a stride those of a derivative that meet the same taps lie a stride apart. So they multiply with zeros for all other taps, as the tiles in single precision
     * do, too.
     *
     * <p>Groups are not for tensor cores: a tile has {@value TensorCores#COLUMNS} outputs that all see the same inputs, and groups have few of them (4 to 32 in ResNeXt50, 1 in depthwise convolutions).
     *
     * @param places the arenas of the input, the residual and the result
     * @param sizes those of {@link ConvolutionWindow}
     */
    void convolve(int[] places, Panels packed, int[] sizes, float slope) {
        int rowVectors = sizes[ConvolutionWindow.Y_VECTORS];
        Result result = new Result(
                sizes[ConvolutionWindow.POSITIONS],
                rowVectors,
                sizes[ConvolutionWindow.OUT_CHANNELS],
                sizes[ConvolutionWindow.Y],
                sizes[ConvolutionWindow.BIAS],
                sizes[ConvolutionWindow.RESIDUAL],
                sizes[ConvolutionWindow.FUNCTION],
                slope);
        int depth = packed.taps() * packed.panelRows();
        int[] arenas = {places[1], places[2]};
        compute(result, depth, arenas, (arena, offset, finished, split, itemsInX, groupsInY) -> {
            int[] all = Arrays.copyOf(sizes, ConvolutionCoreKernels.SLOTS);
            all[ConvolutionWindow.Y] = offset;
            all[ConvolutionTileKernels.STEPS] = split.steps();
            all[ConvolutionTileKernels.PART_VECTORS] = result.wholeRows() * rowVectors;
            all[ConvolutionCoreKernels.FINISHED] = finished && !result.isSums() ? 1 : 0;
            int[] operands = {places[0], finished ? places[1] : ArenaAllocator.MAIN, arena};
            launcher.launch(ConvolutionCoreKernels.CONVOLVE, operands, itemsInX, groupsInY, all, slope);
        });
    }

    /**
     * How the derivative of a dense convolution by its weights is cut.
     *
     * @param rounds of {@link TensorCores#DEPTH} pixels
     * @param most parts
     */
    Split ranges(Panels packed, int rounds, int most) {
        int tiles = tilesInX(packed) * tilesInY(packed);
        return Split.ofPartialSums(launcher, tiles, rounds, ROUND, packed.vectors(), most);
    }

    /**
     * Ranges of the derivative of a dense convolution by its weights.
     *
     * @param places the arenas of x and dy
     * @param sizes those of {@link dev.squall.tornado.kernel.WeightGradientTileKernels}
     */
    void weightGradient(int[] places, Panels packed, int ranges, int[] sizes) {
        launcher.launch(
                WeightGradientCoreKernels.WEIGHT_GRADIENT,
                places,
                tilesInX(packed) * TensorCores.ITEMS,
                tilesInY(packed) * ranges,
                sizes);
    }

    private static int tilesInX(Panels packed) {
        return Math.ceilDiv(packed.panels() * Panels.DENSE * LANES, TensorCores.COLUMNS);
    }

    private static int tilesInY(Panels packed) {
        return Math.ceilDiv(packed.taps() * packed.panelRows(), TensorCores.ROWS);
    }
}
