package dev.squall.tornado.kernel;

/**
 * The tile that a work-group of a GPU computes in matrix products, convolutions and their derivatives, which all have one structure:
 *
 * <pre>
 *                            right: 16 rows of 64              128 work-items fetch the next 16 steps along what is summed over, 16 floats of
 *                            [ x.      |      x.       ]       the left and 8 of the right side each, while they multiply the 16 before;
 *                               |             |                then they put them into the other half of local memory. So there is one
 *    left: 16 columns [y:]      v             v                barrier for 16 steps, and nobody waits for memory.
 *    of 128           [  ] --&gt; [ 4 x 4 | 4 x 4 ]
 *                     [--]     [-------+-------]               A work-item has 8 x 8 running sums, in 4 quarters: then those that read
 *                     [y:] --&gt; [ 4 x 4 | 4 x 4 ]               local memory at one time read neighbouring places, or the same.
 * </pre>
 *
 * 64 multiply-adds take 16 floats from local memory, and each float from global memory serves 64 or 128 of them: 21 operations a byte. A wide tile has 128 columns, and
 * a work-item 8 x 16 sums in 8 of these pieces: 128 multiply-adds take 24 floats from local memory, and the 32 that a work-item fetches serve twice as many, 32 operations a byte; but only
 * two groups of that many registers run at once on a processor of an H200, where three of the others do. Rows of the left side
 * in local memory are {@link #LEFT} floats apart, since with 128 more of the work-items would write to the same banks; a wide tile has no room for that in
 * the 32 KB that every device gives a group. The inner loop takes two steps at once, which
 * halves what it spends on counting.
 */
public final class Tiles {
    private Tiles() {}

    /** Rows of a tile. */
    public static final int ROWS = 128;

    /** Columns of a tile. */
    public static final int COLUMNS = 64;

    /** Columns of a wide tile. */
    public static final int WIDE_COLUMNS = 128;

    /** What is summed over at once. */
    public static final int DEPTH = 16;

    /** Work-items of a group in x. */
    public static final int ITEMS_X = 8;

    /** Work-items of a group in y. */
    public static final int ITEMS_Y = 16;

    /** Floats from one step to the next of the left side in local memory. */
    static final int LEFT = 132;

    /** Floats of one half of the left side. */
    static final int LEFT_HALF = 2112;

    /** Floats of one half of the right side. */
    static final int RIGHT_HALF = 1024;

    /** Floats of one half of either side of a wide tile. */
    static final int WIDE_HALF = 2048;

    /** What both halves of both sides of a wide tile take of local memory. */
    public static final int WIDE_BYTES = 4 * WIDE_HALF * Float.BYTES;
}
