package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.BLOCKS;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_DIVISOR;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_SCALE;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_START;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.GROUP_INPUTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.POSITIONS;
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
 * Convolutions with groups of 2, 4 or 8 channels, as many out as in, for processors:
 *
 * <pre>
 *   y[pixel][k] = the sum over taps, and over the n channels c of k's group, of x[pixel at the tap][c] * w[tap][c][k]
 * </pre>
 *
 * Such a group lies within one vector of 8 channels, of x as of y. So it takes n products of vectors for each tap, if the lanes of x
 * change places in between, each lane meeting all of its group once. With {@code l xor r} for r = 0 .. n-1 they do, whatever n is:
 *
 * <pre>
 *   n = 4             group A        group B
 *   x               [ a0 a1 a2 a3    b0 b1 b2 b3 ]    times w for (l, l)
 *   x, l xor 1      [ a1 a0 a3 a2    b1 b0 b3 b2 ]    times w for (l, l xor 1)
 *   x, l xor 2      [ a2 a3 a0 a1    b2 b3 b0 b1 ]    times w for (l, l xor 2)
 *   x, l xor 3      [ a3 a2 a1 a0    b3 b2 b1 b0 ]    times w for (l, l xor 3)
 * </pre>
 *
 * No product is wasted. A dense panel of 16 outputs ({@link PanelKernels}) would multiply 16 inputs where 4 are wanted. Changing lanes is
 * one instruction, which need not wait for the multiplier. Weights are packed as {@code [C8 / 8][tap][r][8]}, with which lanes are crossed as
 * above.
 *
 * <p>The rest is as in {@link DepthwiseRowKernels}: a work-item goes along a row of the result, and reads each pixel once for three taps
 * and all n channels.
 */
public final class GroupKernels {
    private GroupKernels() {}

    public static final Kernel CONVOLVE = Kernel.plane(
                    "convolveGroups",
                    "convolution with groups of 2, 4 or 8 channels: for processors",
                    GroupKernels.class,
                    32,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            GroupKernels::convolveGroups,
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
                    "weightGradientGroups",
                    "weight gradient of such a convolution with stride 1, partial sums: for processors",
                    GroupKernels.class,
                    16,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            GroupKernels::weightGradientGroups,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.PROCESSORS);

    /** Taps of a row that a work-item has at once. */
    public static final int TAPS = 3;

    /** Crossings of lanes that it has at once. */
    public static final int CROSSINGS = 4;

    /** Whether the kernels are for groups of this many channels, in and out. */
    public static boolean take(int inputs, int outputs) {
        return inputs == outputs && (inputs == 2 || inputs == 4 || inputs == 8);
    }

