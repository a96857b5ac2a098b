package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.BIAS;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.FUNCTION;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_CHANNELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANEL_ROWS;
import static dev.squall.tornado.kernel.ConvolutionWindow.POSITIONS;
import static dev.squall.tornado.kernel.ConvolutionWindow.RESIDUAL;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.WEIGHTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.Y;
import static dev.squall.tornado.kernel.ConvolutionWindow.Y_VECTORS;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Dense convolutions and their derivatives by the input on GPUs with tensor cores, see {@link TensorCores}: those of {@link ConvolutionTileKernels}, where positions are pixels in their order, whatever the divisor. The
 * sums are written to whole pieces of 16 pixels of scratch memory, since TornadoVM lets tensor cores write floats only and images are halves; if there are no parts, the work-item that has written a sum reads it again, from a cache, and does what
 * comes after the convolution.
 */
public final class ConvolutionCoreKernels {
    private ConvolutionCoreKernels() {}

    public static final Kernel CONVOLVE = Kernel.plane(
                    "convolveCores",
                    "convolution and input gradient of halves: for GPUs with tensor cores",
                    ConvolutionCoreKernels.class,
                    TensorCores.ITEMS,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ConvolutionCoreKernels::convolveCores,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.TENSOR_CORES)
            .images(0, 1, 2);

    /** Slot: 1 if the sums are whole, so that the output is made of them, else 0. */
    public static final int FINISHED = ConvolutionTileKernels.SLOTS;

    /** Slot: the first vector of the sums in the main arena. */
    public static final int SUMS = FINISHED + 1;

    /** How many slots there are. */
    public static final int SLOTS = SUMS + 1;

