package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.tresnet.cli.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs of the program that are killed, asked to stop, or meet a full disk: whatever happens, the run goes on to the weights of one that was
 * left alone. {@code -Dkills=20} kills that often; the default is a few.
 */
@Tag("fast")
@DisabledOnOs(OS.WINDOWS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KillAndResumeTest {
    private static final int KILLS = Integer.getInteger("kills", 2);

    /** So many of them that some surely fall into the writing of a checkpoint. */
    private static final int MANY = 10;

    private static final String TRAIN = "\"$T\" train --backend jvm --checkpoint-minutes 0.0003 ";
    private static final String NEW = "--data mnist:data --epochs 3 --batch 10 ";

    @TempDir
    private static Path directory;

    private Path launcher;
    private Map<String, HostTensor> expected;
    private long milliseconds;

    @BeforeAll
    void trainWithoutInterruption() throws Exception {
        launcher = new Checkout(directory.resolve("a checkout")).launcher();
        CommandLineFixture.writeStripes(directory.resolve("data"), 120, 20);
        long began = System.nanoTime();
        Result whole = run(TRAIN + NEW + "--out whole");
        milliseconds = (System.nanoTime() - began) / 1_000_000;
        assertThat(whole.exitCode()).as(whole.err()).isZero();
        expected = weights("whole");
    }

    private Result run(String command) throws Exception {
        return Checkout.shell(directory, launcher, command);
    }

    private Map<String, HostTensor> weights(String run) {
        return SafeTensors.read(directory.resolve(run).resolve("last.safetensors"))
                .tensors();
    }

    /** Every other kill waits for the next file to be written. A run that comes to its end is followed by another. */
    @Test
    void killedAtAnyMoment() throws Exception {
        long seed = Long.getLong("kills.seed", 18);
        Random random = new Random(seed);
        Path run = directory.resolve("killed");
        int whileWriting = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = Checkout.start(directory, launcher, "exec " + TRAIN + beginning(run));
            boolean ended = process.waitFor(random.nextLong(milliseconds), TimeUnit.MILLISECONDS);
            while (!ended && kill % 2 == 1 && !hasLeftover(run)) {
                ended = process.waitFor(1, TimeUnit.MILLISECONDS);
            }
            if (ended) {
                assertThat(process.exitValue())
                        .as(Files.readString(directory.resolve("stderr")))
                        .isZero();
                requireEnded(run, "seed " + seed + " kill " + kill);
            } else {
                process.destroyForcibly().waitFor();
                whileWriting += hasLeftover(run) ? 1 : 0;
            }
        }
        assertGoesOn(run, "seed " + seed);
        if (KILLS >= MANY) {
            assertThat(whileWriting).as("kills while a file was being written").isPositive();
        }
    }

    /** On demand, {@code -Dkills.calls=72}: each kill comes at the n-th time that a thread makes a chosen system call. */
    @Test
    void killedAtChosenSystemCalls() throws Exception {
        int kills = Integer.getInteger("kills.calls", 0);
        assumeTrue(
                kills > 0 && Files.exists(Path.of("/usr/bin/strace")),
                "kills at system calls are only tried on demand, -Dkills.calls=72, and with strace");
        String[] calls = {"fsync", "rename", "write", "ftruncate", "unlink", "pwrite64"};
        Path run = directory.resolve("traced");
        int killed = 0;
        int whileWriting = 0;
        for (int kill = 0; kill < kills; kill++) {
            String call = calls[kill % calls.length];
            int when = 1 + kill / calls.length;
            Process process = Checkout.start(
                    directory,
                    launcher,
                    "exec strace -f -qq -o /dev/null -e trace=" + call + " -e inject=" + call + ":signal=KILL:when="
                            + when + " " + TRAIN + beginning(run));
            assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
            if (process.exitValue() == 0) {
                requireEnded(run, call + " " + when);
            } else {
                killed++;
                whileWriting += hasLeftover(run) ? 1 : 0;
            }
        }
        assertGoesOn(run, kills + " kills at system calls");
        System.out.println(kills + " runs, " + killed + " killed, " + whileWriting + " of them while writing a file");
        assertThat(killed).isGreaterThan(kills / 2);
        assertThat(whileWriting).isPositive();
    }

    /** A run that came to its end; the next begins anew. */
    private void requireEnded(Path run, String name) throws IOException {
        assertThat(weights(run.getFileName().toString())).as(name).isEqualTo(expected);
        Files.move(run, directory.resolve("ended " + name));
    }

    private static boolean isBegun(Path run) {
        return Files.exists(run.resolve("resume.safetensors"))
                || Files.exists(run.resolve("resume-before.safetensors"));
    }

    /** The arguments that go on with a run, or begin it. */
    private static String beginning(Path run) {
        return (isBegun(run) ? "--resume --out " : NEW + "--force --out ") + run.getFileName();
    }

    private void assertGoesOn(Path run, String name) throws Exception {
        Result last = run(TRAIN + beginning(run));

        assertThat(last.exitCode()).as(name + ": " + last.err()).isZero();
        assertThat(weights(run.getFileName().toString())).as(name).isEqualTo(expected);
        try (Stream<Path> files = Files.list(run)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(file -> file.endsWith(".tmp"));
        }
    }

    /** A file that was being written, which the next writer takes away. */
    private static boolean hasLeftover(Path run) throws IOException {
        if (!Files.exists(run)) {
            return false;
        }
        try (Stream<Path> files = Files.list(run)) {
            return files.anyMatch(file -> file.getFileName().toString().endsWith(".tmp"));
        }
    }

    /** Meanwhile others are kept from its directory. */
    @Test
    void askedToStop() throws Exception {
        Process live = begin("stopped by TERM");
        // It would be done before the others have begun.
        signal(live, "STOP");
        for (String second : new String[] {"", "--force ", "--resume "}) {
            Path elsewhere = Files.createDirectories(directory.resolve("beside"));
            Result refused = Checkout.shell(
                    elsewhere, launcher, TRAIN + second + "--data mnist:../data --out '../stopped by TERM'");
            assertThat(refused.exitCode()).as(refused.out()).isEqualTo(2);
            assertThat(refused.err())
                    .contains("in use by another run (process " + live.pid())
                    .hasLineCount(1);
        }
        signal(live, "CONT");
        String command = stop(live, "TERM", 143);

        Path elsewhere = Files.createDirectories(directory.resolve("elsewhere"));
        Result resumed = Checkout.shell(elsewhere, launcher, command);
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(weights("stopped by TERM")).isEqualTo(expected);
    }

    @Test
    void interruptedAtTheKeyboard() throws Exception {
        Result ignoring = run("sh -c 'kill -INT $$; echo ignored'");
        assumeTrue(
                !ignoring.out().contains("ignored"), "SIGINT is not tested, since whoever runs the tests ignores it");
        String command = stop(begin("stopped by INT"), "INT", 130);
        assertThat(command).contains("--resume");
    }

    /** A run that has written a checkpoint. */
    private Process begin(String out) throws Exception {
        Process process = Checkout.start(directory, launcher, "exec " + TRAIN + NEW + "--out '" + out + "'");
        for (int i = 0; i < 1200 && !Files.exists(directory.resolve(out).resolve("resume.safetensors")); i++) {
            Thread.sleep(50);
        }
        return process;
    }

    private static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Sends a signal, and returns the command that goes on. */
    private static String stop(Process process, String signal, int exitCode) throws Exception {
        signal(process, signal);
        Result stopped = Checkout.wait(process, directory);
        assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(exitCode);
        assertThat(stopped.err()).contains("stopping after this step");
        Matcher command = Pattern.compile("go on with:\\s+(.*)").matcher(stopped.out());
        assertThat(command.find()).as(stopped.out()).isTrue();
        // What the run does not know by itself.
        assertThat(command.group(1)).contains("--backend jvm");
        return command.group(1);
    }

    @Test
    void aFullDiskLosesTheNewestAtMost() throws Exception {
        requireMounts();
        long state = Files.size(directory.resolve("whole/resume.safetensors"));
        long weights = Files.size(directory.resolve("whole/last.safetensors"));
        // Room for the files of the first epoch and no second checkpoint.
        long room = state + 2 * weights + state / 2;
        Result result = run("mkdir -p small; unshare -m sh -c 'mount -t tmpfs -o size=" + room + " none small; "
                + "\"$T\" train --backend jvm --checkpoint-minutes 0 " + NEW
                + "--out small/run >log1 2>err1; echo rc=$?; "
                + "ls -A small/run | grep tmp; mount -o remount,size=1g small; "
                + TRAIN + "--resume --out small/run >log2 2>err2; echo rc=$?; cp -r small/run small-after'");

        assertThat(result.out()).as(result.err()).isEqualTo("rc=2\nrc=0\n");
        assertThat(directory.resolve("err1"))
                .content()
                .contains("No space left on device")
                .contains("resume the run");
        assertThat(weights("small-after")).isEqualTo(expected);
    }

    /** Of every other command that writes nothing is left, and the reason is said. */
    @Test
    void aFullDiskLeavesNoHalfFiles() throws Exception {
        requireMounts();
        Checkout.writeWeightsAndPicture(directory);
        Result result = run("mkdir -p full; export TRESNET_JAVA_OPTS=-XX:TieredStopAtLevel=1; unshare -m sh -c '"
                + "mount -t tmpfs -o size=1m none full; head -c 800000 /dev/zero >full/fill; "
                + "try() { \"$T\" \"$@\" >>log3 2>>err3; echo rc=$?; }; W=weights.safetensors; "
                + "try convert --shard-size 100KB $W full/w.safetensors; try convert $W full/w.pth; "
                + "try export --weights $W --out full/w.onnx; cat /dev/zero >full/rest 2>/dev/null; "
                + "try data mnist:data --sheet full/s.png; "
                + "cp -r whole twin; try compare whole twin --out full/c; "
                + "try eval --backend jvm --weights whole/best.safetensors --data mnist:data --predictions full/p.csv; "
                + "try explain --backend jvm --weights $W picture.png --out full; ls -A full'");

        assertThat(result.out()).as(result.err()).isEqualTo("rc=2\n".repeat(7) + "fill\nrest\n");
        assertThat(Files.readAllLines(directory.resolve("err3")))
                .filteredOn(line -> line.startsWith("tresnet"))
                .hasSize(7)
                .allMatch(line -> line.matches("tresnet \\w+: full/\\S+ cannot be written: No space left on device"));
    }

    @Test
    void aReadOnlyDirectoryIsASentence() throws Exception {
        requireMounts();
        Result result = run("mkdir -p fixed; unshare -m sh -c 'mount -t tmpfs -o ro none fixed; " + TRAIN + NEW
                + "--out fixed/run'");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).hasLineCount(1).contains("cannot be written: Read-only file system");
    }

    private static void requireMounts() {
        assumeTrue(
                System.getProperty("user.name").equals("root") && Files.exists(Path.of("/usr/bin/unshare")),
                "disks are not tested, since that needs root and unshare");
    }
}
