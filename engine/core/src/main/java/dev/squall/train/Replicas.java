package dev.squall.train;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Copies of a network, one for each shard of a batch, wherever they are. */
public interface Replicas {
    /**
     * Lets all of them take the steps of a round.
     *
     * @param stop asked now and then whether to give it up
     * @return the sum of what {@link Replica#train} gives for each, as {@link dev.squall.train.parallel.TreeSum} adds it; null if it was given up
     * @throws dev.squall.error.BadInputException if one of them cannot go on
     */
    float @Nullable [] train(Round round, BooleanSupplier stop);

    /** What the rounds since the last call have cost, as a line to be shown; empty if there is nothing to tell. */
    default String takeReport() {
        return "";
    }
}
