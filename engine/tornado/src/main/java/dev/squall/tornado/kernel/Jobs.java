package dev.squall.tornado.kernel;

/**
 * Many jobs of one kind in one launch, such as the updates of all parameters of a network, which have all sizes from 10 floats to millions. The host cuts
 * them into chunks of {@link #CHUNK} vectors. A table says for each chunk which job it belongs to and where in it the chunk begins; a row of what to do for
 * each job follows:
 *
 * <pre>
 *   chunks   (row 0, 0) (row 0, 1024) (row 0, 2048) (row 1, 0) ...      two ints each
 *   rows     what to do in job 0, what to do in job 1, ...              "row" is the place of its first int
 * </pre>
 *
 * There is a work-item for each vector, and nothing to search and no loop: a device made of processor cores then computes several work-items at once.
 */
public final class Jobs {
    private Jobs() {}

    /** Vectors of a chunk. */
    public static final int CHUNK = 1024;

    /** Work-groups of a chunk. */
    static final int GROUPS = 4;

    /** Work-items of a group. */
    static final int ITEMS = CHUNK / GROUPS;
}
