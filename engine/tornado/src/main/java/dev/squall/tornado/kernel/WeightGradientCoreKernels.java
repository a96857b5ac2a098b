package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_DILATION;
import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_PADDING;
import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_STRIDE;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_HEIGHT;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_VECTORS;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_WIDTH;
import static dev.squall.tornado.kernel.WeightGradientKernels.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.WeightGradientKernels.PANEL_ROWS;
import static dev.squall.tornado.kernel.WeightGradientKernels.PARTIAL;
import static dev.squall.tornado.kernel.WeightGradientKernels.PARTIAL_VECTORS;
import static dev.squall.tornado.kernel.WeightGradientKernels.ROW_DILATION;
import static dev.squall.tornado.kernel.WeightGradientKernels.ROW_PADDING;
import static dev.squall.tornado.kernel.WeightGradientKernels.ROW_STRIDE;
import static dev.squall.tornado.kernel.WeightGradientKernels.TAPS;
import static dev.squall.tornado.kernel.WeightGradientKernels.X;
import static dev.squall.tornado.kernel.WeightGradientKernels.X_HEIGHT;
import static dev.squall.tornado.kernel.WeightGradientKernels.X_VECTORS;
import static dev.squall.tornado.kernel.WeightGradientKernels.X_WIDTH;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The derivative of a dense convolution by its weights on GPUs with tensor cores, see {@link TensorCores}: that of {@link WeightGradientTileKernels}, for as many inputs that 32 neighbouring rows
 * of the left side, pairs of a tap and an input, have the same tap: then a work-item looks through one tap only, at two pixels.
 */
public final class WeightGradientCoreKernels {
    private WeightGradientCoreKernels() {}

    public static final Kernel WEIGHT_GRADIENT = Kernel.plane(
                    "weightGradientCores",
                    "weight gradient of halves, partial sums: for GPUs with tensor cores",
                    WeightGradientCoreKernels.class,
                    TensorCores.ITEMS,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            WeightGradientCoreKernels::weightGradientCores,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.TENSOR_CORES)
            .images(0, 1);

    /** Neighbouring rows that a work-item fetches some of. */
    private static final int ROWS_OF_TAP = 32;

    /** Whether it takes a convolution of so many taps, for each of which a panel has so many rows. */
    public static boolean takes(int taps, int panelRows) {
        return panelRows % ROWS_OF_TAP == 0 || (taps == 1 && panelRows % TensorCores.PIECE_ROWS == 0);
    }

