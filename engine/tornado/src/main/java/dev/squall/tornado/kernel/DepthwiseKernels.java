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

    public static final Kernel CONVOLVE = Kernel.line(
            "convolveDepthwise",
            "convolution of each channel by itself",
            DepthwiseKernels.class,
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

    /** Pixels of a row that a work-item of {@link #convolveDepthwise} computes. */
    public static final int PIXELS = 4;

    /** Vectors of channels that it computes of each. */
    public static final int VECTORS = 2;

    /**
     * One work-item computes 4 pixels of a row x 16 channels; neighbours take the next channels of the same pixels.
     *
     * <pre>
     *   row of x at a tap    [ 8 ][ 8 ]  [ 8 ][ 8 ]  [ 8 ][ 8 ]  [ 8 ][ 8 ]      8 loads, of which 6 come from the nearest
     *                          *    *      *    *      *    *      *    *        cache: the tap before has read them
     *   w[tap]               [ 8 ][ 8 ]                                          2 loads for all
     *                          |    |      |    |      |    |      |    |
     *   running sums          s0   t0     s1   t1     s2   t2     s3   t3        none waits for another
     * </pre>
     *
     * Finding a tap's pixel costs more than a multiply-add, so it is done once for all eight: the pixels lie a fixed step apart, also in a gradient
     * that has a divisor, if the columns of a row are taken by {@linkplain ConvolutionWindow#pixel remainders}. Only where the four meet an edge each is
     * looked at by itself. Slot POSITIONS counts work-items here, PANELS vectors.
     */
    public static void convolveDepthwise(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings) {
        int item = context.globalIdx;
        if (item < sizes.get(ConvolutionWindow.POSITIONS)) {
            int vectors = sizes.get(ConvolutionWindow.PANELS);
            int outHeight = sizes.get(ConvolutionWindow.OUT_HEIGHT);
            int outWidth = sizes.get(ConvolutionWindow.OUT_WIDTH);
            int height = sizes.get(ConvolutionWindow.HEIGHT);
            int width = sizes.get(ConvolutionWindow.WIDTH);
            int divisor = sizes.get(ConvolutionWindow.COLUMN_DIVISOR);
            int scale = sizes.get(ConvolutionWindow.COLUMN_SCALE);
            int kernelHeight = sizes.get(ConvolutionWindow.KERNEL_HEIGHT);
            int kernelWidth = sizes.get(ConvolutionWindow.KERNEL_WIDTH);
            int rowStep = sizes.get(ConvolutionWindow.ROW_STEP);
            int rowDivisor = sizes.get(ConvolutionWindow.ROW_DIVISOR);
            int columnStep = sizes.get(ConvolutionWindow.COLUMN_STEP);
            int strips = ((outWidth + divisor - 1) / divisor + PIXELS - 1) / PIXELS;
            int tiles = (vectors + VECTORS - 1) / VECTORS;
            int vector = item % tiles * VECTORS;
            int second = Math.min(vector + 1, vectors - 1) - vector;
            int inLine = item / tiles % (strips * divisor);
            int line = item / tiles / (strips * divisor);
            int column = inLine % strips * PIXELS * divisor + inLine / strips;
            int row = line % outHeight;
            int image = line / outHeight;
            int firstRow = row * sizes.get(ConvolutionWindow.ROW_SCALE) + sizes.get(ConvolutionWindow.ROW_START);
            int firstColumn = column * scale + sizes.get(ConvolutionWindow.COLUMN_START);
            int weights = sizes.get(ConvolutionWindow.WEIGHTS) + vector;
            int step = scale * vectors;
            // Needs the image, so that it is divided for here: TornadoVM computes what only a loop needs in the loop,
            // every time.
            int firstPixel = (image * outHeight + row) * outWidth;
            int pixel0 = pixelOf(firstPixel, column, outWidth);
            int pixel1 = pixelOf(firstPixel, column + divisor, outWidth);
            int pixel2 = pixelOf(firstPixel, column + 2 * divisor, outWidth);
            int pixel3 = pixelOf(firstPixel, column + 3 * divisor, outWidth);
            Float8 bias0 = ConvolutionKernels.biasOf(memory, sizes, vector);
            Float8 bias1 = ConvolutionKernels.biasOf(memory, sizes, vector + 1);
            Float8 s0 = ConvolutionKernels.start(memory, sizes, bias0, pixel0, vector);
            Float8 t0 = ConvolutionKernels.start(memory, sizes, bias1, pixel0, vector + 1);
            Float8 s1 = ConvolutionKernels.start(memory, sizes, bias0, pixel1, vector);
            Float8 t1 = ConvolutionKernels.start(memory, sizes, bias1, pixel1, vector + 1);
            Float8 s2 = ConvolutionKernels.start(memory, sizes, bias0, pixel2, vector);
            Float8 t2 = ConvolutionKernels.start(memory, sizes, bias1, pixel2, vector + 1);
            Float8 s3 = ConvolutionKernels.start(memory, sizes, bias0, pixel3, vector);
            Float8 t3 = ConvolutionKernels.start(memory, sizes, bias1, pixel3, vector + 1);
            for (int a = 0; a < kernelHeight; a++) {
                int r = ConvolutionWindow.quotient(firstRow + a * rowStep, rowDivisor);
                if (r >= 0 && r < height) {
                    for (int b = 0; b < kernelWidth; b++) {
                        int across = firstColumn + b * columnStep;
                        int c = across;
                        if (divisor > 1) {
                            c = across / divisor;
                        }
                        if (c * divisor == across) {
                            Float8 w0 = memory.get(weights + (a * kernelWidth + b) * vectors);
                            Float8 w1 = memory.get(weights + (a * kernelWidth + b) * vectors + second);
                            int x = sizes.get(ConvolutionWindow.X)
                                    + ((image * height + r) * width + c) * vectors
                                    + vector;
                            if (c >= 0 && c + 3 * scale < width) {
                                s0 = Float8.add(s0, Float8.mult(memory.get(x), w0));
                                t0 = Float8.add(t0, Float8.mult(memory.get(x + second), w1));
                                s1 = Float8.add(s1, Float8.mult(memory.get(x + step), w0));
                                t1 = Float8.add(t1, Float8.mult(memory.get(x + step + second), w1));
                                s2 = Float8.add(s2, Float8.mult(memory.get(x + 2 * step), w0));
                                t2 = Float8.add(t2, Float8.mult(memory.get(x + 2 * step + second), w1));
                                s3 = Float8.add(s3, Float8.mult(memory.get(x + 3 * step), w0));
                                t3 = Float8.add(t3, Float8.mult(memory.get(x + 3 * step + second), w1));
                            } else {
                                if (c >= 0 && c < width) {
                                    s0 = Float8.add(s0, Float8.mult(memory.get(x), w0));
                                    t0 = Float8.add(t0, Float8.mult(memory.get(x + second), w1));
                                }
                                if (c + scale >= 0 && c + scale < width) {
                                    s1 = Float8.add(s1, Float8.mult(memory.get(x + step), w0));
                                    t1 = Float8.add(t1, Float8.mult(memory.get(x + step + second), w1));
                                }
                                if (c + 2 * scale >= 0 && c + 2 * scale < width) {
                                    s2 = Float8.add(s2, Float8.mult(memory.get(x + 2 * step), w0));
                                    t2 = Float8.add(t2, Float8.mult(memory.get(x + 2 * step + second), w1));
                                }
                                if (c + 3 * scale >= 0 && c + 3 * scale < width) {
                                    s3 = Float8.add(s3, Float8.mult(memory.get(x + 3 * step), w0));
                                    t3 = Float8.add(t3, Float8.mult(memory.get(x + 3 * step + second), w1));
                                }
                            }
                        }
                    }
                }
            }
            ConvolutionKernels.write(memory, sizes, pixel0, vector, s0);
            ConvolutionKernels.write(memory, sizes, pixel0, vector + 1, t0);
            ConvolutionKernels.write(memory, sizes, pixel1, vector, s1);
            ConvolutionKernels.write(memory, sizes, pixel1, vector + 1, t1);
            ConvolutionKernels.write(memory, sizes, pixel2, vector, s2);
            ConvolutionKernels.write(memory, sizes, pixel2, vector + 1, t2);
            ConvolutionKernels.write(memory, sizes, pixel3, vector, s3);
            ConvolutionKernels.write(memory, sizes, pixel3, vector + 1, t3);
            if (sizes.get(ConvolutionWindow.FUNCTION) != ElementwiseKernels.IDENTITY) {
                for (int p = 0; p < PIXELS; p++) {
                    int pixel = pixelOf(firstPixel, column + p * divisor, outWidth);
                    ConvolutionKernels.activate(memory, sizes, settings, pixel, vector);
                    ConvolutionKernels.activate(memory, sizes, settings, pixel, vector + 1);
                }
            }
        }
    }

    /** The pixel at a column of the line that starts at {@code first}, or -1 if the line ends before. */
    private static int pixelOf(int first, int column, int width) {
        int result = first + column;
        if (column >= width) {
            result = -1;
        }
        return result;
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
            Float8 sum = Float8s.splat(0f);
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
