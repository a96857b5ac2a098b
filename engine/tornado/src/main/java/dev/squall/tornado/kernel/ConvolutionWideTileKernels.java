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
 * {@link ConvolutionTileKernels} with tiles of 128 x 128, see {@link Tiles}: the same sizes and settings, and the same sums. For each 2,048 multiply-adds it takes 2,320 to 2,430
 * instructions, by backend, where the narrow tiles take 2,480 to 2,640.
 */
public final class ConvolutionWideTileKernels {
    private ConvolutionWideTileKernels() {}

    public static final Kernel TILE = Kernel.plane(
                    "convolveWideTile",
                    "convolution, in wide tiles in local memory: for GPUs",
                    ConvolutionWideTileKernels.class,
                    Tiles.ITEMS_X,
                    Tiles.ITEMS_Y,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ConvolutionWideTileKernels::convolveWideTile,
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

    /** A group computes 128 pixels x 128 outputs; a work-item fetches four quads of weights, the rest is as in {@link ConvolutionTileKernels#convolveTile}. */
    public static void convolveWideTile(
            KernelContext context,
            VectorFloat8 inputs,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 outputs,
            IntArray sizes,
            FloatArray settings) {
        float[] tileA = context.allocateFloatLocalArray(4096);
        float[] tileB = context.allocateFloatLocalArray(4096);
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
        int firstRound = part * sizes.get(ConvolutionTileKernels.STEPS);
        int lastRound = Math.min(rounds, firstRound + sizes.get(ConvolutionTileKernels.STEPS));
        // Channels, pixels and weights are counted in quads of floats from here to the end of the loop.
        int quads = panelRows / 4;
        int tap = (firstRound * 4 + item % 4) / quads;
        int channel = (firstRound * 4 + item % 4) % quads;
        int tapsOfRound = 4 / quads;
        int channelsOfRound = 4 % quads;
        int panel = context.groupIdx * 8 + item % 32 / 4;
        int weights = sizes.get(WEIGHTS) * 2 + (panel * rows + item / 32) * 4 + item % 4;
        int weightStep = 64;
        if (panel >= sizes.get(PANELS)) {
            weights = item % 32;
            weightStep = 0;
        }
        int toA = item % 4 * 4 * Tiles.WIDE_COLUMNS + item / 4;
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
        // The first round only fetches; what the last one fetches nobody uses.
        for (int round = firstRound; round < lastRound + 1; round++) {
            int known = Math.min(round, rounds - 1);
            int weight = weights + known * weightStep;
            int upper = weight + 32;
            if (known * 16 + 8 >= rows) {
                upper = item % 32;
            }
            Float4 a0 = Quads.get(xs, source0 + channel);
            Float4 a1 = Quads.get(xs, source1 + channel);
            Float4 a2 = Quads.get(xs, source2 + channel);
            Float4 a3 = Quads.get(xs, source3 + channel);
            Float4 b0 = Quads.get(floats, weight);
            Float4 b1 = Quads.get(floats, weight + 16);
            Float4 b2 = Quads.get(floats, upper);
            Float4 b3 = Quads.get(floats, upper + 16);
            if (round > firstRound) {
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
            tileA[toLeft + Tiles.WIDE_COLUMNS] = a0.getY();
            tileA[toLeft + 2 * Tiles.WIDE_COLUMNS] = a0.getZ();
            tileA[toLeft + 3 * Tiles.WIDE_COLUMNS] = a0.getW();
            tileA[toLeft + 32] = a1.getX();
            tileA[toLeft + Tiles.WIDE_COLUMNS + 32] = a1.getY();
            tileA[toLeft + 2 * Tiles.WIDE_COLUMNS + 32] = a1.getZ();
            tileA[toLeft + 3 * Tiles.WIDE_COLUMNS + 32] = a1.getW();
            tileA[toLeft + 64] = a2.getX();
            tileA[toLeft + Tiles.WIDE_COLUMNS + 64] = a2.getY();
            tileA[toLeft + 2 * Tiles.WIDE_COLUMNS + 64] = a2.getZ();
            tileA[toLeft + 3 * Tiles.WIDE_COLUMNS + 64] = a2.getW();
            tileA[toLeft + 96] = a3.getX();
            tileA[toLeft + Tiles.WIDE_COLUMNS + 96] = a3.getY();
            tileA[toLeft + 2 * Tiles.WIDE_COLUMNS + 96] = a3.getZ();
            tileA[toLeft + 3 * Tiles.WIDE_COLUMNS + 96] = a3.getW();
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
        int result = sizes.get(Y) * 8 + part * sizes.get(ConvolutionTileKernels.PART_VECTORS) * 8;
        int residual = sizes.get(RESIDUAL) * 8;
        int output = context.groupIdx * 128 + item;
        float bias = floats.get(PartKernels.biasAt(sizes.get(BIAS) * 8, output, channels));
        int toSums = y * 256 + x * 4;
        // Through local memory, a quarter of the tile at a time: neighbours then write to neighbouring places.
        for (int quarter = 0; quarter < 4; quarter++) {
            if (quarter == 0) {
                tileA[toSums] = s0.getS0();
                tileA[toSums + 1] = s0.getS1();
                tileA[toSums + 2] = s0.getS2();
                tileA[toSums + 3] = s0.getS3();
                tileA[toSums + 32] = s0.getS4();
                tileA[toSums + 33] = s0.getS5();
                tileA[toSums + 34] = s0.getS6();
                tileA[toSums + 35] = s0.getS7();
                tileA[toSums + 64] = t0.getS0();
                tileA[toSums + 65] = t0.getS1();
                tileA[toSums + 66] = t0.getS2();
                tileA[toSums + 67] = t0.getS3();
                tileA[toSums + 96] = t0.getS4();
                tileA[toSums + 97] = t0.getS5();
                tileA[toSums + 98] = t0.getS6();
                tileA[toSums + 99] = t0.getS7();
                tileA[toSums + 128] = s1.getS0();
                tileA[toSums + 129] = s1.getS1();
                tileA[toSums + 130] = s1.getS2();
                tileA[toSums + 131] = s1.getS3();
                tileA[toSums + 160] = s1.getS4();
                tileA[toSums + 161] = s1.getS5();
                tileA[toSums + 162] = s1.getS6();
                tileA[toSums + 163] = s1.getS7();
                tileA[toSums + 192] = t1.getS0();
                tileA[toSums + 193] = t1.getS1();
                tileA[toSums + 194] = t1.getS2();
                tileA[toSums + 195] = t1.getS3();
                tileA[toSums + 224] = t1.getS4();
                tileA[toSums + 225] = t1.getS5();
                tileA[toSums + 226] = t1.getS6();
                tileA[toSums + 227] = t1.getS7();
            } else if (quarter == 1) {
                tileA[toSums] = s2.getS0();
                tileA[toSums + 1] = s2.getS1();
                tileA[toSums + 2] = s2.getS2();
                tileA[toSums + 3] = s2.getS3();
                tileA[toSums + 32] = s2.getS4();
                tileA[toSums + 33] = s2.getS5();
                tileA[toSums + 34] = s2.getS6();
                tileA[toSums + 35] = s2.getS7();
                tileA[toSums + 64] = t2.getS0();
                tileA[toSums + 65] = t2.getS1();
                tileA[toSums + 66] = t2.getS2();
                tileA[toSums + 67] = t2.getS3();
                tileA[toSums + 96] = t2.getS4();
                tileA[toSums + 97] = t2.getS5();
                tileA[toSums + 98] = t2.getS6();
                tileA[toSums + 99] = t2.getS7();
                tileA[toSums + 128] = s3.getS0();
                tileA[toSums + 129] = s3.getS1();
                tileA[toSums + 130] = s3.getS2();
                tileA[toSums + 131] = s3.getS3();
                tileA[toSums + 160] = s3.getS4();
                tileA[toSums + 161] = s3.getS5();
                tileA[toSums + 162] = s3.getS6();
                tileA[toSums + 163] = s3.getS7();
                tileA[toSums + 192] = t3.getS0();
                tileA[toSums + 193] = t3.getS1();
                tileA[toSums + 194] = t3.getS2();
                tileA[toSums + 195] = t3.getS3();
                tileA[toSums + 224] = t3.getS4();
                tileA[toSums + 225] = t3.getS5();
                tileA[toSums + 226] = t3.getS6();
                tileA[toSums + 227] = t3.getS7();
            } else if (quarter == 2) {
                tileA[toSums] = s4.getS0();
                tileA[toSums + 1] = s4.getS1();
                tileA[toSums + 2] = s4.getS2();
                tileA[toSums + 3] = s4.getS3();
                tileA[toSums + 32] = s4.getS4();
                tileA[toSums + 33] = s4.getS5();
                tileA[toSums + 34] = s4.getS6();
                tileA[toSums + 35] = s4.getS7();
                tileA[toSums + 64] = t4.getS0();
                tileA[toSums + 65] = t4.getS1();
                tileA[toSums + 66] = t4.getS2();
                tileA[toSums + 67] = t4.getS3();
                tileA[toSums + 96] = t4.getS4();
                tileA[toSums + 97] = t4.getS5();
                tileA[toSums + 98] = t4.getS6();
                tileA[toSums + 99] = t4.getS7();
                tileA[toSums + 128] = s5.getS0();
                tileA[toSums + 129] = s5.getS1();
                tileA[toSums + 130] = s5.getS2();
                tileA[toSums + 131] = s5.getS3();
                tileA[toSums + 160] = s5.getS4();
                tileA[toSums + 161] = s5.getS5();
                tileA[toSums + 162] = s5.getS6();
                tileA[toSums + 163] = s5.getS7();
                tileA[toSums + 192] = t5.getS0();
                tileA[toSums + 193] = t5.getS1();
                tileA[toSums + 194] = t5.getS2();
                tileA[toSums + 195] = t5.getS3();
                tileA[toSums + 224] = t5.getS4();
                tileA[toSums + 225] = t5.getS5();
                tileA[toSums + 226] = t5.getS6();
                tileA[toSums + 227] = t5.getS7();
            } else {
                tileA[toSums] = s6.getS0();
                tileA[toSums + 1] = s6.getS1();
                tileA[toSums + 2] = s6.getS2();
                tileA[toSums + 3] = s6.getS3();
                tileA[toSums + 32] = s6.getS4();
                tileA[toSums + 33] = s6.getS5();
                tileA[toSums + 34] = s6.getS6();
                tileA[toSums + 35] = s6.getS7();
                tileA[toSums + 64] = t6.getS0();
                tileA[toSums + 65] = t6.getS1();
                tileA[toSums + 66] = t6.getS2();
                tileA[toSums + 67] = t6.getS3();
                tileA[toSums + 96] = t6.getS4();
                tileA[toSums + 97] = t6.getS5();
                tileA[toSums + 98] = t6.getS6();
                tileA[toSums + 99] = t6.getS7();
                tileA[toSums + 128] = s7.getS0();
                tileA[toSums + 129] = s7.getS1();
                tileA[toSums + 130] = s7.getS2();
                tileA[toSums + 131] = s7.getS3();
                tileA[toSums + 160] = s7.getS4();
                tileA[toSums + 161] = s7.getS5();
                tileA[toSums + 162] = s7.getS6();
                tileA[toSums + 163] = s7.getS7();
                tileA[toSums + 192] = t7.getS0();
                tileA[toSums + 193] = t7.getS1();
                tileA[toSums + 194] = t7.getS2();
                tileA[toSums + 195] = t7.getS3();
                tileA[toSums + 224] = t7.getS4();
                tileA[toSums + 225] = t7.getS5();
                tileA[toSums + 226] = t7.getS6();
                tileA[toSums + 227] = t7.getS7();
            }
            context.localBarrier();
            for (int row = 0; row < 32; row++) {
                int position = firstPosition + quarter / 2 * 64 + quarter % 2 * 2 + row / 2 * 4 + row % 2;
                int pixel = position;
                if (divisor > 1) {
                    pixel = ConvolutionWindow.pixel(sizes, position);
                }
                if (position < positions && pixel >= 0 && output < stride) {
                    int at = pixel * stride + output;
                    float value = tileA[row * 128 + item] + bias;
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
