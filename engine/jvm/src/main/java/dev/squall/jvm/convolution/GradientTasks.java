package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;

/**
 * How the sums of a weight gradient are divided among tasks. A task sums one share of the rows for a few groups of vectors and a few channel blocks. It
 * takes as many rows at a time as stay in the nearest cache, and passes over them once for each group, so that memory is read once. The shares depend
 * on the shapes only and are added in order, so the result does not depend on the threads.
 *
 * @param groups how many groups of two vectors of channels there are, of the one factor
 * @param blocks how many blocks of 16 channels there are, of the other
 * @param groupsOfTask how many groups a task has
 * @param blocksOfTask how many blocks a task has
 * @param shares into how many parts the rows are divided that have sums of their own
 * @param passes into how many parts the rows of a share are divided, which are summed one after the other
 */
record GradientTasks(int groups, int blocks, int groupsOfTask, int blocksOfTask, int shares, int passes) {
    /** Enough tasks to keep several threads busy to the end. */
    private static final int WANTED_TASKS = 32;

    /**
     * With up to so many positions, tasks get fewer channels instead of a share of the positions. Each share has sums of its own, and to add them
     * would take as long as to form them.
     */
    private static final int FEW_POSITIONS = 1024;

    /** How many bytes of the rows of a group and a block are kept in the nearest cache: what was fastest with 16 lanes, and with 8. */
    private static final int ROWS_BYTES = (Lanes.COUNT == BlockedLayout.BLOCK ? 39 : 20) << 10;

    static GradientTasks of(int groups, int blocks, GradientRows rows) {
        int count = Math.max(1, rows.count());
        boolean isShort = (long) count * rows.width() <= FEW_POSITIONS;
        int blocksOfTask = isShort ? 4 : 16;
        int groupsOfTask = isShort ? Math.clamp(groups * Math.ceilDiv(blocks, blocksOfTask) / WANTED_TASKS, 1, 4) : 4;
        int tasks = Math.ceilDiv(groups, groupsOfTask) * Math.ceilDiv(blocks, blocksOfTask);
        int shares = Math.clamp(Math.ceilDiv(WANTED_TASKS, tasks), 1, count);
        int positionBytes = 2 * Lanes.BYTES + BlockedLayout.PIXEL_BYTES;
        long shareBytes = (long) Math.ceilDiv(count, shares) * rows.width() * positionBytes;
        int passes = Math.clamp(Math.ceilDiv(shareBytes, ROWS_BYTES), 1, count);
        return new GradientTasks(groups, blocks, groupsOfTask, blocksOfTask, shares, passes);
    }

    /** Forms the sums of a group and a block, or adds to them. */
    interface Sum {
        /**
         * @param share whose sums they are
         * @param part of all rows that is to be summed; {@link #row} says where it begins
         * @param accumulate whether to add to the sums that the share has already
         */
        void add(int share, int part, int group, int block, boolean accumulate);
    }

    /** Runs {@code sum} for every share, pass, group and block. */
    void run(WorkerPool pool, Sum sum) {
        int groupTasks = Math.ceilDiv(groups, groupsOfTask);
        int blockTasks = Math.ceilDiv(blocks, blocksOfTask);
        pool.forEach(shares * groupTasks * blockTasks, task -> {
            int share = task / (groupTasks * blockTasks);
            int firstGroup = task / blockTasks % groupTasks * groupsOfTask;
            int firstBlock = task % blockTasks * blocksOfTask;
            for (int pass = 0; pass < passes; pass++) {
                for (int group = firstGroup; group < Math.min(firstGroup + groupsOfTask, groups); group++) {
                    for (int block = firstBlock; block < Math.min(firstBlock + blocksOfTask, blocks); block++) {
                        sum.add(share, share * passes + pass, group, block, pass > 0);
                    }
                }
            }
        });
    }

    /** The first row of a part; it ends where the next begins. */
    int row(GradientRows rows, int part) {
        return (int) ((long) rows.count() * part / (shares * passes));
    }
}
