package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Many jobs of one kind in one launch, such as the updates of all parameters of a network, which have all sizes from 10 floats to millions. A table has a
 * row for each job; its first number is the job's first work-group, and the others say what to do. A group finds its row by bisection:
 *
 * <pre>
 *   rows     (0, ...)             (3, ...)   (4, ...)
 *   groups   |--0--|--1--|--2--|  |--3--|    |--4--|--5--|
 * </pre>
 *
 * A group takes {@link #VECTORS} vectors of its job, a work-item several of them, {@link #ITEMS} apart, so that the search is worth it.
 */
public final class Jobs {
    private Jobs() {}

    /** Work-items of a group. */
    public static final int ITEMS = 256;

    /** Vectors of a group. */
    public static final int VECTORS = 4 * ITEMS;

    /** Where the row begins that {@code group} belongs to: the last of {@code jobs} rows of {@code length} ints whose first group is not above it. */
    static int row(IntArray table, int jobs, int length, int group) {
        int low = 0;
        int high = jobs - 1;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (table.get(middle * length) <= group) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low * length;
    }
}
