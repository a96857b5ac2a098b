package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.BLOCKS;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_DIVISOR;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_SCALE;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_START;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.FUNCTION;
import static dev.squall.tornado.kernel.ConvolutionWindow.HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.POSITIONS;
import static dev.squall.tornado.kernel.ConvolutionWindow.RESIDUAL;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_DIVISOR;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_SCALE;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_START;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.WEIGHTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.X;
import static dev.squall.tornado.kernel.ConvolutionWindow.Y;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Depthwise convolutions, as {@link DepthwiseKernels} has them, in the shape that processors want: one work-item goes along a whole row of
 * the result, for 8 channels.
 *
 * <p>A tile of several pixels, which suits a GPU, needs an address for each pixel and tap, and on a processor an address takes three instructions where the
 * multiply-add takes one. Here a pixel of x is read once, meets all taps of its row of the window, and the next one is a fixed step further:
 *
 * <pre>
 *   row of x       ... [x i-1] [x i] [x i+1] ...         pixel i is under
 *                              / | \                       the right tap of output i-1,
 *                        * w2 / *w1 \ * w0                 the middle tap of output i,
 *                            /   |   \                     the left tap of output i+1
 *   row of y       ... [y i-1] [y i] [y i+1] ...
 *                         s0     s1     s2                 s0 is complete: write it; then s0 = s1, s1 = s2, s2 = new
 * </pre>
 *
 * A sum waits for the one before, 4 cycles or so, but only those of one output do; the processor itself finds the work of the next pixels, which
 * does not wait. Weights are loaded before the row begins and stay in registers.
 */
public final class DepthwiseRowKernels {
    private DepthwiseRowKernels() {}

    public static final Kernel CONVOLVE_3X3 = Kernel.plane(
                    "convolveDepthwise3x3",
                    "convolution of each channel by itself, 3x3 with stride 1: for processors",
                    DepthwiseRowKernels.class,
                    64,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DepthwiseRowKernels::convolveDepthwise3x3,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.PROCESSORS);

    public static final Kernel CONVOLVE = Kernel.plane(
                    "convolveDepthwiseRows",
                    "convolution of each channel by itself, any window: for processors",
                    DepthwiseRowKernels.class,
                    64,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DepthwiseRowKernels::convolveDepthwiseRows,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.PROCESSORS);

    public static final Kernel WEIGHT_GRADIENT = Kernel.plane(
                    "weightGradientDepthwiseRows",
                    "weight gradient of a depthwise convolution with stride 1, partial sums: for processors",
                    DepthwiseRowKernels.class,
                    16,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DepthwiseRowKernels::weightGradientDepthwiseRows,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.PROCESSORS);

    /** Taps of a row that the work-items of {@link #convolveDepthwiseRows} and {@link #weightGradientDepthwiseRows} have at once. */
    public static final int TAPS = 5;

