package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.BIAS;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_DIVISOR;
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
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float4;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Dense convolutions on GPUs, forward and by the input, see {@link Tiles} and {@link ConvolutionWindow}: the matrix product of pixels at a tap and weights, summed over
 * taps and inputs.
 *
 * <p>Which pixel a work-item fetches from takes divisions; they are made once for each tap, and its channels follow one another. Where the result has
 * fewer tiles than the device has processors, the sum is cut into parts, and each part of a tile is a group of its own; {@link PartKernels} adds them up in
 * fixed order. Groups of channels are not for this kernel.
 */
public final class ConvolutionTileKernels {
    private ConvolutionTileKernels() {}

    public static final Kernel TILE = Kernel.plane(
                    "convolveTile",
                    "convolution, tiled in local memory: for GPUs",
                    ConvolutionTileKernels.class,
                    Tiles.ITEMS_X,
                    Tiles.ITEMS_Y,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ConvolutionTileKernels::convolveTile,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.GPUS)
            .images(0, 1, 2);

    /** Slot after those of {@link ConvolutionWindow}: how many rounds of {@link Tiles#DEPTH} a part takes of what is summed over. */
    public static final int STEPS = ConvolutionWindow.SLOTS;

    /** Slot: vectors from one part's result to the next one's. */
    public static final int PART_VECTORS = STEPS + 1;

    /** How many slots there are. */
    public static final int SLOTS = PART_VECTORS + 1;

