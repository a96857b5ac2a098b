package dev.squall.tornado.kernel;

import static dev.squall.tornado.kernel.ConvolutionWindow.BIAS;
import static dev.squall.tornado.kernel.ConvolutionWindow.CHANNELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_DIVISOR;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_SCALE;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_START;
import static dev.squall.tornado.kernel.ConvolutionWindow.COLUMN_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.FUNCTION;
import static dev.squall.tornado.kernel.ConvolutionWindow.GROUP_INPUTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.GROUP_OUTPUTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.KERNEL_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_CHANNELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_HEIGHT;
import static dev.squall.tornado.kernel.ConvolutionWindow.OUT_WIDTH;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANELS;
import static dev.squall.tornado.kernel.ConvolutionWindow.PANEL_ROWS;
import static dev.squall.tornado.kernel.ConvolutionWindow.POSITIONS;
import static dev.squall.tornado.kernel.ConvolutionWindow.RESIDUAL;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_SCALE;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_START;
import static dev.squall.tornado.kernel.ConvolutionWindow.ROW_STEP;
import static dev.squall.tornado.kernel.ConvolutionWindow.WEIGHTS;
import static dev.squall.tornado.kernel.ConvolutionWindow.X_VECTORS;
import static dev.squall.tornado.kernel.ConvolutionWindow.Y;
import static dev.squall.tornado.kernel.ConvolutionWindow.Y_VECTORS;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Dense convolutions, for every stride, padding, dilation and window, forward and by the input:
 *
 * <pre>
 *   y[pixel][k] = f( bias[k] + residual[pixel][k] + the sum over taps, c of x[pixel at the tap][c] * w[tap][c][k] )
 * </pre>
 *
 * on processors; {@link ConvolutionTileKernels} is for GPUs. Images are {@code [N][H][W][C8]}, weights packed into panels of 16 outputs ({@link PanelKernels}); the
 * sizes are those of {@link ConvolutionWindow}, setting 0 is the activation's slope.
 *
 * <p>A convolution is the matrix product of {@link MatmulKernels}, pixels x outputs, summed over taps and inputs, except that the left matrix
 * is not there: its row for a pixel and a tap is wherever the tap's pixel lies. Because channels come last, that row is contiguous, and
 * nothing needs to be copied to multiply with it.
 */
public final class ConvolutionKernels {
    private ConvolutionKernels() {}

    public static final Kernel REGISTERS = Kernel.plane(
                    "convolveRegisters",
                    "convolution, tiled in registers: for processors",
                    ConvolutionKernels.class,
                    16,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ConvolutionKernels::convolveRegisters,
                            a.context(),
                            a.operand(0),
                            a.memory(),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.PROCESSORS);

    /** Pixels that a work-item of {@link #convolveRegisters} computes. */
    public static final int REGISTER_PIXELS = 8;

