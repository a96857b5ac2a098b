package dev.squall.tornado.kernel;

/**
 * Sums over pixels within a work-group, the same on every device. P work-items of the group share a vector of eight channels: each adds a run of
 * neighbouring pixels, and then one for each channel adds up what these have put into local memory.
 *
 * <pre>
 *   pixels      |- item 0 -|- item 1 -| ... |- item P-1 -|     and the next P work-items another vector
 *   local        s0         s1               s(P-1)            row by row: local[lane * STRIDE + item]
 *   sums         ((s0 + s1) + s2) + ...                        lane l of vector v by item 8 v + l
 * </pre>
 *
 * One launch does it all, but no more than a group shares a vector, so it is for at most {@link #MOST_PIXELS}. If the last of many groups to finish
 * could add up what all have found, it would serve more; but TornadoVM's atomic additions do not return what they found (its tests leave PTX out of
 * those that do), and it has no fence between groups that means the same to all of its backends.
 *
 * <p>Local arrays cannot be passed to another method, so the kernels repeat these lines.
 */
public final class GroupSums {
    private GroupSums() {}

    /** Work-items of a group. */
    public static final int ITEMS = 256;

    /** Floats from lane to lane: an odd number, so that the eight that add them up read from different banks. */
    static final int STRIDE = ITEMS + 1;

    /** Floats of local memory for a vector from each work-item. */
    static final int LOCAL_FLOATS = 8 * STRIDE;

    /** The most pixels that are worth one group: more are left to several, and a second launch. */
    public static final int MOST_PIXELS = 1 << 14;

    /** Work-items that share a vector: a power of two, at least 8 so that there are enough for the channels, and few where there are few pixels. */
    public static int parts(int pixels) {
        return Math.clamp(Integer.highestOneBit(Math.max(1, pixels / 8)), 8, ITEMS);
    }
}
