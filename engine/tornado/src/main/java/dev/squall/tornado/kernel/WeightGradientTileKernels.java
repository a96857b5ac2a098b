package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_DILATION;
import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_PADDING;
import static dev.squall.tornado.kernel.WeightGradientKernels.COLUMN_STRIDE;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_HEIGHT;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_VECTORS;
import static dev.squall.tornado.kernel.WeightGradientKernels.DY_WIDTH;
import static dev.squall.tornado.kernel.WeightGradientKernels.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.WeightGradientKernels.LINES;
import static dev.squall.tornado.kernel.WeightGradientKernels.LINES_OF_RANGE;
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
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * The derivative of a dense convolution by its weights on GPUs, see {@link Tiles} and {@link WeightGradientKernels}, whose sizes these are: the
 * product of the pixels that the taps find, transposed, and the gradient, summed over a range of rows.
 *
 * <p>The rows of the left side are pairs of a tap and an input, in the order of the packed weights; a work-item fetches for one of them all the time, so
 * that which tap it looks through is found once. It goes along the rows of the gradient eight pixels at a time, and counts instead of dividing.
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
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.GPUS);

    /**
     * A group computes 128 pairs of tap and input x 64 outputs; groups count tiles of outputs in x, and in y tiles of pairs first and then ranges. Pixels that a
     * tap does not find are zeros.
     */
    public static void weightGradientTile(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        float[] tileA = context.allocateFloatLocalArray(2112);
        float[] tileB = context.allocateFloatLocalArray(1024);
        FloatArray floats = memory.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int panelRows = sizes.get(PANEL_ROWS);
        int pairs = sizes.get(TAPS) * panelRows;
        int tiles = (pairs + 127) / 128;
        int firstPair = context.groupIdy % tiles * 128;
        int range = context.groupIdy / tiles;
        int pair = firstPair + item;
        int tap = pair / panelRows;
        int kernelWidth = sizes.get(KERNEL_WIDTH);
        int rowShift = tap / kernelWidth * sizes.get(ROW_DILATION) - sizes.get(ROW_PADDING);
        int columnShift = tap % kernelWidth * sizes.get(COLUMN_DILATION) - sizes.get(COLUMN_PADDING);
        int height = sizes.get(DY_HEIGHT);
        int width = sizes.get(DY_WIDTH);
        int xHeight = sizes.get(X_HEIGHT);
        int xWidth = sizes.get(X_WIDTH);
        int lastRow = xHeight;
        if (pair >= pairs) {
            lastRow = 0;
        }
        int xStride = sizes.get(X_VECTORS) * 8;
        int dyStride = sizes.get(DY_VECTORS) * 8;
        int rowStride = sizes.get(ROW_STRIDE);
        int stride = sizes.get(COLUMN_STRIDE);
        int input = sizes.get(X) * 8 + pair % panelRows;
        int output = context.groupIdx * 64 + item % 64;
        int gradient = sizes.get(DY) * 8 + output;
        int reachOfDy = width;
        if (output >= dyStride) {
            reachOfDy = 0;
        }
        int line = range * sizes.get(LINES_OF_RANGE);
        int lastLine = Math.min(sizes.get(LINES), line + sizes.get(LINES_OF_RANGE));
        int rounds = (lastLine - line) * ((width + 7) / 8);
        int rowOfDy = line % height;
        int firstRow = line / height * xHeight;
        int j = 0;
        int step = 0;
        int toA = item;
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
            int row = rowOfDy * rowStride + rowShift;
            int reach = width;
            if (row < 0 || row >= lastRow) {
                reach = 0;
            }
            if (round == rounds) {
                reach = 0;
                reachOfDy = 0;
            }
            int lineOfX = input + (firstRow + row) * xWidth * xStride;
            int across = j * stride + columnShift;
            int pixel = j + item / 64;
            int lineOfDy = gradient + line * width * dyStride;
            float a0 = floats.get(place(lineOfX, across, xWidth, xStride, j, reach));
            float a1 = floats.get(place(lineOfX, across + stride, xWidth, xStride, j + 1, reach));
            float a2 = floats.get(place(lineOfX, across + 2 * stride, xWidth, xStride, j + 2, reach));
            float a3 = floats.get(place(lineOfX, across + 3 * stride, xWidth, xStride, j + 3, reach));
            float a4 = floats.get(place(lineOfX, across + 4 * stride, xWidth, xStride, j + 4, reach));
            float a5 = floats.get(place(lineOfX, across + 5 * stride, xWidth, xStride, j + 5, reach));
            float a6 = floats.get(place(lineOfX, across + 6 * stride, xWidth, xStride, j + 6, reach));
            float a7 = floats.get(place(lineOfX, across + 7 * stride, xWidth, xStride, j + 7, reach));
            float b0 = floats.get(place(lineOfDy, pixel, width, dyStride, pixel, reachOfDy));
            float b1 = floats.get(place(lineOfDy, pixel + 2, width, dyStride, pixel + 2, reachOfDy));
            float b2 = floats.get(place(lineOfDy, pixel + 4, width, dyStride, pixel + 4, reachOfDy));
            float b3 = floats.get(place(lineOfDy, pixel + 6, width, dyStride, pixel + 6, reachOfDy));
            if (round > step) {
                for (int i = 0; i < 8; i++) {
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
                    s0 = Float8.add(s0, Float8.mult(v, Float8s.splat(tileA[ofLeft])));
                    s1 = Float8.add(s1, Float8.mult(v, Float8s.splat(tileA[ofLeft + 1])));
                    s2 = Float8.add(s2, Float8.mult(v, Float8s.splat(tileA[ofLeft + 2])));
                    s3 = Float8.add(s3, Float8.mult(v, Float8s.splat(tileA[ofLeft + 3])));
                    s4 = Float8.add(s4, Float8.mult(v, Float8s.splat(tileA[ofLeft + 64])));
                    s5 = Float8.add(s5, Float8.mult(v, Float8s.splat(tileA[ofLeft + 65])));
                    s6 = Float8.add(s6, Float8.mult(v, Float8s.splat(tileA[ofLeft + 66])));
                    s7 = Float8.add(s7, Float8.mult(v, Float8s.splat(tileA[ofLeft + 67])));
                }
            }
            half = 1 - half;
            int toLeft = half * Tiles.LEFT_HALF + toA;
            int toRight = half * Tiles.RIGHT_HALF + item;
            tileA[toLeft] = a0;
            tileA[toLeft + Tiles.LEFT] = a1;
            tileA[toLeft + 2 * Tiles.LEFT] = a2;
            tileA[toLeft + 3 * Tiles.LEFT] = a3;
            tileA[toLeft + 4 * Tiles.LEFT] = a4;
            tileA[toLeft + 5 * Tiles.LEFT] = a5;
            tileA[toLeft + 6 * Tiles.LEFT] = a6;
            tileA[toLeft + 7 * Tiles.LEFT] = a7;
            tileB[toRight] = b0;
            tileB[toRight + 128] = b1;
            tileB[toRight + 256] = b2;
            tileB[toRight + 384] = b3;
            context.localBarrier();
            j = j + 8;
            if (j >= width) {
                j = 0;
                line++;
                rowOfDy++;
            }
            if (rowOfDy == height) {
                rowOfDy = 0;
                firstRow = firstRow + xHeight;
            }
            left = half * Tiles.LEFT_HALF + y * 4;
            right = half * Tiles.RIGHT_HALF + x * 4;
        }
        int partial = (sizes.get(PARTIAL) + range * sizes.get(PARTIAL_VECTORS)) * 8;
        int outputs = (sizes.get(DY_VECTORS) + 1) / 2 * 16;
        int toPair = firstPair + y * 4;
        int toOutput = context.groupIdx * 64 + x * 4;
        write(floats, partial, toPair, pairs, toOutput, outputs, s0.getS0(), s0.getS1(), s0.getS2(), s0.getS3());
        write(floats, partial, toPair, pairs, toOutput + 32, outputs, s0.getS4(), s0.getS5(), s0.getS6(), s0.getS7());
        write(floats, partial, toPair + 1, pairs, toOutput, outputs, s1.getS0(), s1.getS1(), s1.getS2(), s1.getS3());
        write(
                floats,
                partial,
                toPair + 1,
                pairs,
                toOutput + 32,
                outputs,
                s1.getS4(),
                s1.getS5(),
                s1.getS6(),
                s1.getS7());
        write(floats, partial, toPair + 2, pairs, toOutput, outputs, s2.getS0(), s2.getS1(), s2.getS2(), s2.getS3());
        write(
                floats,
                partial,
                toPair + 2,
                pairs,
                toOutput + 32,
                outputs,
                s2.getS4(),
                s2.getS5(),
                s2.getS6(),
                s2.getS7());
        write(floats, partial, toPair + 3, pairs, toOutput, outputs, s3.getS0(), s3.getS1(), s3.getS2(), s3.getS3());
        write(
                floats,
                partial,
                toPair + 3,
                pairs,
                toOutput + 32,
                outputs,
                s3.getS4(),
                s3.getS5(),
                s3.getS6(),
                s3.getS7());
        write(floats, partial, toPair + 64, pairs, toOutput, outputs, s4.getS0(), s4.getS1(), s4.getS2(), s4.getS3());
        write(
                floats,
                partial,
                toPair + 64,
                pairs,
                toOutput + 32,
                outputs,
                s4.getS4(),
                s4.getS5(),
                s4.getS6(),
                s4.getS7());
        write(floats, partial, toPair + 65, pairs, toOutput, outputs, s5.getS0(), s5.getS1(), s5.getS2(), s5.getS3());
        write(
                floats,
                partial,
                toPair + 65,
                pairs,
                toOutput + 32,
                outputs,
                s5.getS4(),
                s5.getS5(),
                s5.getS6(),
                s5.getS7());
        write(floats, partial, toPair + 66, pairs, toOutput, outputs, s6.getS0(), s6.getS1(), s6.getS2(), s6.getS3());
        write(
                floats,
                partial,
                toPair + 66,
                pairs,
                toOutput + 32,
                outputs,
                s6.getS4(),
                s6.getS5(),
                s6.getS6(),
                s6.getS7());
        write(floats, partial, toPair + 67, pairs, toOutput, outputs, s7.getS0(), s7.getS1(), s7.getS2(), s7.getS3());
        write(
                floats,
                partial,
                toPair + 67,
                pairs,
                toOutput + 32,
                outputs,
                s7.getS4(),
                s7.getS5(),
                s7.getS6(),
                s7.getS7());
    }

    /** Where the pixel at a column of a line lies; the arena's first float, a zero for ever, if there is none or {@code j} is beyond the reach. */
    private static int place(int line, int column, int width, int stride, int j, int reach) {
        int result = line + column * stride;
        if (column < 0 || column >= width) {
            result = 0;
        }
        if (j >= reach) {
            result = 0;
        }
        return result;
    }

    /** Writes four outputs of a pair into their panel of 16. */
    private static void write(
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
