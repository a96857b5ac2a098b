package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * The derivative of a convolution by its weights:
 *
 * <pre>
 *   dw[k][c][tap] = the sum over all pixels of dy[pixel][k] * x[pixel at the tap][c]
 * </pre>
 *
 * There are few weights and many pixels, so the pixels are cut into ranges of whole rows. The kernels here compute the sum of each range,
 * {@link PanelKernels#sumPanels} adds those up. How the pixels are cut depends on the shapes alone, and the order of each sum is fixed: results
 * are the same on every run and device of one kind, which atomic additions could not promise.
 *
 * <pre>
 *   dy, x:   range 0 | range 1 | range 2 | ...            one work-item: one range, one tile of weights
 *               |         |         |
 *            partial   partial   partial                  each in the packed order of {@link PanelKernels}
 *               \_________|_________/
 *                         dw                              row-major
 * </pre>
 *
 * A tap that looks over an edge limits rows and columns of the loops instead of reading zeros: for one work-item the tap is fixed.
 */
public final class WeightGradientKernels {
    private WeightGradientKernels() {}

    public static final Kernel REGISTERS = Kernel.plane(
                    "weightGradient",
                    "weight gradient, partial sums, tiled in registers: for processors",
                    WeightGradientKernels.class,
                    16,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            WeightGradientKernels::weightGradient,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.PROCESSORS);

    /** Slot: what one range is divided into. */
    public static final int TILES = 0;

    /** Slot: ranges of rows. */
    public static final int RANGES = 1;

    /** Slot: the images. */
    public static final int X = 2;

    /** Slot: the gradient of the result. */
    public static final int DY = 3;

    /** Slot: the partial sums. */
    public static final int PARTIAL = 4;

    /** Slot: rows of all images of dy. */
    public static final int LINES = 5;

    /** Slot: rows of a range. */
    public static final int LINES_OF_RANGE = 6;

    /** Slot: rows of dy. */
    public static final int DY_HEIGHT = 7;

    /** Slot: pixels of a row of dy. */
    public static final int DY_WIDTH = 8;

    /** Slot: rows of x. */
    public static final int X_HEIGHT = 9;

    /** Slot: pixels of a row of x. */
    public static final int X_WIDTH = 10;

    /** Slot: vectors of a pixel of x. */
    public static final int X_VECTORS = 11;

    /** Slot: vectors of a pixel of dy. */
    public static final int DY_VECTORS = 12;

    /** Slot: columns of the window. */
    public static final int KERNEL_WIDTH = 13;

    /** Slot: rows times columns of the window. */
    public static final int TAPS = 14;

    /** Slot: rows of x from one row of dy to the next. */
    public static final int ROW_STRIDE = 15;

    /** Slot: columns of x from one column of dy to the next. */
    public static final int COLUMN_STRIDE = 16;

    /** Slot: rows that the first window lies above x. */
    public static final int ROW_PADDING = 17;

    /** Slot: columns that the first window lies left of x. */
    public static final int COLUMN_PADDING = 18;

    /** Slot: rows of x from one row of the window to the next. */
    public static final int ROW_DILATION = 19;

    /** Slot: columns of x from one column of the window to the next. */
    public static final int COLUMN_DILATION = 20;

    /** Slot: inputs c of a group. */
    public static final int GROUP_INPUTS = 21;

    /** Slot: outputs k of a group. */
    public static final int GROUP_OUTPUTS = 22;

    /** Slot: rows of a panel for each tap, a multiple of {@link #INPUTS}. */
    public static final int PANEL_ROWS = 23;

    /** Slot: vectors of the partial sums of one range. */
    public static final int PARTIAL_VECTORS = 24;

    /** Slot of {@link ChannelKernels}: floats of a panel's row. */
    public static final int ROW_FLOATS = 25;

    /** How many slots there are. */
    public static final int SLOTS = 26;

    /** Input channels that a work-item of {@link #weightGradient} computes. */
    public static final int INPUTS = 8;

    /** The first column j, not below 0, with j * stride + shift not below 0. */
    static int firstColumn(int shift, int stride) {
        int result = 0;
        if (shift < 0) {
            result = (stride - 1 - shift) / stride;
        }
        return result;
    }

    /**
     * One work-item computes 8 inputs x 16 outputs for one tap, over a range of rows.
     *
     * <pre>
     *                               dy of a pixel: 16 outputs
     *                               [ d0 ........ ][ d1 ........ ]
     *                                      |              |
     *     x of the pixel at the tap:
     *     8 inputs   x0 --&gt;         s0 += x0 d0    t0 += x0 d1       16 running sums of 8 lanes,
     *                x1 --&gt;         s1 += x1 d0    t1 += x1 d1       10 loads for 16 multiply-adds
     *                ...                    ...
     * </pre>
     *
     * This is the tile of the forward pass with pixels in the place of channels: what is summed over is the inner loop. Tiles are numbered with
     * blocks of inputs first, so that neighbours share dy and the whole group its range of rows.
     */
    public static void weightGradient(
            KernelContext context, VectorFloat8 input, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int tile = context.globalIdx;
        int range = context.globalIdy;
        if (tile < sizes.get(TILES) && range < sizes.get(RANGES)) {
            FloatArray floats = input.getArray();
            int blocks = sizes.get(PANEL_ROWS) / INPUTS;
            int block = tile % blocks;
            int tap = tile / blocks % sizes.get(TAPS);
            int panel = tile / blocks / sizes.get(TAPS);
            int firstGroup = panel * 16 / sizes.get(GROUP_OUTPUTS);
            int lastFirst = sizes.get(X_VECTORS) * 8 - sizes.get(PANEL_ROWS);
            int channel = Math.min(firstGroup * sizes.get(GROUP_INPUTS), lastFirst) + block * INPUTS;
            int second = Math.min(panel * 2 + 1, sizes.get(DY_VECTORS) - 1) - panel * 2;
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
            int rowShift = tap / sizes.get(KERNEL_WIDTH) * sizes.get(ROW_DILATION) - sizes.get(ROW_PADDING);
            int columnShift = tap % sizes.get(KERNEL_WIDTH) * sizes.get(COLUMN_DILATION) - sizes.get(COLUMN_PADDING);
            int stride = sizes.get(COLUMN_STRIDE);
            int from = firstColumn(columnShift, stride);
            int to = Math.min(sizes.get(DY_WIDTH), firstColumn(columnShift - sizes.get(X_WIDTH), stride));
            int height = sizes.get(DY_HEIGHT);
            int lastLine = Math.min(sizes.get(LINES), (range + 1) * sizes.get(LINES_OF_RANGE));
            for (int line = range * sizes.get(LINES_OF_RANGE); line < lastLine; line++) {
                int row = line % height * sizes.get(ROW_STRIDE) + rowShift;
                int lineOfX = (line / height * sizes.get(X_HEIGHT) + row) * sizes.get(X_WIDTH) + columnShift;
                if (row >= 0 && row < sizes.get(X_HEIGHT)) {
                    for (int j = from; j < to; j++) {
                        int x = (sizes.get(X) + (lineOfX + j * stride) * sizes.get(X_VECTORS)) * 8 + channel;
                        int dy = sizes.get(DY) + (line * sizes.get(DY_WIDTH) + j) * sizes.get(DY_VECTORS) + panel * 2;
                        Float8 d0 = gradients.get(dy);
                        Float8 d1 = gradients.get(dy + second);
                        Float8 v = Float8s.splat(floats.get(x));
                        s0 = Float8.add(s0, Float8.mult(v, d0));
                        t0 = Float8.add(t0, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 1));
                        s1 = Float8.add(s1, Float8.mult(v, d0));
                        t1 = Float8.add(t1, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 2));
                        s2 = Float8.add(s2, Float8.mult(v, d0));
                        t2 = Float8.add(t2, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 3));
                        s3 = Float8.add(s3, Float8.mult(v, d0));
                        t3 = Float8.add(t3, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 4));
                        s4 = Float8.add(s4, Float8.mult(v, d0));
                        t4 = Float8.add(t4, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 5));
                        s5 = Float8.add(s5, Float8.mult(v, d0));
                        t5 = Float8.add(t5, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 6));
                        s6 = Float8.add(s6, Float8.mult(v, d0));
                        t6 = Float8.add(t6, Float8.mult(v, d1));
                        v = Float8s.splat(floats.get(x + 7));
                        s7 = Float8.add(s7, Float8.mult(v, d0));
                        t7 = Float8.add(t7, Float8.mult(v, d1));
                    }
                }
            }
            int partial = sizes.get(PARTIAL)
                    + range * sizes.get(PARTIAL_VECTORS)
                    + ((panel * sizes.get(TAPS) + tap) * blocks + block) * INPUTS * 2;
            memory.set(partial, s0);
            memory.set(partial + 1, t0);
            memory.set(partial + 2, s1);
            memory.set(partial + 3, t1);
            memory.set(partial + 4, s2);
            memory.set(partial + 5, t2);
            memory.set(partial + 6, s3);
            memory.set(partial + 7, t3);
            memory.set(partial + 8, s4);
            memory.set(partial + 9, t4);
            memory.set(partial + 10, s5);
            memory.set(partial + 11, t5);
            memory.set(partial + 12, s6);
            memory.set(partial + 13, t6);
            memory.set(partial + 14, s7);
            memory.set(partial + 15, t7);
        }
    }
}
