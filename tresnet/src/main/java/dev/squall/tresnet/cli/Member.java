package dev.squall.tresnet.cli;

import dev.squall.train.EpochMetrics;
import dev.squall.train.Replica;
import dev.squall.train.parallel.Communicator;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One of the workers that train together on a {@link Cluster}: what it does otherwise than a program of its own.
 *
 * @param communicator reaches the others
 * @param texts the settings of the run and what describes its network, as stored beside its weights
 * @param directory where the run leaves its files, and goes on with what it finds there; null for all but the first worker
 * @param stop asked after every step whether to stop with a checkpoint
 * @param afterCheckpoint called after each checkpoint
 * @param afterEpoch called after each epoch, when its files are written
 * @param rounds what it does with its network in place of a training of its own: as a copy it is trained in rounds; null for a worker
 */
public record Member(
        Communicator communicator,
        Map<String, String> texts,
        @Nullable Path directory,
        BooleanSupplier stop,
        Runnable afterCheckpoint,
        Consumer<EpochMetrics> afterEpoch,
        @Nullable Consumer<Replica> rounds) {
    /** One that is trained as a copy of the network of the run. */
    public static Member copy(Map<String, String> texts, Consumer<Replica> rounds) {
        return new Member(Communicator.ALONE, texts, null, () -> false, () -> {}, metrics -> {}, rounds);
    }
}
