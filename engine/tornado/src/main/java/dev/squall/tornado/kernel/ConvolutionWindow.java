package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What all convolution kernels that compute pixels have in common: the meaning of their sizes, and which pixel of the image a tap of
 * the window reads.
 *
 * <p>The derivative by the input gathers as the forward pass does, only along another line. For output row i and row a of the window
 *
 * <pre>
 *   forward:        reads image row    i * stride - padding + a * dilation
 *   by the input:   reads gradient row (i + padding - a * dilation) / stride, if that is a whole number
 * </pre>
 *
 * and in general row (i * SCALE + START + a * STEP) / DIVISOR. So one kernel is both. What lies outside the image is read from the zeros at the
 * start of the arena, at vector 0: the inner loop then needs no branch, and no image a border.
 */
public final class ConvolutionWindow {
    private ConvolutionWindow() {}

    /** Slot: positions to compute; more than pixels if a divisor does not divide the width, see {@link #pixel}. */
    public static final int POSITIONS = 0;

    /** Slot: panels, or vectors of channels, to compute. */
    public static final int PANELS = 1;

    /** Slot: what is convolved. */
    public static final int X = 2;

    /** Slot: packed weights. */
    public static final int WEIGHTS = 3;

    /** Slot: the result. */
    public static final int Y = 4;

    /** Slot: one value for each output channel, or -1. */
    public static final int BIAS = 5;

    /** Slot: what is added before the activation, or -1; may be the result itself. */
    public static final int RESIDUAL = 6;

    /** Slot: rows of the result. */
    public static final int OUT_HEIGHT = 7;

    /** Slot: pixels of a row of the result. */
    public static final int OUT_WIDTH = 8;

    /** Slot: rows of what is convolved. */
    public static final int HEIGHT = 9;

    /** Slot: pixels of a row of what is convolved. */
    public static final int WIDTH = 10;

    /** Slot: vectors of a pixel of what is convolved. */
    public static final int X_VECTORS = 11;

    /** Slot: vectors of a pixel of the result. */
    public static final int Y_VECTORS = 12;

    /** Slot: rows of the window. */
    public static final int KERNEL_HEIGHT = 13;

    /** Slot: columns of the window. */
    public static final int KERNEL_WIDTH = 14;

    /** Slot: see the formula above. */
    public static final int ROW_SCALE = 15;

    /** Slot: the same for columns. */
    public static final int COLUMN_SCALE = 16;

    /** Slot: see the formula above. */
    public static final int ROW_START = 17;

    /** Slot: the same for columns. */
    public static final int COLUMN_START = 18;

    /** Slot: see the formula above. */
    public static final int ROW_STEP = 19;

    /** Slot: the same for columns. */
    public static final int COLUMN_STEP = 20;

    /** Slot: see the formula above. */
    public static final int ROW_DIVISOR = 21;

    /** Slot: the same for columns. */
    public static final int COLUMN_DIVISOR = 22;

    /** Slot: input channels of a group. */
    public static final int GROUP_INPUTS = 23;

    /** Slot: output channels of a group. */
    public static final int GROUP_OUTPUTS = 24;

    /** Slot: rows of a panel for each tap. */
    public static final int PANEL_ROWS = 25;

    /** Slot: output channels. */
    public static final int OUT_CHANNELS = 26;

    /** Slot: the activation, a code of {@link ActivationKernels}. */
    public static final int FUNCTION = 27;

    /** Slot: input channels that a panel sums over; it may have more rows for each tap, all zeros. */
    public static final int CHANNELS = 28;

    /** Slot of the kernels that go along rows: how many blocks of neighbouring taps a row of the window has; the taps beyond come one by one. */
    public static final int BLOCKS = 29;

    /** How many slots there are. */
    public static final int SLOTS = 30;

    /** A row that no window reaches. */
    static final int NOWHERE = -(1 << 28);

    /**
     * The pixel that is computed at a position, or -1 for none. Positions go through the pixels in order, but with a divisor d &gt; 1 a row is taken
     * as columns 0, d, 2d, ..., then 1, d + 1, ..., since neighbours in this order meet the gradient's pixels at the same taps: for all others
     * the whole tile skips the tap.
     */
    static int pixel(IntArray sizes, int position) {
        int width = sizes.get(OUT_WIDTH);
        int divisor = sizes.get(COLUMN_DIVISOR);
        int perResidue = (width + divisor - 1) / divisor;
        int line = position / (perResidue * divisor);
        int inLine = position % (perResidue * divisor);
        int column = inLine % perResidue * divisor + inLine / perResidue;
        int result = line * width + column;
        if (column >= width) {
            result = -1;
        }
        if (position >= sizes.get(POSITIONS)) {
            result = -1;
        }
        return result;
    }

    /** The row that the window's first row stands for at a pixel, times the divisor. */
    static int firstRow(IntArray sizes, int pixel) {
        int row = pixel / sizes.get(OUT_WIDTH) % sizes.get(OUT_HEIGHT);
        int result = row * sizes.get(ROW_SCALE) + sizes.get(ROW_START);
        if (pixel < 0) {
            result = NOWHERE;
        }
        return result;
    }

    /** The same for columns. */
    static int firstColumn(IntArray sizes, int pixel) {
        return pixel % sizes.get(OUT_WIDTH) * sizes.get(COLUMN_SCALE) + sizes.get(COLUMN_START);
    }

    /** The first row of the image that a pixel belongs to, rows of all images counted. */
    static int imageRow(IntArray sizes, int pixel) {
        return pixel / sizes.get(OUT_WIDTH) / sizes.get(OUT_HEIGHT) * sizes.get(HEIGHT);
    }

    /** The first vector of the pixel at a row and column times their divisors, in the image that starts at {@code imageRow}; 0 if outside. */
    static int source(IntArray sizes, int imageRow, int row, int column) {
        int r = quotient(row, sizes.get(ROW_DIVISOR));
        int c = quotient(column, sizes.get(COLUMN_DIVISOR));
        int height = sizes.get(HEIGHT);
        int width = sizes.get(WIDTH);
        int at = sizes.get(X) + ((imageRow + r) * width + c) * sizes.get(X_VECTORS);
        if (r < 0 || r >= height) {
            at = 0;
        }
        if (c < 0 || c >= width) {
            at = 0;
        }
        return at;
    }

    /**
     * The first column j of the result, not below 0, whose column (j * scale + shift) / divisor of the image is a whole number and not below 0; scale
     * or divisor is 1.
     */
    static int firstOutput(int shift, int scale, int divisor) {
        int result = (divisor - shift % divisor) % divisor;
        if (shift < 0) {
            result = (scale - 1 - shift) / scale;
        }
        return result;
    }

    /** How many outputs from that column on, each divisor further, find their tap in the image, the first in column {@code c}. */
    static int outputs(IntArray sizes, int column, int c) {
        int divisor = sizes.get(COLUMN_DIVISOR);
        int scale = sizes.get(COLUMN_SCALE);
        return Math.min(
                (sizes.get(OUT_WIDTH) - column + divisor - 1) / divisor, (sizes.get(WIDTH) - c + scale - 1) / scale);
    }

    /** {@code value / divisor}, or -1 if that is no whole number. */
    static int quotient(int value, int divisor) {
        int result = value;
        if (divisor > 1) {
            result = value / divisor;
            if (result * divisor != value) {
                result = -1;
            }
        }
        return result;
    }
}