    /**
     * One work-item computes a row of the result, 8 channels; neighbours take the next channels of the same row. Slot POSITIONS counts work-items,
     * PANELS vectors.
     *
     * <p>The three rows of the window go along together, so that a pixel takes 9 multiply-adds for 3 loads and 1 store. A row that lies
     * outside the image is a walk of step 0 over the zeros at the start of the arena. In a gradient taps are counted from right to left.
     */
    public static void convolveDepthwise3x3(
            KernelContext context,
            VectorFloat8 input,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 output,
            IntArray sizes,
            FloatArray settings) {
        int item = context.globalIdx;
        if (item < sizes.get(POSITIONS)) {
            int vectors = sizes.get(PANELS);
            int vector = item % vectors;
            int line = item / vectors;
            int outWidth = sizes.get(OUT_WIDTH);
            int height = sizes.get(HEIGHT);
            int width = sizes.get(WIDTH);
            int rowStep = sizes.get(ROW_STEP);
            int tapStep = sizes.get(COLUMN_STEP);
            int leftTap = 1 - tapStep;
            int row0 = line % sizes.get(OUT_HEIGHT) + sizes.get(ROW_START);
            int row1 = row0 + rowStep;
            int row2 = row1 + rowStep;
            int image = sizes.get(X) + line / sizes.get(OUT_HEIGHT) * height * width * vectors + vector;
            int x0 = image + row0 * width * vectors;
            int x1 = image + row1 * width * vectors;
            int x2 = image + row2 * width * vectors;
            int step0 = vectors;
            int step1 = vectors;
            int step2 = vectors;
            if (row0 < 0 || row0 >= height) {
                x0 = 0;
                step0 = 0;
            }
            if (row1 < 0 || row1 >= height) {
                x1 = 0;
                step1 = 0;
            }
            if (row2 < 0 || row2 >= height) {
                x2 = 0;
                step2 = 0;
            }
            int left = sizes.get(WEIGHTS) + leftTap * vectors + vector;
            int right = tapStep * vectors;
            Float8 w00 = memory.get(left);
            Float8 w01 = memory.get(left + right);
            Float8 w02 = memory.get(left + 2 * right);
            Float8 w10 = memory.get(left + 3 * vectors);
            Float8 w11 = memory.get(left + 3 * vectors + right);
            Float8 w12 = memory.get(left + 3 * vectors + 2 * right);
            Float8 w20 = memory.get(left + 6 * vectors);
            Float8 w21 = memory.get(left + 6 * vectors + right);
            Float8 w22 = memory.get(left + 6 * vectors + 2 * right);
            Float8 bias = ConvolutionKernels.biasOf(memory, sizes, vector);
            int residual = sizes.get(RESIDUAL) + line * outWidth * vectors + vector;
            int y = sizes.get(Y) + (line * outWidth - 2) * vectors + vector;
            int firstColumn = sizes.get(COLUMN_START) + leftTap * tapStep;
            Float8 s0 = Float8s.splat(0f);
            Float8 s1 = Float8s.splat(0f);
            for (int t = 0; t < outWidth + 2; t++) {
                Float8 s2 = bias;
                if (sizes.get(RESIDUAL) >= 0 && t < outWidth) {
                    s2 = Float8.add(bias, residuals.get(residual + t * vectors));
                }
                int c = t + firstColumn;
                if (c >= 0 && c < width) {
                    Float8 v = input.get(x0 + c * step0);
                    s0 = Float8.add(s0, Float8.mult(v, w02));
                    s1 = Float8.add(s1, Float8.mult(v, w01));
                    s2 = Float8.add(s2, Float8.mult(v, w00));
                    v = input.get(x1 + c * step1);
                    s0 = Float8.add(s0, Float8.mult(v, w12));
                    s1 = Float8.add(s1, Float8.mult(v, w11));
                    s2 = Float8.add(s2, Float8.mult(v, w10));
                    v = input.get(x2 + c * step2);
                    s0 = Float8.add(s0, Float8.mult(v, w22));
                    s1 = Float8.add(s1, Float8.mult(v, w21));
                    s2 = Float8.add(s2, Float8.mult(v, w20));
                }
                if (t >= 2) {
                    output.set(y + t * vectors, s0);
                    if (sizes.get(FUNCTION) != ActivationKernels.IDENTITY) {
                        ConvolutionKernels.activate(output, sizes, settings, line * outWidth + t - 2, vector);
                    }
                }
                s0 = s1;
                s1 = s2;
            }
        }
    }

