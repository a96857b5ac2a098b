package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tile that a work-group computes in products, convolutions and their derivatives on a GPU with tensor cores, which multiply halves and sum in single precision. It stands in
 * the place of {@link Tiles} where images are kept as FP16 anyway.
 *
 * <p>A tensor core multiplies for a warp of 32 work-items together, each of which holds a part of both sides and of the sums (PTX ISA, "Matrix Fragments for mma.m16n8k16"):
 *
 * <pre>
 *   work-item t, g = t / 4, q = t % 4
 *   left,  16 x 16:  rows g and g + 8,  columns 2q, 2q + 1, 2q + 8, 2q + 9        8 halves
 *   right, 16 x 8:   rows 2q, 2q + 1, 2q + 8, 2q + 9,  column g                   4 halves
 *   sums,  16 x 8:   rows g and g + 8,  columns 2q, 2q + 1                        4 floats
 * </pre>
 *
 * TornadoVM's {@code mmaLoadA} and {@code mmaLoadB} hand these parts out of local memory, where a tile lies as
 *
 * <pre>
 *                            right: 16 pieces of 16 x 8, each row by row      8 warps of 32 work-items. Each warp has two pieces of the left side and eight
 *                            [ | | | | | | | ][ | | | | | | | ]               of the right one, and so 2 x 8 pieces of sums.
 *                                    |                |
 *    left: 8 pieces      [w]         v                v                       As with {@link Tiles}, all fetch the next 16 steps while the
 *    of 16 x 16, each    [w]  --&gt;  32 x 64 sums     32 x 64 sums             tensor cores multiply the 16 before; then they round them to halves and put them into the
 *    row by row          ...                                                  other half of local memory.
 * </pre>
 *
 * with two halves in an int, those of neighbouring columns, the first one in the low bits.
 *
 * <p>What such a tile waits for is the second-level cache, not the tensor cores. One of 128 columns takes two thirds of what two of 64 take from there. A result of 64 columns loses nothing with it: for those that
 * it does not have, all read the same zeros.
 */
public final class TensorCores {
    private TensorCores() {}

    /** Rows of a tile. */
    public static final int ROWS = 128;

    /** Columns of a tile. */
    public static final int COLUMNS = 128;

    /** What is summed over at once. */
    public static final int DEPTH = 16;

    /** Work-items of a group: in one line, since TornadoVM takes the place in it for the place in the warp. */
    public static final int ITEMS = 256;

    /** Rows of a piece: results have whole ones. */
    public static final int PIECE_ROWS = 16;

    /** Columns of a piece. */
    public static final int PIECE_COLUMNS = 8;

    /** Ints of one half of the left side in local memory. */
    static final int LEFT_HALF = 1024;

    /** The same of the right side. */
    static final int RIGHT_HALF = 1024;

    /** Bytes of a piece of the left side. */
    static final int LEFT_PIECE = 512;

    /** The same of the right side. */
    static final int RIGHT_PIECE = 256;

    /** Rows of the tile that a warp computes. */
    static final int WARP_ROWS = 32;

    /** The same of columns. */
    static final int WARP_COLUMNS = 64;

    /** Where in bytes the right pieces of a warp lie that computes the second half of the columns. */
    static final int RIGHT_COLUMNS = 8 * RIGHT_PIECE;

    /** Two floats of an array, rounded to halves, as one int; of an image that lies in memory as halves, see {@link Halves#pair}. */
    static int pair(FloatArray floats, int first, int second) {
        return pack(floats.get(first), floats.get(second));
    }

    /** Two floats, rounded to halves, as one int. */
    static int pack(float first, float second) {
        int low = new HalfFloat(first).getHalfFloatValue() & 0xFFFF;
        int high = new HalfFloat(second).getHalfFloatValue() & 0xFFFF;
        return low | (high << 16);
    }
}
