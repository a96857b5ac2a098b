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
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float4;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * The derivative of a dense convolution by its weights on GPUs, see {@link Tiles} and {@link WeightGradientKernels}, whose sizes these are: the
 * product of the pixels that the taps find, transposed, and the gradient, summed over a range of pixels.
 *
 * <p>The rows of the left side are pairs of a tap and an input, in the order of the packed weights; a work-item fetches for four neighbours of them all the time, so
 * that which tap it looks through is found once. Ranges go through the pixels of all images in their order, 16 at a time, whatever the rows are: a work-item counts where its four pixels
 * are instead of dividing.
 */
public final class WeightGradientTileKernels {
    private WeightGradientTileKernels() {}

    public static final Kernel TILE = Kernel.plane(
                    "weightGradientTile",
                    "weight gradient, partial sums, tiled in local memory: for GPUs",
                    WeightGradientTileKernels.class,
                    Tiles.ITEMS_X,
                    Tiles.ITEMS_Y,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            WeightGradientTileKernels::weightGradientTile,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.GPUS)
            .images(0, 1);

    /** Slot after those of {@link WeightGradientKernels}: pixels of all images of dy. */
    public static final int PIXELS = WeightGradientKernels.SLOTS;

    /** Slot: pixels of a range. */
    public static final int PIXELS_OF_RANGE = PIXELS + 1;

    /** How many slots there are. */
    public static final int SLOTS = PIXELS_OF_RANGE + 1;