    /**
     * The same for every window, stride, padding and dilation: the rows of the window come one after another, and the row of the result is
     * where their sums meet. It stays in the nearest cache.
     *
     * <pre>
     *   y = bias + residual                           over the row
     *   for each row of the window that is in the image:
     *     5 taps side by side, where they can be:     y += x * w0 + ... + x * w4, over the row, as above
     *     the taps that are left, one by one:         y += x * w, over those outputs whose tap is in the image
     *   y = f(y)                                      over the row
     * </pre>
     *
     * Slot BLOCKS counts the fives of a row; it is 0 unless neighbouring taps of neighbouring outputs read neighbouring pixels: stride and
     * dilation are 1.
     */
    public static void convolveDepthwiseRows(
            KernelContext context,
            VectorFloat8 input,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 output,
            IntArray sizes,
            FloatArray settings) {
        int item = context.globalIdx;
        if (item < sizes.get(POSITIONS)) {
            int vectors = sizes.get(PANELS);
            int vector = item % vectors;
            int line = item / vectors;
            int outWidth = sizes.get(OUT_WIDTH);
            int height = sizes.get(HEIGHT);
            int width = sizes.get(WIDTH);
            int kernelWidth = sizes.get(KERNEL_WIDTH);
            int tapStep = sizes.get(COLUMN_STEP);
            int scale = sizes.get(COLUMN_SCALE);
            int divisor = sizes.get(COLUMN_DIVISOR);
            int firstRow = line % sizes.get(OUT_HEIGHT) * sizes.get(ROW_SCALE) + sizes.get(ROW_START);
            int image = line / sizes.get(OUT_HEIGHT) * height;
            int y = sizes.get(Y) + line * outWidth * vectors + vector;
            startRow(memory, residuals, output, sizes, line, vector);
            for (int a = 0; a < sizes.get(KERNEL_HEIGHT); a++) {
                int row = ConvolutionWindow.quotient(firstRow + a * sizes.get(ROW_STEP), sizes.get(ROW_DIVISOR));
                if (row >= 0 && row < height) {
                    int x = sizes.get(X) + (image + row) * width * vectors + vector;
                    int weights = sizes.get(WEIGHTS) + a * kernelWidth * vectors + vector;
                    for (int block = 0; block < sizes.get(BLOCKS); block++) {
                        int b = block * TAPS;
                        int leftTap = b + (1 - tapStep) * 2;
                        int first = leftTap * tapStep + sizes.get(COLUMN_START);
                        int left = weights + leftTap * vectors;
                        int right = tapStep * vectors;
                        Float8 w0 = memory.get(left);
                        Float8 w1 = memory.get(left + right);
                        Float8 w2 = memory.get(left + 2 * right);
                        Float8 w3 = memory.get(left + 3 * right);
                        Float8 w4 = memory.get(left + 4 * right);
                        Float8 s0 = Float8s.splat(0f);
                        Float8 s1 = Float8s.splat(0f);
                        Float8 s2 = Float8s.splat(0f);
                        Float8 s3 = Float8s.splat(0f);
                        for (int t = 0; t < outWidth + 4; t++) {
                            int c = t + first;
                            Float8 s4 = Float8s.splat(0f);
                            if (c >= 0 && c < width) {
                                Float8 v = input.get(x + c * vectors);
                                s0 = Float8.add(s0, Float8.mult(v, w4));
                                s1 = Float8.add(s1, Float8.mult(v, w3));
                                s2 = Float8.add(s2, Float8.mult(v, w2));
                                s3 = Float8.add(s3, Float8.mult(v, w1));
                                s4 = Float8.mult(v, w0);
                            }
                            if (t >= 4) {
                                int at = y + (t - 4) * vectors;
                                output.set(at, Float8.add(output.get(at), s0));
                            }
                            s0 = s1;
                            s1 = s2;
                            s2 = s3;
                            s3 = s4;
                        }
                    }
                    for (int b = sizes.get(BLOCKS) * TAPS; b < kernelWidth; b++) {
                        Float8 w = memory.get(weights + b * vectors);
                        int shift = b * tapStep + sizes.get(COLUMN_START);
                        int column = ConvolutionWindow.firstOutput(shift, scale, divisor);
                        int c = (column * scale + shift) / divisor;
                        int outputs = ConvolutionWindow.outputs(sizes, column, c);
                        for (int k = 0; k < outputs; k++) {
                            int at = y + (column + k * divisor) * vectors;
                            Float8 v = input.get(x + (c + k * scale) * vectors);
                            output.set(at, Float8.add(output.get(at), Float8.mult(v, w)));
                        }
                    }
                }
            }
            activateRow(output, sizes, settings, line, vector);
        }
    }

    /** Writes what the sums of a row start from. */
    static void startRow(
            VectorFloat8 memory, VectorFloat8 residuals, VectorFloat8 output, IntArray sizes, int line, int vector) {
        int width = sizes.get(OUT_WIDTH);
        Float8 bias = ConvolutionKernels.biasOf(memory, sizes, vector);
        for (int j = 0; j < width; j++) {
            int pixel = line * width + j;
            ConvolutionKernels.write(
                    output, sizes, pixel, vector, ConvolutionKernels.start(residuals, sizes, bias, pixel, vector));
        }
    }

    static void activateRow(VectorFloat8 output, IntArray sizes, FloatArray settings, int line, int vector) {
        int width = sizes.get(OUT_WIDTH);
        if (sizes.get(FUNCTION) != ActivationKernels.IDENTITY) {
            for (int j = 0; j < width; j++) {
                ConvolutionKernels.activate(output, sizes, settings, line * width + j, vector);
            }
        }
    }

