package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.train.RunDirectory;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether to train on several machines. */
final class ClusterMixin implements Ranged {
    private static final int MOST_WORKERS = 4096;

    @Option(
            names = "--spark",
            paramLabel = "MASTER",
            description =
                    "Train on the workers of an Apache Spark cluster, such as spark://host:7077; tresnet/spark/README.md says how one is started.")
    private @Nullable String master;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description =
                    "With --spark: how many workers, of --threads each, share the --shards of every batch. How many they are changes no result.")
    private @Nullable Integer workers;

    /** Whether it is. */
    boolean isWanted() {
        return master != null;
    }

    private int workers() {
        return workers == null ? 0 : workers;
    }

    @Override
    public void requireRanges() {
        if (workers == null) {
            return;
        }
        Arguments.within("--workers", workers, 1, MOST_WORKERS);
        if (!isWanted()) {
            throw new BadInputException("--workers needs --spark MASTER, the cluster to train on");
        }
    }

    /** Requires what a cluster needs to be told. */
    void requireEnough(int threads, int shards) {
        int workers = workers();
        if (workers < 1 || threads < 1) {
            throw new BadInputException(
                    "--spark needs --workers N and --threads N: how many workers are to train, and how"
                            + " many processors of its machine each of them takes");
        }
        if (shards < workers) {
            throw new BadInputException("the " + workers + " --workers need at least as many --shards, not " + shards
                    + "; with --shards " + 2 * workers + " any number of workers up to that comes to the same weights");
        }
    }

    /**
     * What the workers are to do.
     *
     * @param metadata the settings of the run and what describes its network
     * @param files where the files of the run go
     * @param afterEpoch called when those of an epoch are there
     */
    Cluster.Job job(TrainingPlan.Terms terms, Map<String, String> metadata, RunDirectory files, Runnable afterEpoch) {
        return new Cluster.Job(
                master == null ? "" : master,
                workers(),
                terms.backend().threads(),
                terms.arguments(),
                metadata,
                files.path(),
                terms.progress(),
                terms.options().stop(),
                afterEpoch);
    }

    /** The cluster that this program has been started with. */
    static Cluster cluster() {
        return ServiceLoader.load(Cluster.class)
                .findFirst()
                .orElseThrow(
                        () -> new BadInputException("--spark needs the module tresnet/spark, which this program was"
                                + " started without; tresnet/bin/tresnet starts it with it"));
    }
}