    /**
     * A group computes 128 pairs of tap and input x 64 outputs; groups count tiles of outputs in x, and in y tiles of pairs first and then ranges. Pixels that a
     * tap does not find are zeros.
     */
    public static void weightGradientTile(
            KernelContext context, VectorFloat8 inputs, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        float[] tileA = context.allocateFloatLocalArray(4224);
        float[] tileB = context.allocateFloatLocalArray(2048);
        FloatArray xs = inputs.getArray();
        FloatArray dys = gradients.getArray();
        FloatArray floats = memory.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int panelRows = sizes.get(PANEL_ROWS);
        int pairs = sizes.get(TAPS) * panelRows;
        int tiles = (pairs + 127) / 128;
        int firstPair = context.groupIdy % tiles * 128;
        int range = context.groupIdy / tiles;
        int quad = Math.min(firstPair + item % 32 * 4, pairs - 4);
        int tap = quad / panelRows;
        int kernelWidth = sizes.get(KERNEL_WIDTH);
        int rowStride = sizes.get(ROW_STRIDE);
        int stride = sizes.get(COLUMN_STRIDE);
        int rowShift = tap / kernelWidth * sizes.get(ROW_DILATION) - sizes.get(ROW_PADDING);
        int columnShift = tap % kernelWidth * sizes.get(COLUMN_DILATION) - sizes.get(COLUMN_PADDING);
        int height = sizes.get(DY_HEIGHT);
        int width = sizes.get(DY_WIDTH);
        int xHeight = sizes.get(X_HEIGHT);
        int xWidth = sizes.get(X_WIDTH);
        int xStride = sizes.get(X_VECTORS) * 2;
        int input = sizes.get(X) * 2 + quad % panelRows / 4;
        int firstPixel = range * sizes.get(PIXELS_OF_RANGE);
        int pixels = Math.min(sizes.get(PIXELS) - firstPixel, sizes.get(PIXELS_OF_RANGE));
        int rounds = (pixels + 15) / 16;
        int plane = height * width;
        int imagesOfRound = 16 / plane * xHeight;
        int rowsOfRound = 16 % plane / width * rowStride;
        int columnsOfRound = 16 % plane % width * stride;
        int rows = height * rowStride;
        int columns = width * stride;
        int lastRow = rows + rowShift;
        int lastColumn = columns + columnShift;
        int pixel0 = firstPixel + item / 32;
        int pixel1 = firstPixel + item / 32 + 4;
        int pixel2 = firstPixel + item / 32 + 8;
        int pixel3 = firstPixel + item / 32 + 12;
        int image0 = pixel0 / plane * xHeight;
        int image1 = pixel1 / plane * xHeight;
        int image2 = pixel2 / plane * xHeight;
        int image3 = pixel3 / plane * xHeight;
        int row0 = pixel0 % plane / width * rowStride + rowShift;
        int row1 = pixel1 % plane / width * rowStride + rowShift;
        int row2 = pixel2 % plane / width * rowStride + rowShift;
        int row3 = pixel3 % plane / width * rowStride + rowShift;
        int column0 = pixel0 % plane % width * stride + columnShift;
        int column1 = pixel1 % plane % width * stride + columnShift;
        int column2 = pixel2 % plane % width * stride + columnShift;
        int column3 = pixel3 % plane % width * stride + columnShift;
        // What is read is counted in quads of floats.
        int output = context.groupIdx * 16 + item % 16;
        int dyStride = sizes.get(DY_VECTORS) * 2;
        int gradient = sizes.get(DY) * 2 + output + (firstPixel + item / 16) * dyStride;
        int pixelsOfDy = pixels - item / 16;
        if (output >= dyStride) {
            pixelsOfDy = 0;
        }
        int pixelsOfX = pixels - item / 32;
        int toA = item / 32 * Tiles.LEFT + item % 32 * 4;
        int left = y * 4;
        int right = x * 4;
        Float8 s0 = Float8s.splat(0f);
        Float8 s1 = Float8s.splat(0f);
        Float8 s2 = Float8s.splat(0f);
        Float8 s3 = Float8s.splat(0f);
        Float8 s4 = Float8s.splat(0f);
        Float8 s5 = Float8s.splat(0f);
        Float8 s6 = Float8s.splat(0f);
        Float8 s7 = Float8s.splat(0f);
        int half = 0;
        // The first round only fetches; the last one fetches zeros.
        for (int round = 0; round < rounds + 1; round++) {
            int at0 = place(input, image0, row0, xHeight, column0, xWidth, xStride, pixelsOfX);
            int at1 = place(input, image1, row1, xHeight, column1, xWidth, xStride, pixelsOfX - 4);
            int at2 = place(input, image2, row2, xHeight, column2, xWidth, xStride, pixelsOfX - 8);
            int at3 = place(input, image3, row3, xHeight, column3, xWidth, xStride, pixelsOfX - 12);
            Float4 a0 = Quads.get(xs, at0);
            Float4 a1 = Quads.get(xs, at1);
            Float4 a2 = Quads.get(xs, at2);
            Float4 a3 = Quads.get(xs, at3);
            Float4 b0 = Quads.get(dys, orZero(gradient, pixelsOfDy));
            Float4 b1 = Quads.get(dys, orZero(gradient + 8 * dyStride, pixelsOfDy - 8));
            if (round > 0) {
                for (int i = 0; i < 16; i += 2) {
                    int ofRight = right + i * 64;
                    int ofLeft = left + i * 132;
                    Float8 v = new Float8(
                            tileB[ofRight],
                            tileB[ofRight + 1],
                            tileB[ofRight + 2],
                            tileB[ofRight + 3],
                            tileB[ofRight + 32],
                            tileB[ofRight + 33],
                            tileB[ofRight + 34],
                            tileB[ofRight + 35]);
                    s0 = Float8s.plus(s0, v, tileA[ofLeft]);
                    s1 = Float8s.plus(s1, v, tileA[ofLeft + 1]);
                    s2 = Float8s.plus(s2, v, tileA[ofLeft + 2]);
                    s3 = Float8s.plus(s3, v, tileA[ofLeft + 3]);
                    s4 = Float8s.plus(s4, v, tileA[ofLeft + 64]);
                    s5 = Float8s.plus(s5, v, tileA[ofLeft + 65]);
                    s6 = Float8s.plus(s6, v, tileA[ofLeft + 66]);
                    s7 = Float8s.plus(s7, v, tileA[ofLeft + 67]);
                    Float8 w = new Float8(
                            tileB[ofRight + 64],
                            tileB[ofRight + 65],
                            tileB[ofRight + 66],
                            tileB[ofRight + 67],
                            tileB[ofRight + 96],
                            tileB[ofRight + 97],
                            tileB[ofRight + 98],
                            tileB[ofRight + 99]);
                    s0 = Float8s.plus(s0, w, tileA[ofLeft + 132]);
                    s1 = Float8s.plus(s1, w, tileA[ofLeft + 133]);
                    s2 = Float8s.plus(s2, w, tileA[ofLeft + 134]);
                    s3 = Float8s.plus(s3, w, tileA[ofLeft + 135]);
                    s4 = Float8s.plus(s4, w, tileA[ofLeft + 196]);
                    s5 = Float8s.plus(s5, w, tileA[ofLeft + 197]);
                    s6 = Float8s.plus(s6, w, tileA[ofLeft + 198]);
                    s7 = Float8s.plus(s7, w, tileA[ofLeft + 199]);
                }
            }
            half = 1 - half;
            int toLeft = half * Tiles.LEFT_HALF + toA;
            int toRight = half * Tiles.RIGHT_HALF + item * 4;
            tileA[toLeft] = a0.getX();
            tileA[toLeft + 1] = a0.getY();
            tileA[toLeft + 2] = a0.getZ();
            tileA[toLeft + 3] = a0.getW();
            tileA[toLeft + 4 * Tiles.LEFT] = a1.getX();
            tileA[toLeft + 4 * Tiles.LEFT + 1] = a1.getY();
            tileA[toLeft + 4 * Tiles.LEFT + 2] = a1.getZ();
            tileA[toLeft + 4 * Tiles.LEFT + 3] = a1.getW();
            tileA[toLeft + 8 * Tiles.LEFT] = a2.getX();
            tileA[toLeft + 8 * Tiles.LEFT + 1] = a2.getY();
            tileA[toLeft + 8 * Tiles.LEFT + 2] = a2.getZ();
            tileA[toLeft + 8 * Tiles.LEFT + 3] = a2.getW();
            tileA[toLeft + 12 * Tiles.LEFT] = a3.getX();
            tileA[toLeft + 12 * Tiles.LEFT + 1] = a3.getY();
            tileA[toLeft + 12 * Tiles.LEFT + 2] = a3.getZ();
            tileA[toLeft + 12 * Tiles.LEFT + 3] = a3.getW();
            tileB[toRight] = b0.getX();
            tileB[toRight + 1] = b0.getY();
            tileB[toRight + 2] = b0.getZ();
            tileB[toRight + 3] = b0.getW();
            tileB[toRight + 512] = b1.getX();
            tileB[toRight + 513] = b1.getY();
            tileB[toRight + 514] = b1.getZ();
            tileB[toRight + 515] = b1.getW();
            context.localBarrier();
            left = half * Tiles.LEFT_HALF + y * 4;
            right = half * Tiles.RIGHT_HALF + x * 4;
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
            image2 = image2 + imagesOfRound;
            row2 = row2 + rowsOfRound;
            column2 = column2 + columnsOfRound;
            if (column2 >= lastColumn) {
                column2 = column2 - columns;
                row2 = row2 + rowStride;
            }
            if (row2 >= lastRow) {
                row2 = row2 - rows;
                image2 = image2 + xHeight;
            }
            image3 = image3 + imagesOfRound;
            row3 = row3 + rowsOfRound;
            column3 = column3 + columnsOfRound;
            if (column3 >= lastColumn) {
                column3 = column3 - columns;
                row3 = row3 + rowStride;
            }
            if (row3 >= lastRow) {
                row3 = row3 - rows;
                image3 = image3 + xHeight;
            }
        }
        int partial = (sizes.get(PARTIAL) + range * sizes.get(PARTIAL_VECTORS)) * 8;
        int outputs = (sizes.get(DY_VECTORS) + 1) / 2 * 16;
        int toPair = firstPair + y * 4;
        int toOutput = context.groupIdx * 64 + x * 4;
        write(floats, partial, toPair, pairs, toOutput, outputs, s0);
        write(floats, partial, toPair + 1, pairs, toOutput, outputs, s1);
        write(floats, partial, toPair + 2, pairs, toOutput, outputs, s2);
        write(floats, partial, toPair + 3, pairs, toOutput, outputs, s3);
        write(floats, partial, toPair + 64, pairs, toOutput, outputs, s4);
        write(floats, partial, toPair + 65, pairs, toOutput, outputs, s5);
        write(floats, partial, toPair + 66, pairs, toOutput, outputs, s6);
        write(floats, partial, toPair + 67, pairs, toOutput, outputs, s7);
    }

