package dev.squall.spark;

import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.train.Replica;
import dev.squall.train.Round;
import dev.squall.train.parallel.CommunicationException;
import dev.squall.tresnet.cli.Cluster;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a network on the workers of a cluster. A round is one job of Spark's: the state of the run goes to all workers by a broadcast, each copy
 * is a task, and what the tasks have learned comes back by a tree aggregate. A task that fails, or whose worker is lost, is one that Spark starts
 * again, on another worker if need be, from the beginning of the round.
 */
final class SparkCopies implements Cluster.Copies {
    private final JavaSparkContext spark;
    private final Cluster.Job job;
    private final int copies;
    private final String run = UUID.randomUUID().toString();
    private int rounds;
    private double seconds;
    private double trainSeconds;
    private long bytesTold;
    private long bytesGathered;

    SparkCopies(JavaSparkContext spark, Cluster.Job job, int copies) {
        this.spark = spark;
        this.job = job;
        this.copies = copies;
    }

    /** What a copy does. */
    private record Task(String run, List<String> arguments, Map<String, String> texts, Broadcast<Round> round)
            implements Function<Integer, Gathered.Part> {
        @Override
        public Gathered.Part call(Integer shard) {
            TaskContext context = TaskContext.get();
            try {
                float[] trained =
                        CopySession.train(run, arguments, texts, round.value(), shard, context::isInterrupted);
                if (trained == null) {
                    throw new CommunicationException("the round was given up", null);
                }
                return new Gathered.Part(shard, trained, null);
            } catch (BadInputException e) {
                return new Gathered.Part(shard, null, String.valueOf(e.getMessage()));
            }
        }
    }

    @Override
    public float @Nullable [] train(Round round, BooleanSupplier stop) {
        long began = System.nanoTime();
        Thread watch = Thread.ofVirtual().start(() -> cancelWhen(stop));
        Broadcast<Round> told = spark.broadcast(round);
        try {
            Gathered gathered = spark.parallelize(
                            IntStream.range(0, copies).boxed().toList(), copies)
                    .map(new Task(run, List.copyOf(job.arguments()), Map.copyOf(job.texts()), told))
                    .treeAggregate(new Gathered(copies), Gathered::add, Gathered::add);
            if (gathered.problem() != null) {
                throw new BadInputException(gathered.problem());
            }
            float[] sum = gathered.total();
            count(round, sum, (System.nanoTime() - began) * 1e-9);
            return sum;
        } catch (Exception e) {
            // Scala declares no exceptions, but throws checked ones.
            if (stop.getAsBoolean()) {
                return null;
            }
            throw SparkCluster.explained(e);
        } finally {
            watch.interrupt();
            told.destroy();
        }
    }

    /** Again and again, since a job that has not begun yet cannot be cancelled. */
    private void cancelWhen(BooleanSupplier stop) {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(100);
                if (stop.getAsBoolean()) {
                    spark.cancelAllJobs();
                }
            }
        } catch (InterruptedException e) {
            // The round has ended.
        }
    }

    private void count(Round round, float[] sum, double took) {
        rounds++;
        seconds += took;
        trainSeconds += Replica.seconds(sum) / Math.min(copies, job.workers());
        bytesTold += (long) Float.BYTES * round.state().length;
        bytesGathered += (long) Float.BYTES * sum.length;
    }

    @Override
    public String takeReport() {
        int counted = Math.max(1, rounds);
        String report = String.format(
                Locale.ROOT,
                "  %s on %s: %s, in each %.2f MB to every worker and %.2f MB back from every copy, in %.0f %% of the time"
                        + " (%.0f ms a round)%n",
                Plural.of(copies, "copy"),
                Plural.of(job.workers(), "worker"),
                Plural.of(rounds, "round"),
                bytesTold * 1e-6 / counted,
                bytesGathered * 1e-6 / counted,
                100 * Math.max(0, 1 - trainSeconds / Math.max(1e-9, seconds)),
                1e3 * Math.max(0, seconds - trainSeconds) / counted);
        rounds = 0;
        seconds = 0;
        trainSeconds = 0;
        bytesTold = 0;
        bytesGathered = 0;
        return report;
    }

    @Override
    public void close() {
        spark.close();
        CopySession.endAll(run);
    }
}
