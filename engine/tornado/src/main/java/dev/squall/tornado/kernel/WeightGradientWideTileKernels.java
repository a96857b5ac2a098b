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
 * {@link WeightGradientTileKernels} with tiles of 128 x 128, see {@link Tiles}: the same sizes, and the same sums. For each 2,048 multiply-adds it takes 2,400 to 2,450
 * instructions, by backend, where the narrow tiles take 2,650 to 2,680.
 */
public final class WeightGradientWideTileKernels {
    private WeightGradientWideTileKernels() {}

    public static final Kernel TILE = Kernel.plane(
                    "weightGradientWideTile",
                    "weight gradient, partial sums, in wide tiles in local memory: for GPUs",
                    WeightGradientWideTileKernels.class,
                    Tiles.ITEMS_X,
                    Tiles.ITEMS_Y,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            WeightGradientWideTileKernels::weightGradientWideTile,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.GPUS)
            .images(0, 1);

    /** A group computes 128 pairs of tap and input x 128 outputs; the rest is as in {@link WeightGradientTileKernels#weightGradientTile}. */
    public static void weightGradientWideTile(
            KernelContext context, VectorFloat8 inputs, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        float[] tileA = context.allocateFloatLocalArray(4096);
        float[] tileB = context.allocateFloatLocalArray(4096);
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
        int output = context.groupIdx * 32 + item % 32;
        int dyStride = sizes.get(DY_VECTORS) * 2;
        int gradient = sizes.get(DY) * 2 + output + (firstPixel + item / 32) * dyStride;
        int pixelsOfDy = pixels - item / 32;
        if (output >= dyStride) {
            pixelsOfDy = 0;
        }
        int pixelsOfX = pixels - item / 32;
        int toA = item / 32 * Tiles.WIDE_COLUMNS + item % 32 * 4;
        int left = y * 4;
        int right = x * 4;
        Float8 s0 = Float8s.splat(0f);
        Float8 t0 = Float8s.splat(0f);
        Float8 s1 = Float8s.splat(0f);
        Float8 t1 = Float8s.splat(0f);
        Float8 s2 = Float8s.splat(0f);
        Float8 t2 = Float8s.splat(0f);
        Float8 s3 = Float8s.splat(0f);
        Float8 t3 = Float8s.splat(0f);
        Float8 s4 = Float8s.splat(0f);
        Float8 t4 = Float8s.splat(0f);
        Float8 s5 = Float8s.splat(0f);
        Float8 t5 = Float8s.splat(0f);
        Float8 s6 = Float8s.splat(0f);
        Float8 t6 = Float8s.splat(0f);
        Float8 s7 = Float8s.splat(0f);
        Float8 t7 = Float8s.splat(0f);
        int half = 0;
        // The first round only fetches; the last one fetches zeros.
        for (int round = 0; round < rounds + 1; round++) {
            int at0 =
                    WeightGradientTileKernels.place(input, image0, row0, xHeight, column0, xWidth, xStride, pixelsOfX);
            int at1 = WeightGradientTileKernels.place(
                    input, image1, row1, xHeight, column1, xWidth, xStride, pixelsOfX - 4);
            int at2 = WeightGradientTileKernels.place(
                    input, image2, row2, xHeight, column2, xWidth, xStride, pixelsOfX - 8);
            int at3 = WeightGradientTileKernels.place(
                    input, image3, row3, xHeight, column3, xWidth, xStride, pixelsOfX - 12);
            Float4 a0 = Quads.get(xs, at0);
            Float4 a1 = Quads.get(xs, at1);
            Float4 a2 = Quads.get(xs, at2);
            Float4 a3 = Quads.get(xs, at3);
            Float4 b0 = Quads.get(dys, WeightGradientTileKernels.orZero(gradient, pixelsOfDy));
            Float4 b1 = Quads.get(dys, WeightGradientTileKernels.orZero(gradient + 4 * dyStride, pixelsOfDy - 4));
            Float4 b2 = Quads.get(dys, WeightGradientTileKernels.orZero(gradient + 8 * dyStride, pixelsOfDy - 8));
            Float4 b3 = Quads.get(dys, WeightGradientTileKernels.orZero(gradient + 12 * dyStride, pixelsOfDy - 12));
            if (round > 0) {
                for (int i = 0; i < 16; i += 2) {
                    int ofRight = right + i * 128;
                    int ofLeft = left + i * 128;
                    Float8 v = new Float8(
                            tileB[ofRight],
                            tileB[ofRight + 1],
                            tileB[ofRight + 2],
                            tileB[ofRight + 3],
                            tileB[ofRight + 32],
                            tileB[ofRight + 33],
                            tileB[ofRight + 34],
                            tileB[ofRight + 35]);
                    Float8 w = new Float8(
                            tileB[ofRight + 64],
                            tileB[ofRight + 65],
                            tileB[ofRight + 66],
                            tileB[ofRight + 67],
                            tileB[ofRight + 96],
                            tileB[ofRight + 97],
                            tileB[ofRight + 98],
                            tileB[ofRight + 99]);
                    s0 = Float8s.plus(s0, v, tileA[ofLeft]);
                    t0 = Float8s.plus(t0, w, tileA[ofLeft]);
                    s1 = Float8s.plus(s1, v, tileA[ofLeft + 1]);
                    t1 = Float8s.plus(t1, w, tileA[ofLeft + 1]);
                    s2 = Float8s.plus(s2, v, tileA[ofLeft + 2]);
                    t2 = Float8s.plus(t2, w, tileA[ofLeft + 2]);
                    s3 = Float8s.plus(s3, v, tileA[ofLeft + 3]);
                    t3 = Float8s.plus(t3, w, tileA[ofLeft + 3]);
                    s4 = Float8s.plus(s4, v, tileA[ofLeft + 64]);
                    t4 = Float8s.plus(t4, w, tileA[ofLeft + 64]);
                    s5 = Float8s.plus(s5, v, tileA[ofLeft + 65]);
                    t5 = Float8s.plus(t5, w, tileA[ofLeft + 65]);
                    s6 = Float8s.plus(s6, v, tileA[ofLeft + 66]);
                    t6 = Float8s.plus(t6, w, tileA[ofLeft + 66]);
                    s7 = Float8s.plus(s7, v, tileA[ofLeft + 67]);
                    t7 = Float8s.plus(t7, w, tileA[ofLeft + 67]);
                    Float8 v1 = new Float8(
                            tileB[ofRight + 128],
                            tileB[ofRight + 129],
                            tileB[ofRight + 130],
                            tileB[ofRight + 131],
                            tileB[ofRight + 160],
                            tileB[ofRight + 161],
                            tileB[ofRight + 162],
                            tileB[ofRight + 163]);
                    Float8 w1 = new Float8(
                            tileB[ofRight + 192],
                            tileB[ofRight + 193],
                            tileB[ofRight + 194],
                            tileB[ofRight + 195],
                            tileB[ofRight + 224],
                            tileB[ofRight + 225],
                            tileB[ofRight + 226],
                            tileB[ofRight + 227]);
                    s0 = Float8s.plus(s0, v1, tileA[ofLeft + 128]);
                    t0 = Float8s.plus(t0, w1, tileA[ofLeft + 128]);
                    s1 = Float8s.plus(s1, v1, tileA[ofLeft + 129]);
                    t1 = Float8s.plus(t1, w1, tileA[ofLeft + 129]);
                    s2 = Float8s.plus(s2, v1, tileA[ofLeft + 130]);
                    t2 = Float8s.plus(t2, w1, tileA[ofLeft + 130]);
                    s3 = Float8s.plus(s3, v1, tileA[ofLeft + 131]);
                    t3 = Float8s.plus(t3, w1, tileA[ofLeft + 131]);
                    s4 = Float8s.plus(s4, v1, tileA[ofLeft + 192]);
                    t4 = Float8s.plus(t4, w1, tileA[ofLeft + 192]);
                    s5 = Float8s.plus(s5, v1, tileA[ofLeft + 193]);
                    t5 = Float8s.plus(t5, w1, tileA[ofLeft + 193]);
                    s6 = Float8s.plus(s6, v1, tileA[ofLeft + 194]);
                    t6 = Float8s.plus(t6, w1, tileA[ofLeft + 194]);
                    s7 = Float8s.plus(s7, v1, tileA[ofLeft + 195]);
                    t7 = Float8s.plus(t7, w1, tileA[ofLeft + 195]);
                }
            }
            half = 1 - half;
            int toLeft = half * Tiles.WIDE_HALF + toA;
            int toRight = half * Tiles.WIDE_HALF + item * 4;
            tileA[toLeft] = a0.getX();
            tileA[toLeft + 1] = a0.getY();
            tileA[toLeft + 2] = a0.getZ();
            tileA[toLeft + 3] = a0.getW();
            tileA[toLeft + 4 * Tiles.WIDE_COLUMNS] = a1.getX();
            tileA[toLeft + 4 * Tiles.WIDE_COLUMNS + 1] = a1.getY();
            tileA[toLeft + 4 * Tiles.WIDE_COLUMNS + 2] = a1.getZ();
            tileA[toLeft + 4 * Tiles.WIDE_COLUMNS + 3] = a1.getW();
            tileA[toLeft + 8 * Tiles.WIDE_COLUMNS] = a2.getX();
            tileA[toLeft + 8 * Tiles.WIDE_COLUMNS + 1] = a2.getY();
            tileA[toLeft + 8 * Tiles.WIDE_COLUMNS + 2] = a2.getZ();
            tileA[toLeft + 8 * Tiles.WIDE_COLUMNS + 3] = a2.getW();
            tileA[toLeft + 12 * Tiles.WIDE_COLUMNS] = a3.getX();
            tileA[toLeft + 12 * Tiles.WIDE_COLUMNS + 1] = a3.getY();
            tileA[toLeft + 12 * Tiles.WIDE_COLUMNS + 2] = a3.getZ();
            tileA[toLeft + 12 * Tiles.WIDE_COLUMNS + 3] = a3.getW();
            tileB[toRight] = b0.getX();
            tileB[toRight + 1] = b0.getY();
            tileB[toRight + 2] = b0.getZ();
            tileB[toRight + 3] = b0.getW();
            tileB[toRight + 512] = b1.getX();
            tileB[toRight + 513] = b1.getY();
            tileB[toRight + 514] = b1.getZ();
            tileB[toRight + 515] = b1.getW();
            tileB[toRight + 1024] = b2.getX();
            tileB[toRight + 1025] = b2.getY();
            tileB[toRight + 1026] = b2.getZ();
            tileB[toRight + 1027] = b2.getW();
            tileB[toRight + 1536] = b3.getX();
            tileB[toRight + 1537] = b3.getY();
            tileB[toRight + 1538] = b3.getZ();
            tileB[toRight + 1539] = b3.getW();
            context.localBarrier();
            left = half * Tiles.WIDE_HALF + y * 4;
            right = half * Tiles.WIDE_HALF + x * 4;
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
        int toOutput = context.groupIdx * 128 + x * 4;
        WeightGradientTileKernels.write(floats, partial, toPair, pairs, toOutput, outputs, s0);
        WeightGradientTileKernels.write(floats, partial, toPair, pairs, toOutput + 64, outputs, t0);
        WeightGradientTileKernels.write(floats, partial, toPair + 1, pairs, toOutput, outputs, s1);
        WeightGradientTileKernels.write(floats, partial, toPair + 1, pairs, toOutput + 64, outputs, t1);
        WeightGradientTileKernels.write(floats, partial, toPair + 2, pairs, toOutput, outputs, s2);
        WeightGradientTileKernels.write(floats, partial, toPair + 2, pairs, toOutput + 64, outputs, t2);
        WeightGradientTileKernels.write(floats, partial, toPair + 3, pairs, toOutput, outputs, s3);
        WeightGradientTileKernels.write(floats, partial, toPair + 3, pairs, toOutput + 64, outputs, t3);
        WeightGradientTileKernels.write(floats, partial, toPair + 64, pairs, toOutput, outputs, s4);
        WeightGradientTileKernels.write(floats, partial, toPair + 64, pairs, toOutput + 64, outputs, t4);
        WeightGradientTileKernels.write(floats, partial, toPair + 65, pairs, toOutput, outputs, s5);
        WeightGradientTileKernels.write(floats, partial, toPair + 65, pairs, toOutput + 64, outputs, t5);
        WeightGradientTileKernels.write(floats, partial, toPair + 66, pairs, toOutput, outputs, s6);
        WeightGradientTileKernels.write(floats, partial, toPair + 66, pairs, toOutput + 64, outputs, t6);
        WeightGradientTileKernels.write(floats, partial, toPair + 67, pairs, toOutput, outputs, s7);
        WeightGradientTileKernels.write(floats, partial, toPair + 67, pairs, toOutput + 64, outputs, t7);
    }
}