    /**
     * A group computes 128 pairs of tap and input x 128 outputs; groups count tiles of outputs in x, and in y tiles of pairs first and then ranges. Pixels that a
     * tap does not find are zeros. The sizes are those of {@link WeightGradientTileKernels#weightGradientTile}.
     *
     * <p>A work-item fetches two neighbouring pixels of four inputs, each eight further than the one before: so a warp reads eight neighbouring inputs of eight pixels, and writes to local
     * memory with no more than two work-items at a bank.
     */
    public static void weightGradientCores(
            KernelContext context, VectorFloat8 inputs, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int[] tileA = context.allocateIntLocalArray(2048);
        int[] tileB = context.allocateIntLocalArray(2048);
        FloatArray xs = inputs.getArray();
        FloatArray dys = gradients.getArray();
        FloatArray floats = memory.getArray();
        int item = context.localIdx;
        int warp = item / 32;
        int panelRows = sizes.get(PANEL_ROWS);
        int pairs = sizes.get(TAPS) * panelRows;
        int tiles = (pairs + 127) / 128;
        int firstPair = context.groupIdy % tiles * 128;
        int range = context.groupIdy / tiles;
        int couple = item % 32 / 8 + warp % 2 * 4;
        int row = warp / 2 * ROWS_OF_TAP + item % 8;
        int tap = Math.min(firstPair + warp / 2 * ROWS_OF_TAP, pairs - 1) / panelRows;
        int ofTap = firstPair + row - tap * panelRows;
        int kernelWidth = sizes.get(KERNEL_WIDTH);
        int rowStride = sizes.get(ROW_STRIDE);
        int stride = sizes.get(COLUMN_STRIDE);
        int rowShift = tap / kernelWidth * sizes.get(ROW_DILATION) - sizes.get(ROW_PADDING);
        int columnShift = tap % kernelWidth * sizes.get(COLUMN_DILATION) - sizes.get(COLUMN_PADDING);
        int height = sizes.get(DY_HEIGHT);
        int width = sizes.get(DY_WIDTH);
        int xHeight = sizes.get(X_HEIGHT);
        int xWidth = sizes.get(X_WIDTH);
        int xStride = sizes.get(X_VECTORS) * 8;
        int input = sizes.get(X) * 8;
        // Inputs beyond the last are others in their place: their sums are not written.
        int last = panelRows - 8 + item % 8;
        int c0 = Math.min(ofTap, last);
        int c1 = Math.min(ofTap + 8, last);
        int c2 = Math.min(ofTap + 16, last);
        int c3 = Math.min(ofTap + 24, last);
        int firstPixel = range * sizes.get(WeightGradientTileKernels.PIXELS_OF_RANGE);
        int pixels = Math.min(
                sizes.get(WeightGradientTileKernels.PIXELS) - firstPixel,
                sizes.get(WeightGradientTileKernels.PIXELS_OF_RANGE));
        int rounds = (pixels + 15) / 16;
        int plane = height * width;
        int imagesOfRound = 16 / plane * xHeight;
        int rowsOfRound = 16 % plane / width * rowStride;
        int columnsOfRound = 16 % plane % width * stride;
        int rows = height * rowStride;
        int columns = width * stride;
        int lastRow = rows + rowShift;
        int lastColumn = columns + columnShift;
        int pixel0 = firstPixel + couple * 2;
        int pixel1 = firstPixel + couple * 2 + 1;
        int image0 = pixel0 / plane * xHeight;
        int image1 = pixel1 / plane * xHeight;
        int row0 = pixel0 % plane / width * rowStride + rowShift;
        int row1 = pixel1 % plane / width * rowStride + rowShift;
        int column0 = pixel0 % plane % width * stride + columnShift;
        int column1 = pixel1 % plane % width * stride + columnShift;
        int pixelsOfX = pixels - couple * 2;
        int output = context.groupIdx * 128 + item / 128 * 64 + item % 8 * 2;
        int dyStride = sizes.get(DY_VECTORS) * 8;
        int gradient = sizes.get(DY) * 8 + output + (firstPixel + item % 128 / 8) * dyStride;
        int pixelsOfDy = pixels - item % 128 / 8;
        int toA = row * 8 + couple;
        int toB = item % 128 / 8 * 4 + item % 4 + item % 8 / 4 * 64 + item / 128 * 512;
        int warpLeft = warp % 4 * 2 * TensorCores.LEFT_PIECE;
        int warpRight = warp / 4 * TensorCores.RIGHT_COLUMNS;
        int left = warpLeft;
        int right = warpRight;
        float[] s00 = context.mmaFragment(0f);
        float[] s01 = context.mmaFragment(0f);
        float[] s02 = context.mmaFragment(0f);
        float[] s03 = context.mmaFragment(0f);
        float[] s04 = context.mmaFragment(0f);
        float[] s05 = context.mmaFragment(0f);
        float[] s06 = context.mmaFragment(0f);
        float[] s07 = context.mmaFragment(0f);
        float[] s10 = context.mmaFragment(0f);
        float[] s11 = context.mmaFragment(0f);
        float[] s12 = context.mmaFragment(0f);
        float[] s13 = context.mmaFragment(0f);
        float[] s14 = context.mmaFragment(0f);
        float[] s15 = context.mmaFragment(0f);
        float[] s16 = context.mmaFragment(0f);
        float[] s17 = context.mmaFragment(0f);
        tileA[item + 0] = 0;
        tileA[item + 256] = 0;
        tileA[item + 512] = 0;
        tileA[item + 768] = 0;
        tileB[item + 0] = 0;
        tileB[item + 256] = 0;
        tileB[item + 512] = 0;
        tileB[item + 768] = 0;
        context.localBarrier();
        int half = 0;
        // The first round multiplies zeros, since TornadoVM loses fragments where branches meet; the last one fetches
        // zeros.
        for (int round = 0; round < rounds + 1; round++) {
            int at0 = place(input, image0, row0, xHeight, column0, xWidth, xStride, pixelsOfX);
            int at1 = place(input, image1, row1, xHeight, column1, xWidth, xStride, pixelsOfX - 1);
            int a0 = TensorCores.pair(xs, at0 + c0, at1 + c0);
            int a1 = TensorCores.pair(xs, at0 + c1, at1 + c1);
            int a2 = TensorCores.pair(xs, at0 + c2, at1 + c2);
            int a3 = TensorCores.pair(xs, at0 + c3, at1 + c3);
            int g0 = gradientAt(gradient, output, dyStride, pixelsOfDy);
            int b0 = TensorCores.pair(dys, g0, g0 + 1);
            int g1 = gradientAt(gradient + 16, output + 16, dyStride, pixelsOfDy);
            int b1 = TensorCores.pair(dys, g1, g1 + 1);
            int g2 = gradientAt(gradient + 32, output + 32, dyStride, pixelsOfDy);
            int b2 = TensorCores.pair(dys, g2, g2 + 1);
            int g3 = gradientAt(gradient + 48, output + 48, dyStride, pixelsOfDy);
            int b3 = TensorCores.pair(dys, g3, g3 + 1);
            gradient = gradient + 16 * dyStride;
            pixelsOfDy = pixelsOfDy - 16;
            pixelsOfX = pixelsOfX - 16;
            image0 = image0 + imagesOfRound;
            row0 = row0 + rowsOfRound;
            column0 = column0 + columnsOfRound;
            if (column0 >= lastColumn) {
                column0 = column0 - columns;
                row0 = row0 + rowStride;
            }
            if (row0 >= lastRow) {
                row0 = row0 - rows;
                image0 = image0 + xHeight;
            }
            image1 = image1 + imagesOfRound;
            row1 = row1 + rowsOfRound;
            column1 = column1 + columnsOfRound;
            if (column1 >= lastColumn) {
                column1 = column1 - columns;
                row1 = row1 + rowStride;
            }
            if (row1 >= lastRow) {
                row1 = row1 - rows;
                image1 = image1 + xHeight;
            }
            HalfFloat[] left0 = context.mmaLoadA(tileA, 16, left);
            HalfFloat[] left1 = context.mmaLoadA(tileA, 16, left + TensorCores.LEFT_PIECE);
            HalfFloat[] right0 = context.mmaLoadB(tileB, 16, right + 0 * TensorCores.RIGHT_PIECE);
            s00 = context.mma(left0, right0, s00, MMAShape.M16N8K16);
            s10 = context.mma(left1, right0, s10, MMAShape.M16N8K16);
            HalfFloat[] right1 = context.mmaLoadB(tileB, 16, right + 1 * TensorCores.RIGHT_PIECE);
            s01 = context.mma(left0, right1, s01, MMAShape.M16N8K16);
            s11 = context.mma(left1, right1, s11, MMAShape.M16N8K16);
            HalfFloat[] right2 = context.mmaLoadB(tileB, 16, right + 2 * TensorCores.RIGHT_PIECE);
            s02 = context.mma(left0, right2, s02, MMAShape.M16N8K16);
            s12 = context.mma(left1, right2, s12, MMAShape.M16N8K16);
            HalfFloat[] right3 = context.mmaLoadB(tileB, 16, right + 3 * TensorCores.RIGHT_PIECE);
            s03 = context.mma(left0, right3, s03, MMAShape.M16N8K16);
            s13 = context.mma(left1, right3, s13, MMAShape.M16N8K16);
            HalfFloat[] right4 = context.mmaLoadB(tileB, 16, right + 4 * TensorCores.RIGHT_PIECE);
            s04 = context.mma(left0, right4, s04, MMAShape.M16N8K16);
            s14 = context.mma(left1, right4, s14, MMAShape.M16N8K16);
            HalfFloat[] right5 = context.mmaLoadB(tileB, 16, right + 5 * TensorCores.RIGHT_PIECE);
            s05 = context.mma(left0, right5, s05, MMAShape.M16N8K16);
            s15 = context.mma(left1, right5, s15, MMAShape.M16N8K16);
            HalfFloat[] right6 = context.mmaLoadB(tileB, 16, right + 6 * TensorCores.RIGHT_PIECE);
            s06 = context.mma(left0, right6, s06, MMAShape.M16N8K16);
            s16 = context.mma(left1, right6, s16, MMAShape.M16N8K16);
            HalfFloat[] right7 = context.mmaLoadB(tileB, 16, right + 7 * TensorCores.RIGHT_PIECE);
            s07 = context.mma(left0, right7, s07, MMAShape.M16N8K16);
            s17 = context.mma(left1, right7, s17, MMAShape.M16N8K16);
            half = 1 - half;
            int toLeft = half * TensorCores.LEFT_HALF + toA;
            int toRight = half * TensorCores.RIGHT_HALF + toB;
            tileA[toLeft] = a0;
            tileA[toLeft + 64] = a1;
            tileA[toLeft + 128] = a2;
            tileA[toLeft + 192] = a3;
            tileB[toRight] = b0;
            tileB[toRight + 128] = b1;
            tileB[toRight + 256] = b2;
            tileB[toRight + 384] = b3;
            context.localBarrier();
            left = half * 4 * TensorCores.LEFT_HALF + warpLeft;
            right = half * 4 * TensorCores.RIGHT_HALF + warpRight;
        }
        int toColumn = context.groupIdx * 128 + warp / 4 * TensorCores.WARP_COLUMNS;
        int partial = (sizes.get(PARTIAL) + range * sizes.get(PARTIAL_VECTORS)) * 8 + toColumn * pairs;
        int outputs = (sizes.get(DY_VECTORS) + 1) / 2 * 16;
        int panel = pairs * 16;
        int toRow = firstPair + warp % 4 * TensorCores.WARP_ROWS;
        if (toRow < pairs) {
            if (toColumn < outputs) {
                context.mmaStore(s00, floats, toRow, partial, 16);
            }
            if (toColumn + 8 < outputs) {
                context.mmaStore(s01, floats, toRow, partial + 8, 16);
            }
            if (toColumn + 16 < outputs) {
                context.mmaStore(s02, floats, toRow, partial + panel, 16);
            }
            if (toColumn + 24 < outputs) {
                context.mmaStore(s03, floats, toRow, partial + panel + 8, 16);
            }
            if (toColumn + 32 < outputs) {
                context.mmaStore(s04, floats, toRow, partial + 2 * panel, 16);
            }
            if (toColumn + 40 < outputs) {
                context.mmaStore(s05, floats, toRow, partial + 2 * panel + 8, 16);
            }
            if (toColumn + 48 < outputs) {
                context.mmaStore(s06, floats, toRow, partial + 3 * panel, 16);
            }
            if (toColumn + 56 < outputs) {
                context.mmaStore(s07, floats, toRow, partial + 3 * panel + 8, 16);
            }
        }
        if (toRow + 16 < pairs) {
            if (toColumn < outputs) {
                context.mmaStore(s10, floats, toRow + 16, partial, 16);
            }
            if (toColumn + 8 < outputs) {
                context.mmaStore(s11, floats, toRow + 16, partial + 8, 16);
            }
            if (toColumn + 16 < outputs) {
                context.mmaStore(s12, floats, toRow + 16, partial + panel, 16);
            }
            if (toColumn + 24 < outputs) {
                context.mmaStore(s13, floats, toRow + 16, partial + panel + 8, 16);
            }
            if (toColumn + 32 < outputs) {
                context.mmaStore(s14, floats, toRow + 16, partial + 2 * panel, 16);
            }
            if (toColumn + 40 < outputs) {
                context.mmaStore(s15, floats, toRow + 16, partial + 2 * panel + 8, 16);
            }
            if (toColumn + 48 < outputs) {
                context.mmaStore(s16, floats, toRow + 16, partial + 3 * panel, 16);
            }
            if (toColumn + 56 < outputs) {
                context.mmaStore(s17, floats, toRow + 16, partial + 3 * panel + 8, 16);
            }
        }
    }

    /** Where a pixel of x at a row and column lies; at the arena's first floats, zeros for ever, if it is outside or no pixels are left. */
    private static int place(int input, int image, int row, int height, int column, int width, int stride, int left) {
        int result = input + ((image + row) * width + column) * stride;
        if (row < 0 || row >= height) {
            result = 0;
        }
        if (column < 0 || column >= width) {
            result = 0;
        }
        if (left <= 0) {
            result = 0;
        }
        return result;
    }

    /** Where a gradient lies; at the arena's first floats if there is no such output or no pixels are left. */
    private static int gradientAt(int at, int output, int outputs, int left) {
        int result = at;
        if (output >= outputs) {
            result = 0;
        }
        if (left <= 0) {
            result = 0;
        }
        return result;
    }
}
