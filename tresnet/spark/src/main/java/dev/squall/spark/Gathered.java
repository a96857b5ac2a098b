package dev.squall.spark;

import dev.squall.train.Replica;
import dev.squall.train.parallel.TreeSum;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What copies of a network have given in a round, as far as it has been added up; Spark may add in whatever order. */
final class Gathered implements Serializable {
    private static final long serialVersionUID = 1;

    private final int copies;
    private @Nullable TreeSum sum;
    private @Nullable String problem;
    private int problemOf;

    /**
     * What one of them has given.
     *
     * @param trained as {@link Replica#train} gives it; null if it could not go on
     * @param problem why not
     */
    record Part(
            int shard, float @Nullable [] trained, @Nullable String problem) implements Serializable {}

    Gathered(int copies) {
        this.copies = copies;
        this.problemOf = copies;
    }

    Gathered add(Part part) {
        if (part.trained == null) {
            keep(part.shard, part.problem);
        } else {
            if (sum == null) {
                sum = new TreeSum(copies, part.trained.length);
            }
            sum.add(part.shard, part.trained);
        }
        return this;
    }

    Gathered add(Gathered other) {
        keep(other.problemOf, other.problem);
        if (other.sum != null) {
            sum = sum == null ? other.sum : sum.add(other.sum);
        }
        return this;
    }

    /** That of the first of them, whoever comes first. */
    private void keep(int shard, @Nullable String why) {
        if (shard < problemOf) {
            problem = why;
            problemOf = shard;
        }
    }

    /** Why one of them could not go on. */
    @Nullable
    String problem() {
        return problem;
    }

    float[] total() {
        if (sum == null) {
            throw new IllegalStateException("no copy has given anything");
        }
        return sum.total();
    }
}