    /**
     * One work-item computes 8 pixels x 16 output channels.
     *
     * <pre>
     *   for each tap:                       w[tap][c]: a row of the panel
     *                                       [ w0 ........ ][ w1 ........ ]      2 loads of 8 floats
     *     x of pixel 0 at the tap:                 |              |
     *     [ . . . c . . . ]  one float --&gt;  s0 += x w0     t0 += x w1           8 loads of one float,
     *     x of pixel 1: anywhere else                                           16 multiply-adds of 8 lanes
     *     [ . . . c . . . ]  one float --&gt;  s1 += x w0     t1 += x w1
     *      ...
     * </pre>
     *
     * 16 running sums are what the vector registers hold beside the factors. The 8 addresses are found once for a tap and serve for all its
     * channels; that is why the channels are the inner loop. Work-items of a group take neighbouring pixels and the same panel, which therefore
     * stays in the cache. Where the first pixel lies takes divisions, the others are counted on from there. A tap at which none of the 8 pixels lies within the image is skipped.
     *
     * <p>With groups a panel starts at the first channel of its first group, see {@link PanelKernels}.
     */
    public static void convolveRegisters(
            KernelContext context,
            VectorFloat8 input,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 output,
            IntArray sizes,
            FloatArray settings) {
        int first = context.globalIdx * REGISTER_PIXELS;
        int panel = context.globalIdy;
        if (first < sizes.get(POSITIONS) && panel < sizes.get(PANELS)) {
            FloatArray floats = input.getArray();
            int[] pixels = new int[8];
            int[] images = new int[8];
            int[] rows = new int[8];
            int[] columns = new int[8];
            int[] sources = new int[8];
            int divisor = sizes.get(COLUMN_DIVISOR);
            int run = (sizes.get(OUT_WIDTH) + divisor - 1) / divisor;
            int inLine = first % (run * divisor);
            int line = first / (run * divisor);
            int row = line % sizes.get(OUT_HEIGHT);
            int image = line / sizes.get(OUT_HEIGHT);
            for (int p = 0; p < 8; p++) {
                int column = inLine;
                if (divisor > 1) {
                    column = inLine % run * divisor + inLine / run;
                }
                pixels[p] = (image * sizes.get(OUT_HEIGHT) + row) * sizes.get(OUT_WIDTH) + column;
                images[p] = image * sizes.get(HEIGHT);
                rows[p] = row * sizes.get(ROW_SCALE) + sizes.get(ROW_START);
                columns[p] = column * sizes.get(COLUMN_SCALE) + sizes.get(COLUMN_START);
                if (column >= sizes.get(OUT_WIDTH) || first + p >= sizes.get(POSITIONS)) {
                    pixels[p] = -1;
                    rows[p] = ConvolutionWindow.NOWHERE;
                }
                inLine++;
                if (inLine == run * divisor) {
                    inLine = 0;
                    row++;
                }
                if (row == sizes.get(OUT_HEIGHT)) {
                    row = 0;
                    image++;
                }
            }
            int vector = panel * 2;
            int channels = sizes.get(CHANNELS);
            int firstGroup = panel * 16 / sizes.get(GROUP_OUTPUTS);
            int lastFirst = sizes.get(X_VECTORS) * 8 - sizes.get(PANEL_ROWS);
            int firstChannel = Math.min(firstGroup * sizes.get(GROUP_INPUTS), lastFirst);
            int height = sizes.get(KERNEL_HEIGHT);
            int width = sizes.get(KERNEL_WIDTH);
            int panelRows = sizes.get(PANEL_ROWS);
            int weights = sizes.get(WEIGHTS) + panel * height * width * panelRows * 2;
            Float8 bias0 = biasOf(memory, sizes, vector);
            Float8 bias1 = biasOf(memory, sizes, vector + 1);
            Float8 s0 = start(residuals, sizes, bias0, pixels[0], vector);
            Float8 t0 = start(residuals, sizes, bias1, pixels[0], vector + 1);
            Float8 s1 = start(residuals, sizes, bias0, pixels[1], vector);
            Float8 t1 = start(residuals, sizes, bias1, pixels[1], vector + 1);
            Float8 s2 = start(residuals, sizes, bias0, pixels[2], vector);
            Float8 t2 = start(residuals, sizes, bias1, pixels[2], vector + 1);
            Float8 s3 = start(residuals, sizes, bias0, pixels[3], vector);
            Float8 t3 = start(residuals, sizes, bias1, pixels[3], vector + 1);
            Float8 s4 = start(residuals, sizes, bias0, pixels[4], vector);
            Float8 t4 = start(residuals, sizes, bias1, pixels[4], vector + 1);
            Float8 s5 = start(residuals, sizes, bias0, pixels[5], vector);
            Float8 t5 = start(residuals, sizes, bias1, pixels[5], vector + 1);
            Float8 s6 = start(residuals, sizes, bias0, pixels[6], vector);
            Float8 t6 = start(residuals, sizes, bias1, pixels[6], vector + 1);
            Float8 s7 = start(residuals, sizes, bias0, pixels[7], vector);
            Float8 t7 = start(residuals, sizes, bias1, pixels[7], vector + 1);
            for (int a = 0; a < height; a++) {
                for (int b = 0; b < width; b++) {
                    int any = 0;
                    for (int p = 0; p < 8; p++) {
                        int source = ConvolutionWindow.source(
                                sizes,
                                images[p],
                                rows[p] + a * sizes.get(ROW_STEP),
                                columns[p] + b * sizes.get(COLUMN_STEP));
                        any = any | source;
                        sources[p] = source * 8 + firstChannel;
                    }
                    if (any != 0) {
                        int x0 = sources[0];
                        int x1 = sources[1];
                        int x2 = sources[2];
                        int x3 = sources[3];
                        int x4 = sources[4];
                        int x5 = sources[5];
                        int x6 = sources[6];
                        int x7 = sources[7];
                        int w = weights + (a * width + b) * panelRows * 2;
                        for (int c = 0; c < channels; c++) {
                            Float8 w0 = memory.get(w + 2 * c);
                            Float8 w1 = memory.get(w + 2 * c + 1);
                            Float8 v = Float8s.splat(floats.get(x0 + c));
                            s0 = Float8.add(s0, Float8.mult(v, w0));
                            t0 = Float8.add(t0, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x1 + c));
                            s1 = Float8.add(s1, Float8.mult(v, w0));
                            t1 = Float8.add(t1, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x2 + c));
                            s2 = Float8.add(s2, Float8.mult(v, w0));
                            t2 = Float8.add(t2, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x3 + c));
                            s3 = Float8.add(s3, Float8.mult(v, w0));
                            t3 = Float8.add(t3, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x4 + c));
                            s4 = Float8.add(s4, Float8.mult(v, w0));
                            t4 = Float8.add(t4, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x5 + c));
                            s5 = Float8.add(s5, Float8.mult(v, w0));
                            t5 = Float8.add(t5, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x6 + c));
                            s6 = Float8.add(s6, Float8.mult(v, w0));
                            t6 = Float8.add(t6, Float8.mult(v, w1));
                            v = Float8s.splat(floats.get(x7 + c));
                            s7 = Float8.add(s7, Float8.mult(v, w0));
                            t7 = Float8.add(t7, Float8.mult(v, w1));
                        }
                    }
                }
            }
            write(output, sizes, pixels[0], vector, s0);
            write(output, sizes, pixels[0], vector + 1, t0);
            write(output, sizes, pixels[1], vector, s1);
            write(output, sizes, pixels[1], vector + 1, t1);
            write(output, sizes, pixels[2], vector, s2);
            write(output, sizes, pixels[2], vector + 1, t2);
            write(output, sizes, pixels[3], vector, s3);
            write(output, sizes, pixels[3], vector + 1, t3);
            write(output, sizes, pixels[4], vector, s4);
            write(output, sizes, pixels[4], vector + 1, t4);
            write(output, sizes, pixels[5], vector, s5);
            write(output, sizes, pixels[5], vector + 1, t5);
            write(output, sizes, pixels[6], vector, s6);
            write(output, sizes, pixels[6], vector + 1, t6);
            write(output, sizes, pixels[7], vector, s7);
            write(output, sizes, pixels[7], vector + 1, t7);
            if (sizes.get(FUNCTION) != ActivationKernels.IDENTITY) {
                for (int p = 0; p < 8; p++) {
                    activate(output, sizes, settings, pixels[p], vector);
                    activate(output, sizes, settings, pixels[p], vector + 1);
                }
            }
        }
    }

    /** The bias of a vector of outputs; zeros if there is none. */
    static Float8 biasOf(VectorFloat8 memory, IntArray sizes, int vector) {
        int bias = sizes.get(BIAS);
        int channels = sizes.get(OUT_CHANNELS);
        Float8 result = Float8s.splat(0f);
        if (bias >= 0 && vector * 8 < channels) {
            result = Float8s.mask(memory.get(bias + vector), vector * 8, channels);
        }
        return result;
    }

    /** What the sum of a pixel and a vector of outputs starts from: the bias and the residual. It is read before anything is written. */
    static Float8 start(VectorFloat8 residuals, IntArray sizes, Float8 bias, int pixel, int vector) {
        int residual = sizes.get(RESIDUAL);
        int at = residual + pixel * sizes.get(Y_VECTORS) + vector;
        if (residual < 0 || pixel < 0) {
            at = 0;
        }
        if (vector >= sizes.get(Y_VECTORS)) {
            at = 0;
        }
        return Float8.add(bias, residuals.get(at));
    }

    static void write(VectorFloat8 output, IntArray sizes, int pixel, int vector, Float8 value) {
        if (pixel >= 0 && vector < sizes.get(Y_VECTORS)) {
            output.set(sizes.get(Y) + pixel * sizes.get(Y_VECTORS) + vector, value);
        }
    }

    /** Activates what the work-item has just written: once in the code rather than once for each running sum. */
    static void activate(VectorFloat8 output, IntArray sizes, FloatArray settings, int pixel, int vector) {
        if (pixel >= 0 && vector < sizes.get(Y_VECTORS)) {
            int at = sizes.get(Y) + pixel * sizes.get(Y_VECTORS) + vector;
            Float8 y = ActivationKernels.activate(output.get(at), sizes.get(FUNCTION), settings.get(0));
            output.set(at, Float8s.mask(y, vector * 8, sizes.get(OUT_CHANNELS)));
        }
    }
}
