package dev.squall.spark;

import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.tresnet.cli.Cluster;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * A cluster of Apache Spark. The workers are the tasks of one barrier stage: all of them run at the same time, each on an executor of its own, and if
 * one fails, Spark starts the stage again, on other machines if need be.
 */
public final class SparkCluster implements Cluster {
    private static final int SECRET_BYTES = 16;

    @Override
    public void train(Job job) {
        try (JavaSparkContext spark = new JavaSparkContext(conf(job))) {
            byte[] secret = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(secret);
            String host = spark.getConf().get("spark.driver.host");
            String word = HexFormat.of().formatHex(secret);
            try (Home home = new Home(job, host, word, spark::cancelAllJobs)) {
                sayWhere(job);
                run(spark, job, home, new Worker.Address(host, home.port(), word));
            }
        }
    }

    @Override
    public Copies copies(Job job, int copies) {
        sayWhere(job);
        return new SparkCopies(new JavaSparkContext(conf(job)), job, copies);
    }

    private static void sayWhere(Job job) {
        job.out()
                .printf(
                        "%s on %s, of %s each%n",
                        Plural.of(job.workers(), "worker"), job.master(), Plural.of(job.threads(), "thread"));
    }

    private static void run(JavaSparkContext spark, Job job, Home home, Worker.Address address) {
        List<Integer> ranks = IntStream.range(0, job.workers()).boxed().toList();
        ClassTag<Integer> type = ClassTag$.MODULE$.apply(Integer.class);
        try {
            spark.parallelize(ranks, job.workers())
                    .rdd()
                    .barrier()
                    .mapPartitions(new Worker(address, job.arguments(), job.texts()), false, type)
                    .toJavaRDD()
                    // A barrier stage is only started again if a shuffle follows it.
                    .repartition(1)
                    .collect();
        } catch (Exception e) {
            // Scala declares no exceptions, but throws checked ones.
            String problem = home.problem();
            if (problem != null) {
                throw new BadInputException(problem, e);
            }
            throw explained(e);
        }
        if (home.problem() != null) {
            throw new BadInputException(home.problem());
        }
    }

    static RuntimeException explained(Exception e) {
        if (e instanceof SparkException) {
            return new BadInputException("the cluster has given up: " + firstLine(e), e);
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    /** What Spark is told, unless a system property of the same name says otherwise. */
    private static SparkConf conf(Job job) {
        SparkConf conf = new SparkConf().setMaster(job.master()).setAppName("tresnet train");
        String threads = Integer.toString(job.threads());
        if (!job.master().startsWith("local")) {
            // One task to an executor, which has as many processors as the task has threads.
            conf.set("spark.executor.cores", threads);
            conf.set("spark.task.cpus", threads);
            conf.set("spark.cores.max", Long.toString((long) job.workers() * job.threads()));
        }
        conf.setIfMissing("spark.executor.memory", "2g");
        conf.setIfMissing("spark.executor.extraJavaOptions", javaOptions());
        conf.setIfMissing("spark.executor.extraClassPath", libraries());
        conf.setIfMissing("spark.ui.enabled", "false");
        // While a lost worker's place is still taken, ask often, and for ten minutes, whether there are enough.
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "2s");
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "300");
        // A run may take weeks, and lose many workers on the way.
        conf.setIfMissing("spark.stage.maxConsecutiveAttempts", "1000");
        return conf;
    }

    /** As this JVM was started for the Vector API, so are those of the workers. */
    private static String javaOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:CompileCommand")
                        || option.startsWith("-XX:Tier")
                        || option.startsWith("-XX:C1MaxInlineSize")
                        || option.startsWith("-XX:PerMethodTrapLimit")
                        || option.startsWith("--add-modules")
                        || option.startsWith("--enable-native-access"))
                .collect(Collectors.joining(" "));
    }

    /** The jars beside this one: they lie at the same place on every machine. */
    private static String libraries() {
        Path jar = Path.of(URI.create(SparkCluster.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
        return jar.resolveSibling("*").toString();
    }
}