    /** Where an input at a row and column of x lies; the arena's first float, a zero for ever, if it is outside or no pixels are left. */
    static int place(int input, int image, int row, int height, int column, int width, int stride, int left) {
        int result = input + ((image + row) * width + column) * stride;
        if (row < 0 || row >= height) {
            result = 0;
        }
        if (column < 0 || column >= width) {
            result = 0;
        }
        return orZero(result, left);
    }

    /** {@code at}, or the arena's first float if no pixels are left. */
    static int orZero(int at, int left) {
        int result = at;
        if (left <= 0) {
            result = 0;
        }
        return result;
    }

    /** Writes the outputs of a pair that a work-item has: four, and four that lie 32 further. */
    static void write(FloatArray floats, int partial, int pair, int pairs, int output, int outputs, Float8 v) {
        writeFour(floats, partial, pair, pairs, output, outputs, v.getS0(), v.getS1(), v.getS2(), v.getS3());
        writeFour(floats, partial, pair, pairs, output + 32, outputs, v.getS4(), v.getS5(), v.getS6(), v.getS7());
    }

    /** Writes four outputs of a pair into their panel of 16. */
    private static void writeFour(
            FloatArray floats,
            int partial,
            int pair,
            int pairs,
            int output,
            int outputs,
            float v0,
            float v1,
            float v2,
            float v3) {
        if (pair < pairs && output < outputs) {
            int at = partial + (output / 16 * pairs + pair) * 16 + output % 16;
            floats.set(at, v0);
            floats.set(at + 1, v1);
            floats.set(at + 2, v2);
            floats.set(at + 3, v3);
        }
    }
}