    /**
     * A group computes 128 pixels x 64 outputs; groups count tiles of outputs in x, and in y tiles of pixels first and then parts. Four neighbours fetch 16
     * channels of a pixel, four each, and then of three others; those that a tap has no more channels for are with the next tap. Setting 0 is the slope of the
     * activation.
     */
    public static void convolveTile(
            KernelContext context,
            VectorFloat8 inputs,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 outputs,
            IntArray sizes,
            FloatArray settings) {
        float[] tileA = context.allocateFloatLocalArray(4224);
        float[] tileB = context.allocateFloatLocalArray(2048);
        FloatArray xs = inputs.getArray();
        FloatArray floats = memory.getArray();
        FloatArray others = residuals.getArray();
        FloatArray ys = outputs.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int tiles = Math.max(1, (sizes.get(POSITIONS) + 127) / 128);
        int firstPosition = context.groupIdy % tiles * 128;
        int part = context.groupIdy / tiles;
        int pixel0 = ConvolutionWindow.pixel(sizes, firstPosition + item / 4);
        int pixel1 = ConvolutionWindow.pixel(sizes, firstPosition + 32 + item / 4);
        int pixel2 = ConvolutionWindow.pixel(sizes, firstPosition + 64 + item / 4);
        int pixel3 = ConvolutionWindow.pixel(sizes, firstPosition + 96 + item / 4);
        int image0 = ConvolutionWindow.imageRow(sizes, pixel0);
        int image1 = ConvolutionWindow.imageRow(sizes, pixel1);
        int image2 = ConvolutionWindow.imageRow(sizes, pixel2);
        int image3 = ConvolutionWindow.imageRow(sizes, pixel3);
        int row0 = ConvolutionWindow.firstRow(sizes, pixel0);
        int row1 = ConvolutionWindow.firstRow(sizes, pixel1);
        int row2 = ConvolutionWindow.firstRow(sizes, pixel2);
        int row3 = ConvolutionWindow.firstRow(sizes, pixel3);
        int column0 = ConvolutionWindow.firstColumn(sizes, pixel0);
        int column1 = ConvolutionWindow.firstColumn(sizes, pixel1);
        int column2 = ConvolutionWindow.firstColumn(sizes, pixel2);
        int column3 = ConvolutionWindow.firstColumn(sizes, pixel3);
        int width = sizes.get(KERNEL_WIDTH);
        int rowStep = sizes.get(ROW_STEP);
        int columnStep = sizes.get(COLUMN_STEP);
        int taps = sizes.get(KERNEL_HEIGHT) * width;
        int panelRows = sizes.get(PANEL_ROWS);
        int rows = taps * panelRows;
        int rounds = (rows + 15) / 16;
        int firstRound = part * sizes.get(STEPS);
        int lastRound = Math.min(rounds, firstRound + sizes.get(STEPS));
        // Channels, pixels and weights are counted in quads of floats from here to the end of the loop.
        int quads = panelRows / 4;
        int tap = (firstRound * 4 + item % 4) / quads;
        int channel = (firstRound * 4 + item % 4) % quads;
        int tapsOfRound = 4 / quads;
        int channelsOfRound = 4 % quads;
        int panel = context.groupIdx * 4 + item % 16 / 4;
        int weights = sizes.get(WEIGHTS) * 2 + (panel * rows + item / 16) * 4 + item % 4;
        int weightStep = 64;
        if (panel >= sizes.get(PANELS)) {
            weights = item % 16;
            weightStep = 0;
        }
        int toA = item % 4 * 4 * Tiles.LEFT + item / 4;
        int left = y * 4;
        int right = x * 4;
        int down = tap / width * rowStep;
        int across = tap % width * columnStep;
        if (tap >= taps) {
            down = ConvolutionWindow.NOWHERE;
        }
        int source0 = ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 2;
        int source1 = ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 2;
        int source2 = ConvolutionWindow.source(sizes, image2, row2 + down, column2 + across) * 2;
        int source3 = ConvolutionWindow.source(sizes, image3, row3 + down, column3 + across) * 2;
        Float8 s0 = Float8s.splat(0f);
        Float8 s1 = Float8s.splat(0f);
        Float8 s2 = Float8s.splat(0f);
        Float8 s3 = Float8s.splat(0f);
        Float8 s4 = Float8s.splat(0f);
        Float8 s5 = Float8s.splat(0f);
        Float8 s6 = Float8s.splat(0f);
        Float8 s7 = Float8s.splat(0f);
        int half = 0;
        // The first round only fetches; what the last one fetches nobody uses.
        for (int round = firstRound; round < lastRound + 1; round++) {
            int known = Math.min(round, rounds - 1);
            int weight = weights + known * weightStep;
            int upper = weight + 32;
            if (known * 16 + 8 >= rows) {
                upper = item % 16;
            }
            Float4 a0 = Quads.get(xs, source0 + channel);
            Float4 a1 = Quads.get(xs, source1 + channel);
            Float4 a2 = Quads.get(xs, source2 + channel);
            Float4 a3 = Quads.get(xs, source3 + channel);
            Float4 b0 = Quads.get(floats, weight);
            Float4 b1 = Quads.get(floats, upper);
            if (round > firstRound) {
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
            tileA[toLeft + Tiles.LEFT] = a0.getY();
            tileA[toLeft + 2 * Tiles.LEFT] = a0.getZ();
            tileA[toLeft + 3 * Tiles.LEFT] = a0.getW();
            tileA[toLeft + 32] = a1.getX();
            tileA[toLeft + Tiles.LEFT + 32] = a1.getY();
            tileA[toLeft + 2 * Tiles.LEFT + 32] = a1.getZ();
            tileA[toLeft + 3 * Tiles.LEFT + 32] = a1.getW();
            tileA[toLeft + 64] = a2.getX();
            tileA[toLeft + Tiles.LEFT + 64] = a2.getY();
            tileA[toLeft + 2 * Tiles.LEFT + 64] = a2.getZ();
            tileA[toLeft + 3 * Tiles.LEFT + 64] = a2.getW();
            tileA[toLeft + 96] = a3.getX();
            tileA[toLeft + Tiles.LEFT + 96] = a3.getY();
            tileA[toLeft + 2 * Tiles.LEFT + 96] = a3.getZ();
            tileA[toLeft + 3 * Tiles.LEFT + 96] = a3.getW();
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
            int next = tap + tapsOfRound;
            channel = channel + channelsOfRound;
            if (channel >= quads) {
                channel = channel - quads;
                next = next + 1;
            }
            if (next > tap) {
                tap = next;
                down = tap / width * rowStep;
                across = tap % width * columnStep;
                if (tap >= taps) {
                    down = ConvolutionWindow.NOWHERE;
                }
                source0 = ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 2;
                source1 = ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 2;
                source2 = ConvolutionWindow.source(sizes, image2, row2 + down, column2 + across) * 2;
                source3 = ConvolutionWindow.source(sizes, image3, row3 + down, column3 + across) * 2;
            }
        }
        int positions = sizes.get(POSITIONS);
        int divisor = sizes.get(COLUMN_DIVISOR);
        int stride = sizes.get(Y_VECTORS) * 8;
        int channels = sizes.get(OUT_CHANNELS);
        int function = sizes.get(FUNCTION);
        float slope = settings.get(0);
        int result = sizes.get(Y) * 8 + part * sizes.get(PART_VECTORS) * 8;
        int residual = sizes.get(RESIDUAL) * 8;
        int output = context.groupIdx * 64 + item % 64;
        float bias = floats.get(PartKernels.biasAt(sizes.get(BIAS) * 8, output, channels));
        int toSums = y * 256 + x * 4;
        // Through local memory, half of the tile at a time: neighbours then write to neighbouring places.
        for (int first = 0; first < 128; first += 64) {
            if (first == 0) {
                tileA[toSums] = s0.getS0();
                tileA[toSums + 1] = s0.getS1();
                tileA[toSums + 2] = s0.getS2();
                tileA[toSums + 3] = s0.getS3();
                tileA[toSums + 32] = s0.getS4();
                tileA[toSums + 33] = s0.getS5();
                tileA[toSums + 34] = s0.getS6();
                tileA[toSums + 35] = s0.getS7();
                tileA[toSums + 64] = s1.getS0();
                tileA[toSums + 65] = s1.getS1();
                tileA[toSums + 66] = s1.getS2();
                tileA[toSums + 67] = s1.getS3();
                tileA[toSums + 96] = s1.getS4();
                tileA[toSums + 97] = s1.getS5();
                tileA[toSums + 98] = s1.getS6();
                tileA[toSums + 99] = s1.getS7();
                tileA[toSums + 128] = s2.getS0();
                tileA[toSums + 129] = s2.getS1();
                tileA[toSums + 130] = s2.getS2();
                tileA[toSums + 131] = s2.getS3();
                tileA[toSums + 160] = s2.getS4();
                tileA[toSums + 161] = s2.getS5();
                tileA[toSums + 162] = s2.getS6();
                tileA[toSums + 163] = s2.getS7();
                tileA[toSums + 192] = s3.getS0();
                tileA[toSums + 193] = s3.getS1();
                tileA[toSums + 194] = s3.getS2();
                tileA[toSums + 195] = s3.getS3();
                tileA[toSums + 224] = s3.getS4();
                tileA[toSums + 225] = s3.getS5();
                tileA[toSums + 226] = s3.getS6();
                tileA[toSums + 227] = s3.getS7();
            } else {
                tileA[toSums] = s4.getS0();
                tileA[toSums + 1] = s4.getS1();
                tileA[toSums + 2] = s4.getS2();
                tileA[toSums + 3] = s4.getS3();
                tileA[toSums + 32] = s4.getS4();
                tileA[toSums + 33] = s4.getS5();
                tileA[toSums + 34] = s4.getS6();
                tileA[toSums + 35] = s4.getS7();
                tileA[toSums + 64] = s5.getS0();
                tileA[toSums + 65] = s5.getS1();
                tileA[toSums + 66] = s5.getS2();
                tileA[toSums + 67] = s5.getS3();
                tileA[toSums + 96] = s5.getS4();
                tileA[toSums + 97] = s5.getS5();
                tileA[toSums + 98] = s5.getS6();
                tileA[toSums + 99] = s5.getS7();
                tileA[toSums + 128] = s6.getS0();
                tileA[toSums + 129] = s6.getS1();
                tileA[toSums + 130] = s6.getS2();
                tileA[toSums + 131] = s6.getS3();
                tileA[toSums + 160] = s6.getS4();
                tileA[toSums + 161] = s6.getS5();
                tileA[toSums + 162] = s6.getS6();
                tileA[toSums + 163] = s6.getS7();
                tileA[toSums + 192] = s7.getS0();
                tileA[toSums + 193] = s7.getS1();
                tileA[toSums + 194] = s7.getS2();
                tileA[toSums + 195] = s7.getS3();
                tileA[toSums + 224] = s7.getS4();
                tileA[toSums + 225] = s7.getS5();
                tileA[toSums + 226] = s7.getS6();
                tileA[toSums + 227] = s7.getS7();
            }
            context.localBarrier();
            for (int row = item / 64; row < 64; row += 2) {
                int position = firstPosition + first + row;
                int pixel = position;
                if (divisor > 1) {
                    pixel = ConvolutionWindow.pixel(sizes, position);
                }
                if (position < positions && pixel >= 0 && output < stride) {
                    int at = pixel * stride + output;
                    float value = tileA[row * 64 + item % 64] + bias;
                    if (residual >= 0) {
                        value = value + others.get(residual + at);
                    }
                    if (output < channels) {
                        value = PartKernels.activate(value, function, slope);
                    } else {
                        value = 0f;
                    }
                    ys.set(result + at, value);
                }
            }
            context.localBarrier();
        }
    }
}