    /**
     * A group computes 128 pixels x 128 outputs; groups count tiles of outputs in x, and in y tiles of pixels first and then parts. Four neighbours fetch 16
     * channels of a pixel, four each, and then of another one; those that a tap has no more channels for are with the next tap. The sizes are those of
     * {@link ConvolutionTileKernels#convolveTile}, and {@link #FINISHED}.
     */
    public static void convolveCores(
            KernelContext context,
            VectorFloat8 inputs,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 outputs,
            IntArray sizes,
            FloatArray settings) {
        int[] tileA = context.allocateIntLocalArray(2048);
        int[] tileB = context.allocateIntLocalArray(2048);
        FloatArray xs = inputs.getArray();
        FloatArray floats = memory.getArray();
        int item = context.localIdx;
        int positions = sizes.get(POSITIONS);
        int tiles = Math.max(1, (positions + 127) / 128);
        int firstPosition = context.groupIdy % tiles * 128;
        int part = context.groupIdy / tiles;
        int pixel0 = pixel(firstPosition + item / 4, positions);
        int pixel1 = pixel(firstPosition + 64 + item / 4, positions);
        int image0 = ConvolutionWindow.imageRow(sizes, pixel0);
        int image1 = ConvolutionWindow.imageRow(sizes, pixel1);
        int row0 = ConvolutionWindow.firstRow(sizes, pixel0);
        int row1 = ConvolutionWindow.firstRow(sizes, pixel1);
        int column0 = ConvolutionWindow.firstColumn(sizes, pixel0);
        int column1 = ConvolutionWindow.firstColumn(sizes, pixel1);
        int width = sizes.get(KERNEL_WIDTH);
        int rowStep = sizes.get(ROW_STEP);
        int columnStep = sizes.get(COLUMN_STEP);
        int taps = sizes.get(KERNEL_HEIGHT) * width;
        int panelRows = sizes.get(PANEL_ROWS);
        int rows = taps * panelRows;
        int rounds = (rows + 15) / 16;
        int firstRound = part * sizes.get(ConvolutionTileKernels.STEPS);
        int lastRound = Math.min(rounds, firstRound + sizes.get(ConvolutionTileKernels.STEPS));
        int quad = item % 4 * 4;
        int tap = (firstRound * 16 + quad) / panelRows;
        int channel = (firstRound * 16 + quad) % panelRows;
        int tapsOfRound = 16 / panelRows;
        int channelsOfRound = 16 % panelRows;
        int panel = context.groupIdx * 8 + item / 128 * 4;
        int panels = sizes.get(PANELS);
        int weightRow = item % 128 / 8;
        int pair = item % 8 * 2;
        int weight = sizes.get(WEIGHTS) * 8 + (firstRound * 16 + weightRow) * 16 + pair;
        int panel0 = weight + panel * rows * 16;
        int toA = item / 4 * 8 + item % 4 * 2;
        int toB = item % 128 / 8 * 4 + item % 4 + item % 8 / 4 * 64 + item / 128 * 512;
        int warp = item / 32;
        int warpLeft = warp % 4 * 2 * TensorCores.LEFT_PIECE;
        int warpRight = warp / 4 * TensorCores.RIGHT_COLUMNS;
        int left = warpLeft;
        int right = warpRight;
        int down = tap / width * rowStep;
        int across = tap % width * columnStep;
        if (tap >= taps) {
            down = ConvolutionWindow.NOWHERE;
        }
        int source0 = ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 8;
        int source1 = ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 8;
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
        // The first round multiplies zeros, since TornadoVM loses fragments where branches meet; what the last one
        // fetches nobody uses.
        for (int round = firstRound; round < lastRound + 1; round++) {
            int rowsLeft = rows - round * 16 - weightRow;
            int at0 = source0 + channel;
            int at1 = source1 + channel;
            int a0 = TensorCores.pair(xs, at0, at0 + 1);
            int a1 = TensorCores.pair(xs, at0 + 2, at0 + 3);
            int a2 = TensorCores.pair(xs, at1, at1 + 1);
            int a3 = TensorCores.pair(xs, at1 + 2, at1 + 3);
            int w0 = weightAt(panel0, panel, panels, rowsLeft);
            int b0 = TensorCores.pair(floats, w0, w0 + 1);
            int w1 = weightAt(panel0 + rows * 16, panel + 1, panels, rowsLeft);
            int b1 = TensorCores.pair(floats, w1, w1 + 1);
            int w2 = weightAt(panel0 + 2 * rows * 16, panel + 2, panels, rowsLeft);
            int b2 = TensorCores.pair(floats, w2, w2 + 1);
            int w3 = weightAt(panel0 + 3 * rows * 16, panel + 3, panels, rowsLeft);
            int b3 = TensorCores.pair(floats, w3, w3 + 1);
            panel0 = panel0 + 256;
            int next = tap + tapsOfRound;
            channel = channel + channelsOfRound;
            if (channel >= panelRows) {
                channel = channel - panelRows;
                next = next + 1;
            }
            if (next > tap) {
                tap = next;
                down = tap / width * rowStep;
                across = tap % width * columnStep;
                if (tap >= taps) {
                    down = ConvolutionWindow.NOWHERE;
                }
                source0 = ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 8;
                source1 = ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 8;
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
            tileA[toLeft + 1] = a1;
            tileA[toLeft + 512] = a2;
            tileA[toLeft + 513] = a3;
            tileB[toRight] = b0;
            tileB[toRight + 128] = b1;
            tileB[toRight + 256] = b2;
            tileB[toRight + 384] = b3;
            context.localBarrier();
            left = half * 4 * TensorCores.LEFT_HALF + warpLeft;
            right = half * 4 * TensorCores.RIGHT_HALF + warpRight;
        }
        int stride = sizes.get(Y_VECTORS) * 8;
        int toColumn = context.groupIdx * 128 + warp / 4 * TensorCores.WARP_COLUMNS;
        int y = sizes.get(SUMS) * 8 + part * sizes.get(ConvolutionTileKernels.PART_VECTORS) * 8 + toColumn;
        int toRow = firstPosition + warp % 4 * TensorCores.WARP_ROWS;
        if (toRow < positions) {
            if (toColumn < stride) {
                context.mmaStore(s00, floats, toRow, y, stride);
            }
            if (toColumn + 8 < stride) {
                context.mmaStore(s01, floats, toRow, y + 8, stride);
            }
            if (toColumn + 16 < stride) {
                context.mmaStore(s02, floats, toRow, y + 16, stride);
            }
            if (toColumn + 24 < stride) {
                context.mmaStore(s03, floats, toRow, y + 24, stride);
            }
            if (toColumn + 32 < stride) {
                context.mmaStore(s04, floats, toRow, y + 32, stride);
            }
            if (toColumn + 40 < stride) {
                context.mmaStore(s05, floats, toRow, y + 40, stride);
            }
            if (toColumn + 48 < stride) {
                context.mmaStore(s06, floats, toRow, y + 48, stride);
            }
            if (toColumn + 56 < stride) {
                context.mmaStore(s07, floats, toRow, y + 56, stride);
            }
        }
        if (toRow + 16 < positions) {
            if (toColumn < stride) {
                context.mmaStore(s10, floats, toRow + 16, y, stride);
            }
            if (toColumn + 8 < stride) {
                context.mmaStore(s11, floats, toRow + 16, y + 8, stride);
            }
            if (toColumn + 16 < stride) {
                context.mmaStore(s12, floats, toRow + 16, y + 16, stride);
            }
            if (toColumn + 24 < stride) {
                context.mmaStore(s13, floats, toRow + 16, y + 24, stride);
            }
            if (toColumn + 32 < stride) {
                context.mmaStore(s14, floats, toRow + 16, y + 32, stride);
            }
            if (toColumn + 40 < stride) {
                context.mmaStore(s15, floats, toRow + 16, y + 40, stride);
            }
            if (toColumn + 48 < stride) {
                context.mmaStore(s16, floats, toRow + 16, y + 48, stride);
            }
            if (toColumn + 56 < stride) {
                context.mmaStore(s17, floats, toRow + 16, y + 56, stride);
            }
        }
        if (sizes.get(FINISHED) == 1) {
            // A work-item goes on with the sums that it has written itself; the barrier keeps the compiler from reading
            // them earlier.
            context.localBarrier();
            FloatArray added = residuals.getArray();
            FloatArray ys = outputs.getArray();
            for (int k = 0; k < 32; k++) {
                int row = toRow + item % 32 / 4 + k / 8 * 8;
                int output = toColumn + k % 8 * 8 + item % 4 * 2;
                if (row < positions) {
                    if (output < stride) {
                        finish(floats, added, ys, sizes, settings, row * stride + output, output);
                        finish(floats, added, ys, sizes, settings, row * stride + output + 1, output + 1);
                    }
                }
            }
        }
    }

    /** The pixel at a position, or -1 for none. */
    private static int pixel(int position, int positions) {
        int result = position;
        if (position >= positions) {
            result = -1;
        }
        return result;
    }

    /** What comes after the sum for float {@code i} of the result. */
    private static void finish(
            FloatArray floats,
            FloatArray residuals,
            FloatArray ys,
            IntArray sizes,
            FloatArray settings,
            int i,
            int channel) {
        int channels = sizes.get(OUT_CHANNELS);
        int residual = sizes.get(RESIDUAL) * 8 + i;
        if (sizes.get(RESIDUAL) < 0) {
            residual = 0;
        }
        float sum = floats.get(sizes.get(SUMS) * 8 + i)
                + floats.get(PartKernels.biasAt(sizes.get(BIAS) * 8, channel, channels))
                + residuals.get(residual);
        float value = PartKernels.activate(sum, sizes.get(FUNCTION), settings.get(0));
        if (channel >= channels) {
            value = 0f;
        }
        ys.set(sizes.get(Y) * 8 + i, value);
    }

    /** Where a weight lies; in the arena's first floats, zeros for ever, if there is no such panel or no such row. */
    private static int weightAt(int at, int panel, int panels, int rowsLeft) {
        int result = at;
        if (panel >= panels) {
            result = 0;
        }
        if (rowsLeft <= 0) {
            result = 0;
        }
        return result;
    }
}
