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
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
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
                            a.memory(),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.GPUS);

    /** Slot after those of {@link ConvolutionWindow}: how many eighths of what is summed over a part takes. */
    public static final int STEPS = ConvolutionWindow.SLOTS;

    /** Slot: vectors from one part's result to the next one's. */
    public static final int PART_VECTORS = STEPS + 1;

    /** How many slots there are. */
    public static final int SLOTS = PART_VECTORS + 1;

    /**
     * A group computes 128 pixels x 64 outputs; groups count tiles of outputs in x, and in y tiles of pixels first and then parts. Two neighbours fetch 8 channels
     * of one pixel, and then of another. Setting 0 is the slope of the activation.
     */
    public static void convolveTile(KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        float[] tileA = context.allocateFloatLocalArray(2112);
        float[] tileB = context.allocateFloatLocalArray(1024);
        FloatArray floats = memory.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int tiles = Math.max(1, (sizes.get(POSITIONS) + 127) / 128);
        int firstPosition = context.groupIdy % tiles * 128;
        int part = context.groupIdy / tiles;
        int pixel0 = ConvolutionWindow.pixel(sizes, firstPosition + item / 2);
        int pixel1 = ConvolutionWindow.pixel(sizes, firstPosition + 64 + item / 2);
        int image0 = ConvolutionWindow.imageRow(sizes, pixel0);
        int image1 = ConvolutionWindow.imageRow(sizes, pixel1);
        int row0 = ConvolutionWindow.firstRow(sizes, pixel0);
        int row1 = ConvolutionWindow.firstRow(sizes, pixel1);
        int column0 = ConvolutionWindow.firstColumn(sizes, pixel0);
        int column1 = ConvolutionWindow.firstColumn(sizes, pixel1);
        int width = sizes.get(KERNEL_WIDTH);
        int rowStep = sizes.get(ROW_STEP);
        int columnStep = sizes.get(COLUMN_STEP);
        int panelRows = sizes.get(PANEL_ROWS);
        int steps = sizes.get(KERNEL_HEIGHT) * width * panelRows / 8;
        int step = part * sizes.get(STEPS);
        int lastStep = Math.min(steps, step + sizes.get(STEPS));
        int lastOfAll = Math.max(steps - 1, 0);
        int tap = step * 8 / panelRows;
        int channel = step * 8 % panelRows;
        int output = context.groupIdx * 64 + item % 64;
        int weights = sizes.get(WEIGHTS) * 8 + output / 16 * steps * 128 + item / 64 * 16 + output % 16;
        int weightStep = 128;
        if (output >= sizes.get(PANELS) * 16) {
            weights = item % 64;
            weightStep = 0;
        }
        int ofPair = item % 2 * 4;
        int toA = ofPair * Tiles.LEFT + item / 2;
        int left = y * 4;
        int right = x * 4;
        int down = tap / width * rowStep;
        int across = tap % width * columnStep;
        int source0 = ofPair + ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 8;
        int source1 = ofPair + ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 8;
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
        for (int round = step; round < lastStep + 1; round++) {
            int weight = weights + Math.min(round, lastOfAll) * weightStep;
            float a0 = floats.get(source0 + channel);
            float a1 = floats.get(source0 + channel + 1);
            float a2 = floats.get(source0 + channel + 2);
            float a3 = floats.get(source0 + channel + 3);
            float a4 = floats.get(source1 + channel);
            float a5 = floats.get(source1 + channel + 1);
            float a6 = floats.get(source1 + channel + 2);
            float a7 = floats.get(source1 + channel + 3);
            float b0 = floats.get(weight);
            float b1 = floats.get(weight + 32);
            float b2 = floats.get(weight + 64);
            float b3 = floats.get(weight + 96);
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
            tileA[toLeft + 64] = a4;
            tileA[toLeft + Tiles.LEFT + 64] = a5;
            tileA[toLeft + 2 * Tiles.LEFT + 64] = a6;
            tileA[toLeft + 3 * Tiles.LEFT + 64] = a7;
            tileB[toRight] = b0;
            tileB[toRight + 128] = b1;
            tileB[toRight + 256] = b2;
            tileB[toRight + 384] = b3;
            context.localBarrier();
            channel = channel + 8;
            if (channel == panelRows) {
                channel = 0;
                tap++;
                down = tap / width * rowStep;
                across = tap % width * columnStep;
                source0 = ofPair + ConvolutionWindow.source(sizes, image0, row0 + down, column0 + across) * 8;
                source1 = ofPair + ConvolutionWindow.source(sizes, image1, row1 + down, column1 + across) * 8;
            }
            left = half * Tiles.LEFT_HALF + y * 4;
            right = half * Tiles.RIGHT_HALF + x * 4;
        }
        int result = sizes.get(Y) * 8 + part * sizes.get(PART_VECTORS) * 8;
        int bias = sizes.get(BIAS) * 8;
        int residual = sizes.get(RESIDUAL) * 8;
        int stride = sizes.get(Y_VECTORS) * 8;
        int channels = sizes.get(OUT_CHANNELS);
        int position = firstPosition + y * 4;
        int toOutput = context.groupIdx * 64 + x * 4;
        int pixelOf0 = ConvolutionWindow.pixel(sizes, position);
        int pixelOf1 = ConvolutionWindow.pixel(sizes, position + 1);
        int pixelOf2 = ConvolutionWindow.pixel(sizes, position + 2);
        int pixelOf3 = ConvolutionWindow.pixel(sizes, position + 3);
        int pixelOf4 = ConvolutionWindow.pixel(sizes, position + 64);
        int pixelOf5 = ConvolutionWindow.pixel(sizes, position + 65);
        int pixelOf6 = ConvolutionWindow.pixel(sizes, position + 66);
        int pixelOf7 = ConvolutionWindow.pixel(sizes, position + 67);
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf0,
                toOutput,
                stride,
                s0.getS0(),
                s0.getS1(),
                s0.getS2(),
                s0.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf0,
                toOutput + 32,
                stride,
                s0.getS4(),
                s0.getS5(),
                s0.getS6(),
                s0.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf1,
                toOutput,
                stride,
                s1.getS0(),
                s1.getS1(),
                s1.getS2(),
                s1.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf1,
                toOutput + 32,
                stride,
                s1.getS4(),
                s1.getS5(),
                s1.getS6(),
                s1.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf2,
                toOutput,
                stride,
                s2.getS0(),
                s2.getS1(),
                s2.getS2(),
                s2.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf2,
                toOutput + 32,
                stride,
                s2.getS4(),
                s2.getS5(),
                s2.getS6(),
                s2.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf3,
                toOutput,
                stride,
                s3.getS0(),
                s3.getS1(),
                s3.getS2(),
                s3.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf3,
                toOutput + 32,
                stride,
                s3.getS4(),
                s3.getS5(),
                s3.getS6(),
                s3.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf4,
                toOutput,
                stride,
                s4.getS0(),
                s4.getS1(),
                s4.getS2(),
                s4.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf4,
                toOutput + 32,
                stride,
                s4.getS4(),
                s4.getS5(),
                s4.getS6(),
                s4.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf5,
                toOutput,
                stride,
                s5.getS0(),
                s5.getS1(),
                s5.getS2(),
                s5.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf5,
                toOutput + 32,
                stride,
                s5.getS4(),
                s5.getS5(),
                s5.getS6(),
                s5.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf6,
                toOutput,
                stride,
                s6.getS0(),
                s6.getS1(),
                s6.getS2(),
                s6.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf6,
                toOutput + 32,
                stride,
                s6.getS4(),
                s6.getS5(),
                s6.getS6(),
                s6.getS7());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf7,
                toOutput,
                stride,
                s7.getS0(),
                s7.getS1(),
                s7.getS2(),
                s7.getS3());
        write(
                floats,
                result,
                bias,
                residual,
                channels,
                pixelOf7,
                toOutput + 32,
                stride,
                s7.getS4(),
                s7.getS5(),
                s7.getS6(),
                s7.getS7());
        int function = sizes.get(FUNCTION);
        if (function != ElementwiseKernels.IDENTITY) {
            float slope = settings.get(0);
            for (int p = 0; p < 8; p++) {
                int pixel = ConvolutionWindow.pixel(sizes, position + p / 4 * 64 + p % 4);
                for (int l = 0; l < 8; l++) {
                    int to = toOutput + l / 4 * 32 + l % 4;
                    if (pixel >= 0 && to < channels) {
                        int at = result + pixel * stride + to;
                        floats.set(at, PartKernels.activate(floats.get(at), function, slope));
                    }
                }
            }
        }
    }

    /** Writes four outputs of a pixel. What is added to them lies at bias and residual, negative if there is none. */
    private static void write(
            FloatArray floats,
            int result,
            int bias,
            int residual,
            int channels,
            int pixel,
            int output,
            int stride,
            float v0,
            float v1,
            float v2,
            float v3) {
        if (pixel >= 0 && output < stride) {
            int at = result + pixel * stride + output;
            int other = residual + pixel * stride + output;
            if (residual < 0) {
                other = 0;
            }
            float w0 = v0 + floats.get(other) + floats.get(PartKernels.biasAt(bias, output, channels));
            float w1 = v1 + floats.get(other + 1) + floats.get(PartKernels.biasAt(bias, output + 1, channels));
            float w2 = v2 + floats.get(other + 2) + floats.get(PartKernels.biasAt(bias, output + 2, channels));
            float w3 = v3 + floats.get(other + 3) + floats.get(PartKernels.biasAt(bias, output + 3, channels));
            floats.set(at, w0);
            floats.set(at + 1, w1);
            floats.set(at + 2, w2);
            floats.set(at + 3, w3);
        }
    }
}
