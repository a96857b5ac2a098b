package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Depthwise convolutions: each channel is convolved by itself, with a window of its own.
 *
 * <pre>
 *   y[pixel][c] = f( bias[c] + residual[pixel][c] + the sum over taps of x[pixel at the tap][c] * w[tap][c] )
 * </pre>
 *
 * Nothing is summed over channels, so eight channels are simply the eight lanes of a vector, and no factor is spread. Weights are packed as
 * {@code [tap][C8]}.
 */
public final class DepthwiseKernels {
    private DepthwiseKernels() {}

    public static final Kernel CONVOLVE = Kernel.plane(
            "convolveDepthwise",
            "convolution of each channel by itself",
            DepthwiseKernels.class,
            16,
            1,
            (g, a) -> g.task(
                    Kernel.TASK, DepthwiseKernels::convolveDepthwise, a.context(), a.memory(), a.sizes(), a.settings()),
            Extra.SETTINGS);

    public static final Kernel WEIGHT_GRADIENT = Kernel.plane(
            "weightGradientDepthwise",
            "weight gradient of a depthwise convolution, partial sums",
            DepthwiseKernels.class,
            16,
            1,
            (g, a) ->
                    g.task(Kernel.TASK, DepthwiseKernels::weightGradientDepthwise, a.context(), a.memory(), a.sizes()));

    /** Vectors of channels that a work-item of {@link #convolveDepthwise} computes. */
    public static final int VECTORS = 4;

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
        int vector = context.globalIdy * VECTORS;
        int vectors = sizes.get(ConvolutionWindow.PANELS);
        if (position < sizes.get(ConvolutionWindow.POSITIONS) && vector < vectors) {
            int pixel = ConvolutionWindow.pixel(sizes, position);
            int image = ConvolutionWindow.imageRow(sizes, pixel);
            int row = ConvolutionWindow.firstRow(sizes, pixel);
            int column = ConvolutionWindow.firstColumn(sizes, pixel);
            int width = sizes.get(ConvolutionWindow.KERNEL_WIDTH);
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
            for (int a = 0; a < sizes.get(ConvolutionWindow.KERNEL_HEIGHT); a++) {
                for (int b = 0; b < width; b++) {
                    int source = ConvolutionWindow.source(
                            sizes,
                            image,
                            row + a * sizes.get(ConvolutionWindow.ROW_STEP),
                            column + b * sizes.get(ConvolutionWindow.COLUMN_STEP));
                    int w = sizes.get(ConvolutionWindow.WEIGHTS) + (a * width + b) * vectors;
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
            for (int j = 0; j < VECTORS; j++) {
                ConvolutionKernels.activate(memory, sizes, settings, pixel, vector + j);
            }
        }
    }

    /**
     * One work-item computes 8 channels for one tap, over a range of rows: see {@link WeightGradientKernels}, whose sizes these are. Neighbours
     * read neighbouring channels of the same pixels.
     */
    public static void weightGradientDepthwise(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int tile = context.globalIdx;
        int range = context.globalIdy;
        if (tile < sizes.get(WeightGradientKernels.TILES) && range < sizes.get(WeightGradientKernels.RANGES)) {
            int vectors = sizes.get(WeightGradientKernels.DY_VECTORS);
            int vector = tile % vectors;
            int tap = tile / vectors;
            Float8 sum = Lanes.splat(0f);
            int rowShift =
                    tap / sizes.get(WeightGradientKernels.KERNEL_WIDTH) * sizes.get(WeightGradientKernels.ROW_DILATION)
                            - sizes.get(WeightGradientKernels.ROW_PADDING);
            int columnShift = tap
                            % sizes.get(WeightGradientKernels.KERNEL_WIDTH)
                            * sizes.get(WeightGradientKernels.COLUMN_DILATION)
                    - sizes.get(WeightGradientKernels.COLUMN_PADDING);
            int stride = sizes.get(WeightGradientKernels.COLUMN_STRIDE);
            int from = WeightGradientKernels.firstColumn(columnShift, stride);
            int to = Math.min(
                    sizes.get(WeightGradientKernels.DY_WIDTH),
                    WeightGradientKernels.firstColumn(columnShift - sizes.get(WeightGradientKernels.X_WIDTH), stride));
            int height = sizes.get(WeightGradientKernels.DY_HEIGHT);
            int lastLine = Math.min(
                    sizes.get(WeightGradientKernels.LINES),
                    (range + 1) * sizes.get(WeightGradientKernels.LINES_OF_RANGE));
            for (int line = range * sizes.get(WeightGradientKernels.LINES_OF_RANGE); line < lastLine; line++) {
                int row = line % height * sizes.get(WeightGradientKernels.ROW_STRIDE) + rowShift;
                int lineOfX = (line / height * sizes.get(WeightGradientKernels.X_HEIGHT) + row)
                                * sizes.get(WeightGradientKernels.X_WIDTH)
                        + columnShift;
                if (row >= 0 && row < sizes.get(WeightGradientKernels.X_HEIGHT)) {
                    for (int j = from; j < to; j++) {
                        int x = sizes.get(WeightGradientKernels.X) + (lineOfX + j * stride) * vectors + vector;
                        int dy = sizes.get(WeightGradientKernels.DY)
                                + (line * sizes.get(WeightGradientKernels.DY_WIDTH) + j) * vectors
                                + vector;
                        sum = Float8.add(sum, Float8.mult(memory.get(dy), memory.get(x)));
                    }
                }
            }
            memory.set(
                    sizes.get(WeightGradientKernels.PARTIAL)
                            + range * sizes.get(WeightGradientKernels.PARTIAL_VECTORS)
                            + tile,
                    sum);
        }
    }
}
