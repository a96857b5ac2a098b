package dev.squall.tresnet.cli;

import dev.squall.train.Replicas;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Machines that train a network together. The module {@code tresnet/spark} has one; the ordinary program does without. */
public interface Cluster {
    /**
     * Trains, and returns when the run has ended or stopped.
     *
     * @throws dev.squall.error.BadInputException if the cluster cannot do it, or a worker met something that the user can mend
     */
    void train(Job job);

    /**
     * So many copies of the network of a run, to be trained there in rounds.
     *
     * @throws dev.squall.error.BadInputException if the cluster cannot do it
     */
    Copies copies(Job job, int copies);

    /** Copies of a network on the machines of a cluster. */
    interface Copies extends Replicas, AutoCloseable {
        @Override
        void close();
    }

    /**
     * What is to be done.
     *
     * @param master where the cluster is
     * @param workers how many train
     * @param threads of each
     * @param arguments what the user typed behind {@code tresnet}
     * @param texts the settings of the run and what describes its network, as stored beside its weights
     * @param directory where the files of the run go; what is in it is to be gone on with
     * @param out told how far it is
     * @param stop asked whether to stop with a checkpoint
     * @param afterEpoch called when the files of an epoch are there
     */
    record Job(
            String master,
            int workers,
            int threads,
            List<String> arguments,
            Map<String, String> texts,
            Path directory,
            PrintStream out,
            BooleanSupplier stop,
            Runnable afterEpoch) {}
}
