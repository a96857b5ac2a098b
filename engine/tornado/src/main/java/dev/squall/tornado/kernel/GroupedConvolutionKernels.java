package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.GROUP_INPUTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.GROUP_OUTPUTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_CHANNELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.POSITIONS;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.WEIGHTS;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Convolutions whose outputs see only some of the inputs: depthwise ones, where each channel is convolved by itself, and those with groups that
 * do not fill panels of 16. Forward and by the input, with the sizes of {@link ConvolutionWindow} and the epilogue of {@link ConvolutionKernels}.
 *
 * <p>The weights are packed into one panel that holds all outputs, so a row of it, {@code w[tap][c]}, is one float for each output.
 */
public final class GroupedConvolutionKernels {
    private GroupedConvolutionKernels() {}

    public static final Kernel GROUPED = Kernel.plane(
            "convolveGrouped",
            "convolution with groups of any size",
            GroupedConvolutionKernels.class,
            16,
            1,
            (g, a) -> g.task(
                    Kernel.TASK,
                    GroupedConvolutionKernels::convolveGrouped,
                    a.context(),
                    a.memory(),
                    a.sizes(),
                    a.settings()),
            Extra.SETTINGS);

    public static final Kernel DEPTHWISE = Kernel.plane(
            "convolveDepthwise",
            "convolution of each channel by itself",
            GroupedConvolutionKernels.class,
            16,
            1,
            (g, a) -> g.task(
                    Kernel.TASK,
                    GroupedConvolutionKernels::convolveDepthwise,
                    a.context(),
                    a.memory(),
                    a.sizes(),
                    a.settings()),
            Extra.SETTINGS);

    /** Vectors of channels that a work-item of {@link #convolveDepthwise} computes. */
    public static final int DEPTHWISE_VECTORS = 4;

    /**
     * One work-item computes 1 pixel x 8 output channels. Neighbouring outputs may belong to different groups, so each lane has an address of its
     * own; all move on by one channel at a time.
     *
     * <pre>
     *   outputs k      [ 0    1    2    3    4    5    6    7 ]     K = 12, 3 groups of 4 outputs and 2 inputs each
     *   x at a tap     [ 0    0    0    0    2    2    2    2 ]     channels for c = 0
     *                  [ 1    1    1    1    3    3    3    3 ]                  c = 1
     * </pre>
     *
     * It is bound by the eight loads for one multiply-add; groups of whole panels go to {@link ConvolutionKernels}, which needs one.
     */
    public static void convolveGrouped(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        int position = context.globalIdx;
        int vector = context.globalIdy;
        int vectors = sizes.get(PANELS);
        if (position < sizes.get(POSITIONS) && vector < vectors) {
            FloatArray floats = memory.getArray();
            int pixel = ConvolutionWindow.pixel(sizes, position);
            int image = ConvolutionWindow.imageRow(sizes, pixel);
            int row = ConvolutionWindow.firstRow(sizes, pixel);
            int column = ConvolutionWindow.firstColumn(sizes, pixel);
            int inputs = sizes.get(GROUP_INPUTS);
            int width = sizes.get(KERNEL_WIDTH);
            int k0 = firstInput(sizes, vector * 8);
            int k1 = firstInput(sizes, vector * 8 + 1);
            int k2 = firstInput(sizes, vector * 8 + 2);
            int k3 = firstInput(sizes, vector * 8 + 3);
            int k4 = firstInput(sizes, vector * 8 + 4);
            int k5 = firstInput(sizes, vector * 8 + 5);
            int k6 = firstInput(sizes, vector * 8 + 6);
            int k7 = firstInput(sizes, vector * 8 + 7);
            Float8 bias = ConvolutionKernels.biasOf(memory, sizes, vector);
            Float8 sum = ConvolutionKernels.start(memory, sizes, bias, pixel, vector);
            for (int a = 0; a < sizes.get(KERNEL_HEIGHT); a++) {
                for (int b = 0; b < width; b++) {
                    int source = ConvolutionWindow.source(
                            sizes, image, row + a * sizes.get(ROW_STEP), column + b * sizes.get(COLUMN_STEP));
                    int w = sizes.get(WEIGHTS) + (a * width + b) * inputs * vectors + vector;
                    if (source != 0) {
                        for (int c = 0; c < inputs; c++) {
                            int x = source * 8 + c;
                            float x0 = floats.get(x + k0);
                            float x1 = floats.get(x + k1);
                            float x2 = floats.get(x + k2);
                            float x3 = floats.get(x + k3);
                            float x4 = floats.get(x + k4);
                            float x5 = floats.get(x + k5);
                            float x6 = floats.get(x + k6);
                            float x7 = floats.get(x + k7);
                            Float8 right = new Float8(x0, x1, x2, x3, x4, x5, x6, x7);
                            sum = Float8.add(sum, Float8.mult(memory.get(w + c * vectors), right));
                        }
                    }
                }
            }
            ConvolutionKernels.write(memory, sizes, pixel, vector, sum);
            ConvolutionKernels.activate(memory, sizes, settings, pixel, vector);
        }
    }

