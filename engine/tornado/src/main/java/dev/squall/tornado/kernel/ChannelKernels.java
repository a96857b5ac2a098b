package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Convolutions with groups of channels, and of each channel by itself, on GPUs.
 *
 * <p>There is too little to compute for each float for a tile in local memory: what counts is that neighbouring work-items read neighbouring floats. So a
 * work-item computes one channel, its neighbour the next, and a work-item meets the inputs of its own group only, wherever a panel
 * ({@link PanelKernels}) has them.
 */
public final class ChannelKernels {
    private ChannelKernels() {}

    /** Work-items of a group. */
    private static final int ITEMS = 128;

    public static final Kernel CONVOLVE = Kernel.plane(
                    "convolveChannels",
                    "convolution with groups of channels, or of each by itself: for GPUs",
                    ChannelKernels.class,
                    ITEMS,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ChannelKernels::convolveChannels,
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

    public static final Kernel WEIGHT_GRADIENT = Kernel.plane(
                    "weightGradientChannels",
                    "weight gradient of such a convolution, partial sums: for GPUs",
                    ChannelKernels.class,
                    ITEMS,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ChannelKernels::weightGradientChannels,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.GPUS)
            .images(0, 1);

    /** Pixels of a row that a work-item of {@link #convolveChannels} computes. */
    public static final int PIXELS = 4;

    /** Slot of {@link #convolveChannels} in the place of {@link ConvolutionWindow#BLOCKS}: floats of a panel's row. */
    public static final int ROW_FLOATS = ConvolutionWindow.BLOCKS;

    /**
     * One work-item computes 4 pixels of a row, one channel. The columns of a row are taken by {@linkplain ConvolutionWindow#pixel remainders}, so
     * that the pixels of a work-item find theirs at the same taps, a fixed step apart. The sizes are those of {@link ConvolutionWindow}; slot POSITIONS
     * counts work-items; with each channel by itself, a group has one input and one output. Setting 0 is the activation's slope.
     */
    public static void convolveChannels(
            KernelContext context,
            VectorFloat8 input,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 written,
            IntArray sizes,
            FloatArray settings) {
        int item = context.globalIdx;
        if (item < sizes.get(ConvolutionWindow.POSITIONS)) {
            FloatArray ofX = input.getArray();
            FloatArray floats = memory.getArray();
            FloatArray others = residuals.getArray();
            FloatArray results = written.getArray();
            int stride = sizes.get(ConvolutionWindow.Y_VECTORS) * 8;
            int xStride = sizes.get(ConvolutionWindow.X_VECTORS) * 8;
            int outHeight = sizes.get(ConvolutionWindow.OUT_HEIGHT);
            int outWidth = sizes.get(ConvolutionWindow.OUT_WIDTH);
            int height = sizes.get(ConvolutionWindow.HEIGHT);
            int width = sizes.get(ConvolutionWindow.WIDTH);
            int divisor = sizes.get(ConvolutionWindow.COLUMN_DIVISOR);
            int scale = sizes.get(ConvolutionWindow.COLUMN_SCALE);
            int kernelHeight = sizes.get(ConvolutionWindow.KERNEL_HEIGHT);
            int kernelWidth = sizes.get(ConvolutionWindow.KERNEL_WIDTH);
            int channels = sizes.get(ConvolutionWindow.OUT_CHANNELS);
            int strips = ((outWidth + divisor - 1) / divisor + PIXELS - 1) / PIXELS;
            int k = item % stride;
            int inLine = item / stride % (strips * divisor);
            int line = item / stride / (strips * divisor);
            int column = inLine % strips * PIXELS * divisor + inLine / strips;
            int image = line / outHeight;
            int firstRow =
                    line % outHeight * sizes.get(ConvolutionWindow.ROW_SCALE) + sizes.get(ConvolutionWindow.ROW_START);
            int firstColumn = column * scale + sizes.get(ConvolutionWindow.COLUMN_START);
            int inputs = sizes.get(ConvolutionWindow.GROUP_INPUTS);
            int outputs = sizes.get(ConvolutionWindow.GROUP_OUTPUTS);
            int panelRows = sizes.get(ConvolutionWindow.PANEL_ROWS);
            int rowFloats = sizes.get(ROW_FLOATS);
            int output = Math.min(k, channels - 1);
            int panel = output / rowFloats;
            int firstInput = output / outputs * inputs;
            int row = firstInput - firstOfPanel(panel, rowFloats, outputs, inputs, xStride - panelRows);
            int weights = sizes.get(ConvolutionWindow.WEIGHTS) * 8
                    + (panel * kernelHeight * kernelWidth * panelRows + Math.min(row, panelRows - inputs)) * rowFloats
                    + output % rowFloats;
            int step = scale * xStride;
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            for (int a = 0; a < kernelHeight; a++) {
                int r = ConvolutionWindow.quotient(
                        firstRow + a * sizes.get(ConvolutionWindow.ROW_STEP), sizes.get(ConvolutionWindow.ROW_DIVISOR));
                if (r >= 0 && r < height) {
                    for (int b = 0; b < kernelWidth; b++) {
                        int across = firstColumn + b * sizes.get(ConvolutionWindow.COLUMN_STEP);
                        int c = across;
                        if (divisor > 1) {
                            c = across / divisor;
                        }
                        if (c * divisor == across) {
                            int x = sizes.get(ConvolutionWindow.X) * 8
                                    + ((image * height + r) * width + c) * xStride
                                    + firstInput;
                            int x0 = inside(x, c, width);
                            int x1 = inside(x + step, c + scale, width);
                            int x2 = inside(x + 2 * step, c + 2 * scale, width);
                            int x3 = inside(x + 3 * step, c + 3 * scale, width);
                            int w = weights + (a * kernelWidth + b) * panelRows * rowFloats;
                            for (int i = 0; i < inputs; i++) {
                                float v = floats.get(w + i * rowFloats);
                                s0 = s0 + v * ofX.get(x0 + i);
                                s1 = s1 + v * ofX.get(x1 + i);
                                s2 = s2 + v * ofX.get(x2 + i);
                                s3 = s3 + v * ofX.get(x3 + i);
                            }
                        }
                    }
                }
            }
            int first = line * outWidth;
            write(floats, others, results, sizes, settings, first, column, k, s0);
            write(floats, others, results, sizes, settings, first, column + divisor, k, s1);
            write(floats, others, results, sizes, settings, first, column + 2 * divisor, k, s2);
            write(floats, others, results, sizes, settings, first, column + 3 * divisor, k, s3);
        }
    }

    /** The input at which a panel starts. */
    private static int firstOfPanel(int panel, int rowFloats, int outputs, int inputs, int last) {
        return Math.min(panel * rowFloats / outputs * inputs, last);
    }

    /** {@code at}, or the arena's first float if the column is outside: there are only zeros. */
    private static int inside(int at, int column, int width) {
        int result = at;
        if (column < 0 || column >= width) {
            result = 0;
        }
        return result;
    }

    /** Adds bias and residual to the sum for a column of the line that starts at pixel {@code first}, activates it, and writes it. */
    private static void write(
            FloatArray floats,
            FloatArray others,
            FloatArray results,
            IntArray sizes,
            FloatArray settings,
            int first,
            int column,
            int k,
            float sum) {
        if (column < sizes.get(ConvolutionWindow.OUT_WIDTH)) {
            int channels = sizes.get(ConvolutionWindow.OUT_CHANNELS);
            int at = (first + column) * sizes.get(ConvolutionWindow.Y_VECTORS) * 8 + k;
            int residual = sizes.get(ConvolutionWindow.RESIDUAL) * 8 + at;
            if (sizes.get(ConvolutionWindow.RESIDUAL) < 0) {
                residual = 0;
            }
            int bias = PartKernels.biasAt(sizes.get(ConvolutionWindow.BIAS) * 8, k, channels);
            float all = sum + others.get(residual) + floats.get(bias);
            float value = 0f;
            if (k < channels) {
                value = PartKernels.activate(all, sizes.get(ConvolutionWindow.FUNCTION), settings.get(0));
            }
            results.set(sizes.get(ConvolutionWindow.Y) * 8 + at, value);
        }
    }

    /**
     * One work-item computes one float of the packed weights' gradient over a range of rows, see {@link WeightGradientKernels}, whose sizes these are;
     * those that pair an output with an input of another group, which panels have too, write zeros.
     */
    public static void weightGradientChannels(
            KernelContext context, VectorFloat8 input, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int item = context.globalIdx;
        int range = context.globalIdy;
        int all = sizes.get(WeightGradientKernels.PARTIAL_VECTORS) * 8;
        if (item < all && range < sizes.get(WeightGradientKernels.RANGES)) {
            FloatArray ofX = input.getArray();
            FloatArray ofDy = gradients.getArray();
            FloatArray floats = memory.getArray();
            int rowFloats = sizes.get(WeightGradientKernels.ROW_FLOATS);
            int panelRows = sizes.get(WeightGradientKernels.PANEL_ROWS);
            int taps = sizes.get(WeightGradientKernels.TAPS);
            int inputs = sizes.get(WeightGradientKernels.GROUP_INPUTS);
            int outputs = sizes.get(WeightGradientKernels.GROUP_OUTPUTS);
            int xStride = sizes.get(WeightGradientKernels.X_VECTORS) * 8;
            int dyStride = sizes.get(WeightGradientKernels.DY_VECTORS) * 8;
            int kernelWidth = sizes.get(WeightGradientKernels.KERNEL_WIDTH);
            int tap = item / rowFloats / panelRows % taps;
            int panel = item / rowFloats / panelRows / taps;
            int k = panel * rowFloats + item % rowFloats;
            int channel =
                    firstOfPanel(panel, rowFloats, outputs, inputs, xStride - panelRows) + item / rowFloats % panelRows;
            if (panelRows == 1) {
                channel = k;
            }
            int rowShift = tap / kernelWidth * sizes.get(WeightGradientKernels.ROW_DILATION)
                    - sizes.get(WeightGradientKernels.ROW_PADDING);
            int columnShift = tap % kernelWidth * sizes.get(WeightGradientKernels.COLUMN_DILATION)
                    - sizes.get(WeightGradientKernels.COLUMN_PADDING);
            int stride = sizes.get(WeightGradientKernels.COLUMN_STRIDE);
            int from = WeightGradientKernels.firstColumn(columnShift, stride);
            int to = Math.min(
                    sizes.get(WeightGradientKernels.DY_WIDTH),
                    WeightGradientKernels.firstColumn(columnShift - sizes.get(WeightGradientKernels.X_WIDTH), stride));
            int height = sizes.get(WeightGradientKernels.DY_HEIGHT);
            int firstLine = range * sizes.get(WeightGradientKernels.LINES_OF_RANGE);
            int lastLine = Math.min(
                    sizes.get(WeightGradientKernels.LINES),
                    firstLine + sizes.get(WeightGradientKernels.LINES_OF_RANGE));
            if (channel / inputs != k / outputs || k >= dyStride) {
                lastLine = firstLine;
            }
            float sum = 0f;
            for (int line = firstLine; line < lastLine; line++) {
                int row = line % height * sizes.get(WeightGradientKernels.ROW_STRIDE) + rowShift;
                if (row >= 0 && row < sizes.get(WeightGradientKernels.X_HEIGHT)) {
                    int lineOfX = (line / height * sizes.get(WeightGradientKernels.X_HEIGHT) + row)
                                    * sizes.get(WeightGradientKernels.X_WIDTH)
                            + columnShift;
                    int x = sizes.get(WeightGradientKernels.X) * 8 + lineOfX * xStride + channel;
                    int dy = sizes.get(WeightGradientKernels.DY) * 8
                            + line * sizes.get(WeightGradientKernels.DY_WIDTH) * dyStride
                            + k;
                    for (int j = from; j < to; j++) {
                        sum = sum + ofDy.get(dy + j * dyStride) * ofX.get(x + j * stride * xStride);
                    }
                }
            }
            floats.set(sizes.get(WeightGradientKernels.PARTIAL) * 8 + range * all + item, sum);
        }
    }
}
