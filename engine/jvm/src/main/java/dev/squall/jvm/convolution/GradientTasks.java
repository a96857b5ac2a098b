package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.tile.Prefetches;
import java.util.function.IntFunction;

/**
 * How the sums of a weight gradient are divided among tasks. A task sums one share of the rows for a few groups of vectors and a few channel blocks. It
 * takes as many rows at a time as stay in cache, and passes over them once for each group, so that memory is read once. The shares depend
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
    private static final boolean IS_WIDE = Lanes.COUNT == BlockedLayout.BLOCK;

    /** Enough tasks to keep several threads busy to the end; those of wide vectors have sums of twice as many channels. */
    private static final int WANTED_TASKS = IS_WIDE ? 16 : 32;

    /** The most groups and blocks of a task: what it reads of so many channels stays in the second-level cache for one pass. */
    private static final int MOST_GROUPS = 8;

    private static final int MOST_BLOCKS = 16;

    /** How many bytes of the rows of a group and a block are summed in one pass: what was fastest with 16 lanes, and with 8. */
    private static final int ROWS_BYTES = (IS_WIDE ? 80 : 40) << 10;

    /** The same where those of the next pass are brought near meanwhile. */
    private static final int ROWS_BYTES_BESIDE = 56 << 10;

    /** What it takes to bring a vector of a position into the second-level cache, in multiply-adds of a vector. */
    private static final double READ = 4;

    /** What it takes to write a vector of sums of a share and to add it to those of the others, likewise. */
    private static final double ADD = 8;

    /** The division that takes the least time, where each position of {@code rows} adds to the sums of {@code taps} taps. */
    static GradientTasks of(int groups, int blocks, int taps, GradientRows rows) {
        return of(groups, blocks, taps, rows, false);
    }

    /** @param isPrefetching whether the rows of the next pass are brought near meanwhile */
    static GradientTasks of(int groups, int blocks, int taps, GradientRows rows, boolean isPrefetching) {
        int count = Math.max(1, rows.count());
        double positions = (double) count * rows.width();
        int vectorsOfBlock = BlockedLayout.BLOCK / Lanes.COUNT;
        double least = Double.MAX_VALUE;
        GradientTasks best = new GradientTasks(groups, blocks, 1, 1, 1, 1);
        for (int g = MOST_GROUPS; g > 0; g /= 2) {
            for (int b = MOST_BLOCKS; b > 0; b /= 2) {
                int tasks = Math.ceilDiv(groups, g) * Math.ceilDiv(blocks, b);
                int shares = Math.clamp(Math.ceilDiv(WANTED_TASKS, tasks), 1, count);
                double products = 2.0 * Math.min(g, groups) * Math.min(b, blocks) * BlockedLayout.BLOCK * taps;
                double reads = 2.0 * Math.min(g, groups) + (double) Math.min(b, blocks) * vectorsOfBlock;
                double cost =
                        READ * reads / products + ADD * shares / positions + (tasks * shares < WANTED_TASKS ? 1 : 0);
                if (cost < least) {
                    least = cost;
                    best = new GradientTasks(groups, blocks, g, b, shares, passes(shares, rows, isPrefetching));
                }
            }
        }
        return best;
    }

    private static int passes(int shares, GradientRows rows, boolean isPrefetching) {
        int count = Math.max(1, rows.count());
        int positionBytes = 2 * Lanes.BYTES + BlockedLayout.PIXEL_BYTES;
        long shareBytes = (long) Math.ceilDiv(count, shares) * rows.width() * positionBytes;
        return Math.clamp(Math.ceilDiv(shareBytes, isPrefetching ? ROWS_BYTES_BESIDE : ROWS_BYTES), 1, count);
    }

    /** Some groups and blocks of a share. */
    record Task(int share, int fromGroup, int toGroup, int fromBlock, int toBlock) {}

    /** Forms the sums of a group and a block, or adds to them. */
    interface Sum {
        /**
         * @param share whose sums they are
         * @param part of all rows that is to be summed; {@link #first} says where it begins
         * @param accumulate whether to add to the sums that the share has already
         * @param ahead what to bring near meanwhile
         */
        void add(int share, int part, int group, int block, boolean accumulate, Prefetches ahead);

        /** Adds to {@code ahead} what a task reads of a part. */
        default void prefetch(int part, Task task, Prefetches ahead) {}
    }

    /** Runs {@code sum} for every share, pass, group and block. */
    void run(WorkerPool pool, Sum sum) {
        int groupTasks = Math.ceilDiv(groups, groupsOfTask);
        int blockTasks = Math.ceilDiv(blocks, blocksOfTask);
        int count = shares * groupTasks * blockTasks;
        IntFunction<Task> tasks = task -> {
            int group = task / blockTasks % groupTasks * groupsOfTask;
            int block = task % blockTasks * blocksOfTask;
            return new Task(
                    task / (groupTasks * blockTasks),
                    group,
                    Math.min(group + groupsOfTask, groups),
                    block,
                    Math.min(block + blocksOfTask, blocks));
        };
        pool.forEach(count, i -> {
            Task task = tasks.apply(i);
            var ahead = new Prefetches();
            for (int pass = 0; pass < passes; pass++) {
                int part = task.share * passes + pass;
                if (pass + 1 < passes) {
                    sum.prefetch(part + 1, task, ahead);
                } else if (i + 1 < count) {
                    Task next = tasks.apply(i + 1);
                    sum.prefetch(next.share * passes, next, ahead);
                }
                for (int group = task.fromGroup; group < task.toGroup; group++) {
                    for (int block = task.fromBlock; block < task.toBlock; block++) {
                        sum.add(task.share, part, group, block, pass > 0, ahead);
                    }
                }
            }
        });
    }

    /** Parts of all rows. */
    int parts() {
        return shares * passes;
    }

    /** The first row of a part; it ends where the next begins. */
    int first(GradientRows rows, int part) {
        return (int) ((long) rows.count() * part / parts());
    }
}