    /**
     * One work-item computes 8 channels for up to 5 taps of one row of the window, over a range of rows, if stride and dilation are 1; the sizes are
     * those of {@link WeightGradientKernels}. Neighbours read neighbouring channels of the same pixels.
     *
     * <pre>
     *   row of x at the tap     ... [v0] [v1] [v2] [v3] [v4] ...      v4 is new; the others were read for the pixels before
     *                                 *    *    *    *    *
     *   dy of one pixel                        d
     *                                 |    |    |    |    |
     *   running sums                 s0   s1   s2   s3   s4            then v0 = v1, v1 = v2, ...
     * </pre>
     *
     * Sums of taps that the window does not have are not written: while one sum waits for its last value five cost no more than three.
     */
    public static void weightGradientDepthwiseRows(
            KernelContext context, VectorFloat8 input, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int tile = context.globalIdx;
        int range = context.globalIdy;
        if (tile < sizes.get(WeightGradientKernels.TILES) && range < sizes.get(WeightGradientKernels.RANGES)) {
            int vectors = sizes.get(WeightGradientKernels.DY_VECTORS);
            int kernelWidth = sizes.get(WeightGradientKernels.KERNEL_WIDTH);
            int blocks = (kernelWidth + TAPS - 1) / TAPS;
            int vector = tile % vectors;
            int firstTap = tile / vectors % blocks * TAPS;
            int rowOfWindow = tile / vectors / blocks;
            int rowShift = rowOfWindow * sizes.get(WeightGradientKernels.ROW_DILATION)
                    - sizes.get(WeightGradientKernels.ROW_PADDING);
            int shift = firstTap - sizes.get(WeightGradientKernels.COLUMN_PADDING);
            int width = sizes.get(WeightGradientKernels.X_WIDTH);
            int dyWidth = sizes.get(WeightGradientKernels.DY_WIDTH);
            int height = sizes.get(WeightGradientKernels.DY_HEIGHT);
            Float8 s0 = Float8s.splat(0f);
            Float8 s1 = Float8s.splat(0f);
            Float8 s2 = Float8s.splat(0f);
            Float8 s3 = Float8s.splat(0f);
            Float8 s4 = Float8s.splat(0f);
            int lastLine = Math.min(
                    sizes.get(WeightGradientKernels.LINES),
                    (range + 1) * sizes.get(WeightGradientKernels.LINES_OF_RANGE));
            for (int line = range * sizes.get(WeightGradientKernels.LINES_OF_RANGE); line < lastLine; line++) {
                int row = line % height * sizes.get(WeightGradientKernels.ROW_STRIDE) + rowShift;
                if (row >= 0 && row < sizes.get(WeightGradientKernels.X_HEIGHT)) {
                    int x = sizes.get(WeightGradientKernels.X)
                            + (line / height * sizes.get(WeightGradientKernels.X_HEIGHT) + row) * width * vectors
                            + vector;
                    int dy = sizes.get(WeightGradientKernels.DY) + line * dyWidth * vectors + vector;
                    Float8 v0 = pixelOrZeros(input, x, shift, width, vectors);
                    Float8 v1 = pixelOrZeros(input, x, shift + 1, width, vectors);
                    Float8 v2 = pixelOrZeros(input, x, shift + 2, width, vectors);
                    Float8 v3 = pixelOrZeros(input, x, shift + 3, width, vectors);
                    for (int j = 0; j < dyWidth; j++) {
                        Float8 v4 = pixelOrZeros(input, x, shift + 4 + j, width, vectors);
                        Float8 d = gradients.get(dy + j * vectors);
                        s0 = Float8.add(s0, Float8.mult(d, v0));
                        s1 = Float8.add(s1, Float8.mult(d, v1));
                        s2 = Float8.add(s2, Float8.mult(d, v2));
                        s3 = Float8.add(s3, Float8.mult(d, v3));
                        s4 = Float8.add(s4, Float8.mult(d, v4));
                        v0 = v1;
                        v1 = v2;
                        v2 = v3;
                        v3 = v4;
                    }
                }
            }
            int taps = kernelWidth - firstTap;
            int partial = sizes.get(WeightGradientKernels.PARTIAL)
                    + range * sizes.get(WeightGradientKernels.PARTIAL_VECTORS)
                    + (rowOfWindow * kernelWidth + firstTap) * vectors
                    + vector;
            memory.set(partial, s0);
            if (taps > 1) {
                memory.set(partial + vectors, s1);
            }
            if (taps > 2) {
                memory.set(partial + 2 * vectors, s2);
            }
            if (taps > 3) {
                memory.set(partial + 3 * vectors, s3);
            }
            if (taps > 4) {
                memory.set(partial + 4 * vectors, s4);
            }
        }
    }

    /** A vector of the pixel at a column of the row of x that starts at {@code x}; zeros beyond its ends. */
    static Float8 pixelOrZeros(VectorFloat8 input, int x, int column, int width, int vectors) {
        int at = x + column * vectors;
        if (column < 0 || column >= width) {
            at = 0;
        }
        return input.get(at);
    }
}