    /**
     * One work-item computes a row of the result, 8 channels, taking the window apart as {@link DepthwiseRowKernels#convolveDepthwiseRows} does; slot
     * BLOCKS counts threes of taps, POSITIONS work-items, PANELS vectors.
     *
     * <pre>
     *   pixel of x, crossed:    under the right tap    the middle tap    the left tap
     *     v                       s0 += v w20           s1 += v w10       s2 += v w00
     *     l xor 1                 t0 += . w21           t1 += . w11       t2 += . w01       12 products for 1 load of x,
     *     l xor 2                 s0 += . w22           s1 += . w12       s2 += . w02       1 load and 1 store of y
     *     l xor 3                 t0 += . w23           t1 += . w13       t2 += . w03
     * </pre>
     *
     * Two sums for an output, s and t, halve the time that one waits for itself. With 8 channels the row is taken twice, the second time with
     * lanes crossed by 4 first; with 2 the last two lines are left out.
     */
    public static void convolveGroups(
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
            int channels = sizes.get(GROUP_INPUTS);
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
            DepthwiseRowKernels.startRow(memory, residuals, output, sizes, line, vector);
            for (int a = 0; a < sizes.get(KERNEL_HEIGHT); a++) {
                int row = ConvolutionWindow.quotient(firstRow + a * sizes.get(ROW_STEP), sizes.get(ROW_DIVISOR));
                if (row >= 0 && row < height) {
                    int x = sizes.get(X) + (image + row) * width * vectors + vector;
                    for (int crossing = 0; crossing < channels; crossing += CROSSINGS) {
                        int weights = sizes.get(WEIGHTS)
                                + (vector * sizes.get(KERNEL_HEIGHT) + a) * kernelWidth * channels
                                + crossing;
                        for (int block = 0; block < sizes.get(BLOCKS); block++) {
                            int b = block * TAPS;
                            int leftTap = b + 1 - tapStep;
                            int first = leftTap * tapStep + sizes.get(COLUMN_START);
                            int left = weights + leftTap * channels;
                            int right = tapStep * channels;
                            Float8 w00 = memory.get(left);
                            Float8 w01 = memory.get(left + 1);
                            Float8 w10 = memory.get(left + right);
                            Float8 w11 = memory.get(left + right + 1);
                            Float8 w20 = memory.get(left + 2 * right);
                            Float8 w21 = memory.get(left + 2 * right + 1);
                            Float8 w02 = w00;
                            Float8 w03 = w00;
                            Float8 w12 = w00;
                            Float8 w13 = w00;
                            Float8 w22 = w00;
                            Float8 w23 = w00;
                            if (channels > 2) {
                                w02 = memory.get(left + 2);
                                w03 = memory.get(left + 3);
                                w12 = memory.get(left + right + 2);
                                w13 = memory.get(left + right + 3);
                                w22 = memory.get(left + 2 * right + 2);
                                w23 = memory.get(left + 2 * right + 3);
                            }
                            Float8 s0 = Float8s.splat(0f);
                            Float8 s1 = Float8s.splat(0f);
                            Float8 t0 = Float8s.splat(0f);
                            Float8 t1 = Float8s.splat(0f);
                            for (int t = 0; t < outWidth + 2; t++) {
                                int c = t + first;
                                Float8 s2 = Float8s.splat(0f);
                                Float8 t2 = Float8s.splat(0f);
                                if (c >= 0 && c < width) {
                                    Float8 v = input.get(x + c * vectors);
                                    if (crossing > 0) {
                                        v = Float8s.crossBy4(v);
                                    }
                                    s0 = Float8.add(s0, Float8.mult(v, w20));
                                    s1 = Float8.add(s1, Float8.mult(v, w10));
                                    s2 = Float8.mult(v, w00);
                                    Float8 u = Float8s.crossBy1(v);
                                    t0 = Float8.add(t0, Float8.mult(u, w21));
                                    t1 = Float8.add(t1, Float8.mult(u, w11));
                                    t2 = Float8.mult(u, w01);
                                    if (channels > 2) {
                                        u = Float8s.crossBy2(v);
                                        s0 = Float8.add(s0, Float8.mult(u, w22));
                                        s1 = Float8.add(s1, Float8.mult(u, w12));
                                        s2 = Float8.add(s2, Float8.mult(u, w02));
                                        u = Float8s.crossBy3(v);
                                        t0 = Float8.add(t0, Float8.mult(u, w23));
                                        t1 = Float8.add(t1, Float8.mult(u, w13));
                                        t2 = Float8.add(t2, Float8.mult(u, w03));
                                    }
                                }
                                if (t >= 2) {
                                    int at = y + (t - 2) * vectors;
                                    output.set(at, Float8.add(output.get(at), Float8.add(s0, t0)));
                                }
                                s0 = s1;
                                s1 = s2;
                                t0 = t1;
                                t1 = t2;
                            }
                        }
                        for (int b = sizes.get(BLOCKS) * TAPS; b < kernelWidth; b++) {
                            Float8 w0 = memory.get(weights + b * channels);
                            Float8 w1 = memory.get(weights + b * channels + 1);
                            Float8 w2 = w0;
                            Float8 w3 = w0;
                            if (channels > 2) {
                                w2 = memory.get(weights + b * channels + 2);
                                w3 = memory.get(weights + b * channels + 3);
                            }
                            int shift = b * tapStep + sizes.get(COLUMN_START);
                            int column = ConvolutionWindow.firstOutput(shift, scale, divisor);
                            int c = (column * scale + shift) / divisor;
                            int outputs = ConvolutionWindow.outputs(sizes, column, c);
                            for (int k = 0; k < outputs; k++) {
                                int at = y + (column + k * divisor) * vectors;
                                Float8 v = input.get(x + (c + k * scale) * vectors);
                                if (crossing > 0) {
                                    v = Float8s.crossBy4(v);
                                }
                                Float8 s = Float8.add(output.get(at), Float8.mult(v, w0));
                                s = Float8.add(s, Float8.mult(Float8s.crossBy1(v), w1));
                                if (channels > 2) {
                                    s = Float8.add(s, Float8.mult(Float8s.crossBy2(v), w2));
                                    s = Float8.add(s, Float8.mult(Float8s.crossBy3(v), w3));
                                }
                                output.set(at, s);
                            }
                        }
                    }
                }
            }
            DepthwiseRowKernels.activateRow(output, sizes, settings, line, vector);
        }
    }

    /**
     * One work-item computes 8 outputs for up to 3 taps of one row of the window and up to 4 crossings, over a range of rows, if stride and
     * dilation are 1; the sizes are those of {@link WeightGradientKernels}.
     *
     * <pre>
     *   dw[tap][r][l] = the sum over pixels of dy[pixel][l] * x[pixel at the tap][l xor r]
     *
     *   row of x at the tap     ... [v0] [v1] [v2] ...         v2 is new; the others were read for the pixels before
     *   dy of one pixel             d, and its lanes crossed by 1, 2, 3
     *   12 running sums             s(tap, r) += v(tap) * d(r)
     * </pre>
     *
     * It is dy whose lanes are crossed, once for three taps; the sum for an output then ends up where the input's lane is, and lanes are crossed back when
     * all is summed. Sums of taps and crossings that do not exist are not written.
     */
    public static void weightGradientGroups(
            KernelContext context, VectorFloat8 input, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int tile = context.globalIdx;
        int range = context.globalIdy;
        if (tile < sizes.get(WeightGradientKernels.TILES) && range < sizes.get(WeightGradientKernels.RANGES)) {
            int vectors = sizes.get(WeightGradientKernels.DY_VECTORS);
            int channels = sizes.get(WeightGradientKernels.GROUP_INPUTS);
            int kernelWidth = sizes.get(WeightGradientKernels.KERNEL_WIDTH);
            int blocks = (kernelWidth + TAPS - 1) / TAPS;
            int quads = (channels + CROSSINGS - 1) / CROSSINGS;
            int vector = tile % vectors;
            int crossing = tile / vectors % quads * CROSSINGS;
            int firstTap = tile / vectors / quads % blocks * TAPS;
            int rowOfWindow = tile / vectors / quads / blocks;
            int rowShift = rowOfWindow * sizes.get(WeightGradientKernels.ROW_DILATION)
                    - sizes.get(WeightGradientKernels.ROW_PADDING);
            int shift = firstTap - sizes.get(WeightGradientKernels.COLUMN_PADDING);
            int width = sizes.get(WeightGradientKernels.X_WIDTH);
            int dyWidth = sizes.get(WeightGradientKernels.DY_WIDTH);
            int height = sizes.get(WeightGradientKernels.DY_HEIGHT);
            Float8 s00 = Float8s.splat(0f);
            Float8 s01 = Float8s.splat(0f);
            Float8 s02 = Float8s.splat(0f);
            Float8 s03 = Float8s.splat(0f);
            Float8 s10 = Float8s.splat(0f);
            Float8 s11 = Float8s.splat(0f);
            Float8 s12 = Float8s.splat(0f);
            Float8 s13 = Float8s.splat(0f);
            Float8 s20 = Float8s.splat(0f);
            Float8 s21 = Float8s.splat(0f);
            Float8 s22 = Float8s.splat(0f);
            Float8 s23 = Float8s.splat(0f);
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
                    Float8 v0 = DepthwiseRowKernels.pixelOrZeros(input, x, shift, width, vectors);
                    Float8 v1 = DepthwiseRowKernels.pixelOrZeros(input, x, shift + 1, width, vectors);
                    for (int j = 0; j < dyWidth; j++) {
                        Float8 v2 = DepthwiseRowKernels.pixelOrZeros(input, x, shift + 2 + j, width, vectors);
                        Float8 d = gradients.get(dy + j * vectors);
                        if (crossing > 0) {
                            d = Float8s.crossBy4(d);
                        }
                        s00 = Float8.add(s00, Float8.mult(d, v0));
                        s10 = Float8.add(s10, Float8.mult(d, v1));
                        s20 = Float8.add(s20, Float8.mult(d, v2));
                        Float8 e = Float8s.crossBy1(d);
                        s01 = Float8.add(s01, Float8.mult(e, v0));
                        s11 = Float8.add(s11, Float8.mult(e, v1));
                        s21 = Float8.add(s21, Float8.mult(e, v2));
                        if (channels > 2) {
                            e = Float8s.crossBy2(d);
                            s02 = Float8.add(s02, Float8.mult(e, v0));
                            s12 = Float8.add(s12, Float8.mult(e, v1));
                            s22 = Float8.add(s22, Float8.mult(e, v2));
                            e = Float8s.crossBy3(d);
                            s03 = Float8.add(s03, Float8.mult(e, v0));
                            s13 = Float8.add(s13, Float8.mult(e, v1));
                            s23 = Float8.add(s23, Float8.mult(e, v2));
                        }
                        v0 = v1;
                        v1 = v2;
                    }
                }
            }
            int tap =
                    (vector * sizes.get(WeightGradientKernels.TAPS) + rowOfWindow * kernelWidth + firstTap) * channels;
            int partial = sizes.get(WeightGradientKernels.PARTIAL)
                    + range * sizes.get(WeightGradientKernels.PARTIAL_VECTORS)
                    + tap
                    + crossing;
            writeCrossed(memory, partial, channels, crossing, s00, s01, s02, s03);
            if (firstTap + 1 < kernelWidth) {
                writeCrossed(memory, partial + channels, channels, crossing, s10, s11, s12, s13);
            }
            if (firstTap + 2 < kernelWidth) {
                writeCrossed(memory, partial + 2 * channels, channels, crossing, s20, s21, s22, s23);
            }
        }
    }

    /** Writes the sums of one tap, lanes crossed back to their outputs. */
    private static void writeCrossed(
            VectorFloat8 memory, int at, int channels, int crossing, Float8 s0, Float8 s1, Float8 s2, Float8 s3) {
        writeOne(memory, at, crossing, s0);
        writeOne(memory, at + 1, crossing, Float8s.crossBy1(s1));
        if (channels > 2) {
            writeOne(memory, at + 2, crossing, Float8s.crossBy2(s2));
            writeOne(memory, at + 3, crossing, Float8s.crossBy3(s3));
        }
    }

    private static void writeOne(VectorFloat8 memory, int at, int crossing, Float8 sum) {
        Float8 result = sum;
        if (crossing > 0) {
            result = Float8s.crossBy4(sum);
        }
        memory.set(at, result);
    }
}
