package dev.squall.bench.peers;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something that several engines do.
 *
 * @param table the table that it belongs to
 * @param name what is done
 * @param work how much that is
 * @param tolerance the largest relative error (root of the mean square) of an output
 * @param bars how fast ours is to be
 * @param contenders makes ours first, then the others
 * @param exact makes the same in double precision, which all are compared with; without it they are compared with ours
 */
record PeerRow(
        String table,
        String name,
        Work work,
        double tolerance,
        List<Bar> bars,
        Function<Engines, List<Contender>> contenders,
        @Nullable Function<Engines, Contender> exact) {
    /** A row whose contenders are compared with ours. */
    PeerRow(
            String table,
            String name,
            Work work,
            double tolerance,
            List<Bar> bars,
            Function<Engines, List<Contender>> contenders) {
        this(table, name, work, tolerance, bars, contenders, null);
    }

    /**
     * What ours is to reach.
     *
     * @param against the beginning of the names of those contenders that are to take longer, or {@link #PEAK}
     * @param atLeast how many times as long; for {@link #PEAK}, the fraction of it
     */
    record Bar(String against, double atLeast) {
        /** The peak of the machine. */
        static final String PEAK = "peak";
    }

    /**
     * How much there is to do.
     *
     * @param images the images of a batch; 0 where that says nothing
     * @param operations floating-point operations of the direct algorithm, two for a multiply-add; 0 if memory is what limits
     * @param bytes read and written at least; 0 if arithmetic is what limits
     */
    record Work(int images, double operations, double bytes) {
        static Work multiplyAdds(int images, double multiplyAdds) {
            return new Work(images, 2 * multiplyAdds, 0);
        }

        /** So many floats read or written. */
        static Work floats(double floats) {
            return new Work(0, 0, floats * Float.BYTES);
        }
    }
}
