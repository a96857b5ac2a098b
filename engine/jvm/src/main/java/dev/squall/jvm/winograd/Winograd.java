package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;

/**
 * The transforms of Winograd's F(m x n, 3x3) for m and n of 2, 4 and 6 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
 * 2016): with d a tile of (m + 2) x (n + 2) pixels of the input, g a 3x3 kernel and y the tile of m x n pixels of the output,
 *
 * <pre>
 * y  = A' [(G g G') * (B' d B)] A              forward; for 6x6 pixels 64 products where the direct sum takes 324
 * dg = G' [(B' d B) * (A dy A')] G             gradient of the kernel
 * </pre>
 *
 * where * multiplies elements. A side of a tile is a convolution of polynomials, and a product of polynomials is known from its values at as many
 * points as it has coefficients (Toom, Cook): element i of what is multiplied is the value at point a_i, of infinity, 0, 1, -1, 2, -2, 1/2 and -1/2 in
 * this order. The point infinity stands for the highest coefficient. These points and no others, because their powers are exact in binary and stay
 * small, which keeps the error small. For m pixels of output the first m + 2 points are enough, so tiles of all sizes share the transformed kernels: a
 * smaller one does without some. With a stride of 2 it is similar, see {@link Strided}.
 *
 * <p>All constants follow from the points. Let M(x) be the product of x - a_i over the finite points that a size uses, and N_i the product of
 * a_i - a_k over all others of them. Then, along one side,
 *
 * <pre>
 * A'[k][i] = a_i^k                                  infinity: 1 in the last row, else 0
 * G[i][j]  = a_i^j / N_i                            infinity: 1 in the last column, else 0
 * B'[i][l] = the coefficient of x^l in M(x) / (x - a_i)      infinity: in M(x)
 * </pre>
 *
 * A factor may move from a row of G to the same row of B'. So G has the N_i of eight points for all sizes (-1 at 0, -9/2 at 1 and -1, 90 at 2 and -2,
 * 45/32 at 1/2 and -1/2; the sign of the first is moved too), and B' of a smaller size the quotient of both. An example, the point 1 of four points:
 * M(x) / (x - 1) = x^2 + x and N = 2, so its row is -9/4 (x^2 + x).
 *
 * <p>A transform of a tile is the one of a vector ({@link WinogradInput}, {@link WinogradOutput}, {@link WinogradKernel}), run over its
 * columns and then over its rows. All work on one vector of channels; addresses and steps are in bytes.
 */
public final class Winograd {
    /** Values along a side of the largest tile, one for a stride of 2. */
    private static final int MAX_VALUES = 15;

    /** Bytes of the space a transform needs between its two passes. */
    static final int BETWEEN = MAX_VALUES * MAX_VALUES * BlockedLayout.PIXEL_BYTES;

    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    private Winograd() {}

    /** Points along a side for {@code size} pixels of output, which also are the pixels of input. */
    static int points(int size) {
        return size + 2;
    }

    /**
     * B' d B.
     *
     * @param height output pixels of the tile
     * @param width output pixels of the tile
     * @param in the tile's first pixel, rows {@code row} bytes apart
     * @param between {@link #BETWEEN} bytes
     * @param out the results, {@code step} bytes from point to point of a row and {@code outRow} from row to row
     */
    static void input(int height, int width, long in, long row, long between, long out, long step, long outRow) {
        int columns = points(width);
        WinogradInput.run(points(height), in, row, PIXEL, columns, between, columns * PIXEL, PIXEL);
        WinogradInput.run(columns, between, PIXEL, columns * PIXEL, points(height), out, step, outRow);
    }

    /**
     * A' m A.
     *
     * @param in the products, {@code step} bytes from point to point of a row and {@code inRow} from row to row
     * @param out height x width pixels, rows {@code row} bytes apart
     */
    static void output(int height, int width, long in, long step, long inRow, long between, long out, long row) {
        int columns = points(width);
        WinogradOutput.run(height, in, inRow, step, columns, between, columns * PIXEL, PIXEL);
        WinogradOutput.run(width, between, PIXEL, columns * PIXEL, height, out, PIXEL, row);
    }

    /** A dy A': from height x width pixels, rows {@code row} bytes apart, to what {@link #input} writes. */
    static void gradient(int height, int width, long in, long row, long between, long out, long step, long outRow) {
        WinogradOutput.transposed(height, in, row, PIXEL, width, between, width * PIXEL, PIXEL);
        WinogradOutput.transposed(width, between, PIXEL, width * PIXEL, points(height), out, step, outRow);
    }
}
