package dev.squall.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.SafeTensors;
import dev.squall.train.RunDirectory;
import dev.squall.tresnet.cli.Main;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Training on workers: threads of this process in any case, and processes of a real cluster, as users do it, on demand ({@code -Dspark.cluster}, as
 * continuous integration does, and {@code -Dspark.cluster=all} for stops, losses and weights to begin with): its JVMs take most of a minute of two
 * processors to get going.
 */
class SparkClusterTest {
    private static final int EPOCHS = 3;

    /** So many that a run is stopped in their midst. */
    private static final int LONGER = 8;

    private static final int SIDE = 12;
    private static final long PATIENCE_SECONDS = 400;

    @TempDir
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static StandaloneCluster cluster;

    private static Path expected;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        writeStripes(directory.resolve("data"), "train", 96);
        writeStripes(directory.resolve("data"), "t10k", 20);
        if (System.getProperty("spark.cluster") != null) {
            cluster = new StandaloneCluster(directory, 2);
        }
        Result one = tresnet("one");
        assertThat(one.exitCode).as(one.err).isZero();
        expected = directory.resolve("one").resolve(RunDirectory.LAST);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = ".*")
    void twoWorkersOfAClusterComeToTheWeightsOfOneProcess() throws IOException, InterruptedException {
        Path run = directory.resolve("two");
        finish("two", start("two", "--spark", cluster.master(), "--workers", 2));
        assertSameWeights(run);
    }

    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = ".*")
    void aWorkerThatIsKilledChangesNothing() throws IOException, InterruptedException {
        Path run = directory.resolve("killed");
        Process program = start("killed", "--spark", cluster.master(), "--workers", 2);
        awaitCheckpoint("killed", program);
        assertThat(cluster.executors()).hasSize(2);
        cluster.executors().getLast().destroyForcibly();
        finish("killed", program);
        assertThat(StandaloneCluster.text(log("killed")))
                .contains("a worker was lost")
                .contains("2 workers exchanged")
                .contains("best top-1");
        assertSameWeights(run);
        assertThat(run.resolve("run.html")).exists();
        assertThat(run.resolve("settings.yaml")).exists();
    }

    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = "all")
    void publishedWeightsAreRefinedOnACluster() throws IOException, InterruptedException {
        Object[] refining = {"--weights", expected, "--epochs", 1};
        assertThat(tresnet("refined-one", refining).exitCode).isZero();
        finish("refined", start("refined", and(refining, "--spark", cluster.master(), "--workers", 2)));
        assertSameWeights("refined", "refined-one");
    }

    /** Stopped in the middle, and gone on with as the program says, but with another number of workers. */
    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = "all")
    void aRunThatIsStoppedGoesOnWithOtherWorkers() throws IOException, InterruptedException {
        Object[] longer = {"--epochs", LONGER, "--lr", 0.01};
        assertThat(tresnet("stopped-one", longer).exitCode).isZero();
        stopAndGoOn("stopped", "TERM", 143, and(longer, "--spark", cluster.master(), "--workers", 2));
        assertSameWeights("stopped", "stopped-one");
    }

    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = "all")
    void copiesThatMeetNowAndThenAreStoppedAndGoOn() throws IOException, InterruptedException {
        Object[] rounds = {"--epochs", LONGER, "--lr", 0.01, "--sync-every", 2};
        assertThat(tresnet("rounds-one", rounds).exitCode).isZero();
        stopAndGoOn("rounds", "INT", 130, and(rounds, "--spark", cluster.master(), "--workers", 2));
        assertSameWeights("rounds", "rounds-one");
    }

    @Test
    @EnabledIfSystemProperty(named = "spark.cluster", matches = "all")
    void aCopyThatIsLostBeginsItsRoundAgain() throws IOException, InterruptedException {
        Object[] rounds = {"--epochs", LONGER, "--lr", 0.01, "--sync-every", 3};
        assertThat(tresnet("lost-one", rounds).exitCode).isZero();
        Process program = start("lost", and(rounds, "--spark", cluster.master(), "--workers", 2));
        awaitCheckpoint("lost", program);
        cluster.executors().getLast().destroyForcibly();
        finish("lost", program);
        assertSameWeights("lost", "lost-one");
    }

    private static void stopAndGoOn(String name, String signal, int exitCode, Object... options)
            throws IOException, InterruptedException {
        Process program = start(name, options);
        awaitCheckpoint(name, program);
        new ProcessBuilder("kill", "-" + signal, Long.toString(program.pid()))
                .start()
                .waitFor();
        finish(name, program, exitCode);
        Matcher command = Pattern.compile("go on with:\\s+tresnet (.*)").matcher(StandaloneCluster.text(log(name)));
        assertThat(command.find()).as(StandaloneCluster.text(log(name))).isTrue();
        assertThat(command.group(1)).contains("--spark " + cluster.master()).contains("--workers 2");
        List<Object> words = List.of((Object[])
                command.group(1).replace("--workers 2", "--workers 1").split(" "));
        finish(name, cluster.tresnet(log(name), words));
    }

    private static void awaitCheckpoint(String name, Process program) throws IOException, InterruptedException {
        while (!Files.exists(directory.resolve(name).resolve(RunDirectory.RESUME))) {
            assertThat(program.isAlive()).as(StandaloneCluster.text(log(name))).isTrue();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static Object[] and(Object[] options, Object... more) {
        List<Object> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray();
    }

    /** Local SGD, and norms that see all shards: wherever the shards are. */
    @ParameterizedTest
    @CsvSource({"--sync-every=2, 4 copies on 2 workers: 3 rounds", "--sync-bn, 2 workers exchanged"})
    void twoWorkersComeToTheWeightsOfOneProcess(String option, String report) {
        String name = option.replaceAll("\\W", "");
        assertThat(tresnet(name + "-one", option, "--epochs", 1).exitCode).isZero();
        Result result = tresnet(name, option, "--epochs", 1, "--spark", "local[2]", "--workers", 2);
        assertThat(result.exitCode).as(result.err).isZero();
        assertThat(result.err).contains(report);
        assertSameWeights(name, name + "-one");
        Result refused = tresnet(name + "-refused", option, "--lr", 1e6, "--spark", "local[2]", "--workers", 2);
        assertThat(refused.err).containsPattern("tresnet train: the (loss|gradient) is");
        assertThat(refused.exitCode).isEqualTo(2);
    }

    /** Workers that are threads of this process, but meet over sockets all the same. */
    @Test
    void threeWorkersComeToTheWeightsOfOneProcess() {
        Result result = tresnet("three", "--spark", "local[3]", "--workers", 3);
        assertThat(result.exitCode).as(result.err).isZero();
        assertThat(result.err).contains("3 workers exchanged");
        assertSameWeights(directory.resolve("three"));
    }

    @Test
    void whatTheUserCanMendIsSaidOnce() {
        Result result = tresnet("refused", "--spark", "local[2]", "--workers", 2, "--lr", 1e6);
        assertThat(result.exitCode).isEqualTo(2);
        assertThat(result.err).containsPattern("tresnet train: the (loss|gradient) is");
        assertThat(tresnet("refused", "--spark", "local[2]").err).contains("--spark needs --workers N and --threads N");
        assertThat(tresnet("refused", "--spark", "local[2]", "--workers", 8).err)
                .contains("the 8 --workers need at least as many --shards, not 4");
    }

    private static void assertSameWeights(Path run) {
        assertThat(SafeTensors.read(run.resolve(RunDirectory.LAST)).tensors())
                .isEqualTo(SafeTensors.read(expected).tensors());
    }

    private static void assertSameWeights(String run, String other) {
        assertThat(SafeTensors.read(directory.resolve(run).resolve(RunDirectory.LAST))
                        .tensors())
                .isEqualTo(SafeTensors.read(directory.resolve(other).resolve(RunDirectory.LAST))
                        .tensors());
    }

    private static Process start(String name, Object... options) throws IOException {
        return cluster.tresnet(log(name), arguments(name, options));
    }

    /** How the program ended in this JVM, and what it said. */
    private record Result(int exitCode, String err) {}

    private static Result tresnet(String name, Object... options) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = arguments(name, options).stream().map(Object::toString).toArray(String[]::new);
        int exitCode = Main.execute(OutputStream.nullOutputStream(), err, words);
        return new Result(exitCode, err.toString(StandardCharsets.UTF_8));
    }

    private static List<Object> arguments(String name, Object... options) {
        List<Object> arguments = new ArrayList<>(List.of(
                "train",
                "--backend",
                "jvm",
                "--threads",
                1,
                "--data",
                "mnist:" + directory.resolve("data"),
                "--batch",
                16,
                "--shards",
                4,
                "--out",
                directory.resolve(name)));
        if (!List.of(options).contains("--epochs")) {
            arguments.addAll(List.of("--epochs", EPOCHS));
        }
        arguments.addAll(List.of(options));
        return arguments;
    }

    private static Path log(String name) {
        return directory.resolve(name + ".log");
    }

    private static void finish(String name, Process program) throws IOException, InterruptedException {
        finish(name, program, 0);
    }

    private static void finish(String name, Process program, int exitCode) throws IOException, InterruptedException {
        try {
            assertThat(program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends: %s", name, StandaloneCluster.text(log(name)))
                    .isTrue();
        } finally {
            program.destroyForcibly();
        }
        assertThat(program.exitValue()).as(StandaloneCluster.text(log(name))).isEqualTo(exitCode);
    }

    /** A data set in the form of MNIST whose class c has a bright row, row c: easy to learn. */
    private static void writeStripes(Path to, String prefix, int images) throws IOException {
        Files.createDirectories(to);
        Random random = new Random(images);
        try (DataOutputStream pixels = file(to.resolve(prefix + "-images-idx3-ubyte"));
                DataOutputStream labels = file(to.resolve(prefix + "-labels-idx1-ubyte"))) {
            pixels.writeInt(0x803);
            pixels.writeInt(images);
            pixels.writeInt(SIDE);
            pixels.writeInt(SIDE);
            labels.writeInt(0x801);
            labels.writeInt(images);
            for (int i = 0; i < images; i++) {
                labels.writeByte(i % 10);
                for (int p = 0; p < SIDE * SIDE; p++) {
                    pixels.writeByte(p / SIDE == i % 10 ? 255 : random.nextInt(60));
                }
            }
        }
    }

    private static DataOutputStream file(Path path) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path)));
    }
}