    /** The first input channel of output k's group; of the last output's, if there is no output k. */
    private static int firstInput(IntArray sizes, int k) {
        return Math.min(k, sizes.get(OUT_CHANNELS) - 1) / sizes.get(GROUP_OUTPUTS) * sizes.get(GROUP_INPUTS);
    }

    /**
     * One work-item computes 1 pixel x 32 channels: 4 vectors, all at the same taps, since finding a tap's pixel costs more than a multiply-add.
     *
     * <pre>
     *   x at a tap    [ 8 ][ 8 ][ 8 ][ 8 ]
     *                   *    *    *    *       one tap after the other
     *   w[tap]        [ 8 ][ 8 ][ 8 ][ 8 ]
     *                   |    |    |    |
     *   running sums  [ 8 ][ 8 ][ 8 ][ 8 ]
     * </pre>
     *
     * No value is used twice here but by neighbouring pixels, whose windows overlap: the cache serves those.
     */
    public static void convolveDepthwise(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        int position = context.globalIdx;
        int vector = context.globalIdy * DEPTHWISE_VECTORS;
        int vectors = sizes.get(PANELS);
        if (position < sizes.get(POSITIONS) && vector < vectors) {
            int pixel = ConvolutionWindow.pixel(sizes, position);
            int image = ConvolutionWindow.imageRow(sizes, pixel);
            int row = ConvolutionWindow.firstRow(sizes, pixel);
            int column = ConvolutionWindow.firstColumn(sizes, pixel);
            int width = sizes.get(KERNEL_WIDTH);
            int vector1 = Math.min(vector + 1, vectors - 1);
            int vector2 = Math.min(vector + 2, vectors - 1);
            int vector3 = Math.min(vector + 3, vectors - 1);
            Float8 bias0 = ConvolutionKernels.biasOf(memory, sizes, vector);
            Float8 bias1 = ConvolutionKernels.biasOf(memory, sizes, vector1);
            Float8 bias2 = ConvolutionKernels.biasOf(memory, sizes, vector2);
            Float8 bias3 = ConvolutionKernels.biasOf(memory, sizes, vector3);
            Float8 s0 = ConvolutionKernels.start(memory, sizes, bias0, pixel, vector);
            Float8 s1 = ConvolutionKernels.start(memory, sizes, bias1, pixel, vector1);
            Float8 s2 = ConvolutionKernels.start(memory, sizes, bias2, pixel, vector2);
            Float8 s3 = ConvolutionKernels.start(memory, sizes, bias3, pixel, vector3);
            for (int a = 0; a < sizes.get(KERNEL_HEIGHT); a++) {
                for (int b = 0; b < width; b++) {
                    int source = ConvolutionWindow.source(
                            sizes, image, row + a * sizes.get(ROW_STEP), column + b * sizes.get(COLUMN_STEP));
                    int w = sizes.get(WEIGHTS) + (a * width + b) * vectors;
                    if (source != 0) {
                        s0 = Float8.add(s0, Float8.mult(memory.get(source + vector), memory.get(w + vector)));
                        s1 = Float8.add(s1, Float8.mult(memory.get(source + vector1), memory.get(w + vector1)));
                        s2 = Float8.add(s2, Float8.mult(memory.get(source + vector2), memory.get(w + vector2)));
                        s3 = Float8.add(s3, Float8.mult(memory.get(source + vector3), memory.get(w + vector3)));
                    }
                }
            }
            ConvolutionKernels.write(memory, sizes, pixel, vector, s0);
            ConvolutionKernels.write(memory, sizes, pixel, vector + 1, s1);
            ConvolutionKernels.write(memory, sizes, pixel, vector + 2, s2);
            ConvolutionKernels.write(memory, sizes, pixel, vector + 3, s3);
            for (int j = 0; j < DEPTHWISE_VECTORS; j++) {
                ConvolutionKernels.activate(memory, sizes, settings, pixel, vector + j);
            }
        }
    }
}
