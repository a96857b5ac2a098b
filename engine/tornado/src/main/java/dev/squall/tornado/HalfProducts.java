package dev.squall.tornado;

import dev.squall.tornado.device.ArenaAllocator;
import dev.squall.tornado.device.Launcher;
import dev.squall.tornado.device.Split;
import dev.squall.tornado.kernel.ActivationKernels;
import dev.squall.tornado.kernel.ConvolutionCoreKernels;
import dev.squall.tornado.kernel.ConvolutionTileKernels;
import dev.squall.tornado.kernel.ConvolutionWindow;
import dev.squall.tornado.kernel.Kernel;
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
 * <p>Those write whole pieces of {@value TensorCores#PIECE_ROWS} rows, as floats. Where a result has no whole pieces, is the sum of parts or lies in memory as halves, they write sums to scratch memory, of which
 * {@link PartKernels} or the convolution itself makes the result.
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
        int wholeRows() {
            return Math.ceilDiv(rows, TensorCores.PIECE_ROWS) * TensorCores.PIECE_ROWS;
        }

        /** Vectors of the sums, or of a part of them. */
        int sums() {
            return Math.multiplyExact(wholeRows(), rowVectors);
        }

        int tilesInX() {
            return Math.ceilDiv(rowVectors * LANES, TensorCores.COLUMNS);
        }

        int tilesInY() {
            return Math.ceilDiv(rows, TensorCores.ROWS);
        }
    }

    /** How a product over {@code depth} steps is cut. */
    private Split split(Result result, int depth) {
        int tiles = result.tilesInX() * result.tilesInY();
        return Split.of(launcher, tiles, Math.ceilDiv(depth, TensorCores.DEPTH), ROUND, result.sums());
    }

    private void launch(Kernel kernel, int[] places, Result result, Split split, int[] sizes) {
        int items = result.tilesInX() * TensorCores.ITEMS;
        launcher.launch(kernel, places, items, result.tilesInY() * split.parts(), sizes, result.slope);
    }

    /** Makes the result of sums, or of parts of them. */
    private void sum(Result result, int[] places, int parts, Split split) {
        int floats = result.rows * result.rowVectors * LANES;
        int[] sizes = {
            floats,
            result.offset,
            parts,
            split.parts(),
            result.rowVectors * LANES,
            result.channels,
            result.bias,
            result.residual,
            result.function,
            result.sums() * LANES
        };
        launcher.launch(PartKernels.SUM, places, floats, 1, sizes, result.slope);
    }

    /**
     * A matrix product: tensor cores write whole pieces, so that a result which has others is made of sums in scratch memory, as one of parts is.
     *
     * @param places the arenas of both sides and of the result
     * @param sizes those of {@link dev.squall.tornado.kernel.MatmulKernels}
     */
    void multiply(int[] places, int[] sizes) {
        int rowVectors = sizes[1];
        Result result =
                new Result(sizes[0], rowVectors, rowVectors * LANES, sizes[9], -1, -1, ActivationKernels.IDENTITY, 0f);
        Split split = split(result, sizes[2]);
        int[] all = Arrays.copyOf(sizes, MatmulTileKernels.PART_VECTORS + 1);
        all[MatmulTileKernels.STEPS] = split.steps();
        all[MatmulTileKernels.PART_VECTORS] = result.sums();
        if (split.isWhole() && result.wholeRows() == result.rows) {
            launch(MatmulCoreKernels.PRODUCT, places, result, split, all);
            return;
        }
        launcher.withScratch(Math.multiplyExact(result.sums(), split.parts()), sums -> {
            all[9] = sums;
            int[] toSums = {places[0], places[1], ArenaAllocator.MAIN};
            launch(MatmulCoreKernels.PRODUCT, toSums, result, split, all);
            sum(result, new int[] {ArenaAllocator.MAIN, places[2]}, sums, split);
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
        Split split = split(result, packed.taps() * packed.panelRows());
        int[] all = Arrays.copyOf(sizes, ConvolutionCoreKernels.SLOTS);
        all[ConvolutionTileKernels.STEPS] = split.steps();
        all[ConvolutionTileKernels.PART_VECTORS] = result.sums();
        all[ConvolutionCoreKernels.FINISHED] = split.isWhole() ? 1 : 0;
        launcher.withScratch(Math.multiplyExact(result.sums(), split.parts()), sums -> {
            all[ConvolutionCoreKernels.SUMS] = sums;
            launch(ConvolutionCoreKernels.CONVOLVE, places, result, split, all);
            if (!split.isWhole()) {
                sum(result, new int[] {places[1], places[2]}, sums, split);
            }
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
