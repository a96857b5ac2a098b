package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.tresnet.cli.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher where users start it: containers without a locale or a home, checkouts in odd or read-only places, odd descriptors. {@code -Dtests.long=true} tries more of each. */
@Tag("fast")
@DisabledOnOs(OS.WINDOWS)
class LauncherStartTest {
    private static final String CLASSIFY = "\"$T\" classify --backend reference --weights weights.safetensors ";

    /** Most of these programs end before the better compiler has paid. */
    private static final String SHORT_LIVED = "export TRESNET_JAVA_OPTS=-XX:TieredStopAtLevel=1; ";

    @TempDir
    private Path directory;

    @BeforeEach
    void writeWeights() throws IOException {
        Checkout.writeWeightsAndPicture(directory);
    }

    private Result run(String checkout, String command) throws Exception {
        return Checkout.shell(directory, new Checkout(directory.resolve(checkout)).launcher(), SHORT_LIVED + command);
    }

    private static void assertClassified(Result result, String picture) {
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith(picture).contains("class ").contains("%");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Prüfstand für 'alle' $画像", "with:colon"})
    void anyPathAndNoEnvironmentAtAll(String checkout) throws Exception {
        Result result =
                run(checkout, "cp picture.png Käfer.png; env -i JAVA_HOME=\"$JAVA_HOME\" " + CLASSIFY + "Käfer.png");

        assertClassified(result, "Käfer.png");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    @ValueSource(strings = {"plain", "with space", "Prüfstand", "quote'and$dollar"})
    void pathsOnDemand(String checkout) throws Exception {
        anyPathAndNoEnvironmentAtAll(checkout);
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    @ValueSource(strings = {"LC_ALL=POSIX", "LC_ALL=de_DE.UTF-8"})
    void localesOnDemand(String locale) throws Exception {
        anyEnvironment(locale);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LC_ALL=C", "LANG=xx_XX.UTF-8 LC_ALL=", "TMPDIR=/no/such/folder"})
    void anyEnvironment(String variables) throws Exception {
        assertClassified(
                run("checkout", "cp picture.png Käfer.png; " + variables + " " + CLASSIFY + "Käfer.png"), "Käfer.png");
    }

    @Test
    void aNameThatBeginsWithAnAt() throws Exception {
        assertClassified(
                run("checkout", "cp picture.png @x.png; cp picture.png x.png; " + CLASSIFY + "@x.png"), "@x.png");
    }

    @Test
    void oneProcessor() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/taskset")), "one processor is not tested without taskset");
        assertClassified(
                run("checkout", "taskset -c 0 " + CLASSIFY.replace("reference", "jvm") + "picture.png"), "picture.png");
    }

    /** Java itself would reserve a gigabyte for the addresses of classes alone, and crash. */
    @Test
    void littleAddressSpace() throws Exception {
        assertClassified(
                run("checkout", "ulimit -v 1000000; " + CLASSIFY.replace("reference", "jvm") + "picture.png"),
                "picture.png");
        Result refused = Checkout.shell(
                directory,
                directory.resolve("checkout/tresnet/bin/tresnet"),
                "ulimit -v 500000; " + CLASSIFY + "picture.png");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).hasLineCount(1).contains("may have only 500000 KiB", "ulimit -v unlimited");
    }

    /** Java does not start with two, and the launcher has a choice of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"JAVA_TOOL_OPTIONS=-XX:+UseParallelGC", "TRESNET_JAVA_OPTS=-XX:+UseZGC"})
    void aGarbageCollectorOfTheUsersChoice(String option) throws Exception {
        Result result = run("checkout", "export " + option + "; " + CLASSIFY + "picture.png");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).startsWith("picture.png");
    }

    /** The limit is raised where that is allowed. */
    @Test
    void fewOpenFiles() throws Exception {
        assertClassified(run("checkout", "ulimit -S -n 20; " + CLASSIFY + "picture.png"), "picture.png");
        Result refused = Checkout.shell(
                directory,
                directory.resolve("checkout/tresnet/bin/tresnet"),
                "ulimit -n 20; " + CLASSIFY + "picture.png");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).hasLineCount(1).contains("may open only 20 files", "ulimit -n 1024");
    }

    @Test
    void aCheckoutThatOnlyItsOwnerMayWrite() throws Exception {
        requireRoot("another user");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

        Result result =
                run("checkout", "setpriv --reuid=65534 --regid=65534 --clear-groups " + CLASSIFY + "picture.png");

        assertClassified(result, "picture.png");
    }

    @Test
    void aReadOnlyCheckoutThatIsOlderThanItsSources() throws Exception {
        requireRoot("a read-only file system");
        Checkout checkout = new Checkout(directory.resolve("checkout"));
        Files.setLastModifiedTime(
                checkout.directory().resolve("pom.xml"),
                FileTime.from(Instant.now().plusSeconds(60)));

        Result result = Checkout.shell(
                directory,
                checkout.launcher(),
                SHORT_LIVED
                        + "unshare -m sh -c 'mount --bind checkout checkout && mount -o remount,ro,bind checkout && "
                        + CLASSIFY + "picture.png'");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("%");
        assertThat(result.err()).hasLineCount(1).contains("it stays as it is").contains("cannot be written");
    }

    /** What the launcher takes from the system, but for flock, which it can do without. */
    private static final String TOOLS =
            "basename cat cp cut dirname expr find grep head id ln locale ls mkdir mkfifo mktemp mv readlink rm rmdir sed sh sleep sort stty tail touch tr uname";

    /** With the lock of the system, and with that of systems that have none. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneOfSeveralStartsBuilds(boolean hasFlock) throws Exception {
        Checkout checkout = new Checkout(directory.resolve("checkout"));
        Files.delete(checkout.directory().resolve("tresnet/target/built"));
        // In place of Maven, which nobody may disturb.
        Path maven = Files.createDirectories(directory.resolve("bin")).resolve("mvn");
        Files.writeString(maven, """
                #!/bin/sh
                mkdir ../building.now || echo disturbed >>../builds
                sleep 0.5
                echo built >>../builds
                cp ../tresnet.jar tresnet/target/
                cp ../lib/* tresnet/target/lib/
                touch tresnet/target/classes.jsa
                rmdir ../building.now
                """);
        assertThat(maven.toFile().setExecutable(true)).isTrue();
        Result result = Checkout.shell(
                directory,
                checkout.launcher(),
                "cp checkout/tresnet/target/tresnet.jar .; cp -r checkout/tresnet/target/lib .; "
                        + (hasFlock
                                ? "PATH=$PWD/bin:$PATH"
                                : "for tool in " + TOOLS + "; do ln -s $(command -v $tool) bin/; done; PATH=$PWD/bin")
                        + "; mkdir -p checkout/tresnet/target/building.directory"
                        + "; echo 4194305 >checkout/tresnet/target/building.directory/owner; "
                        + SHORT_LIVED
                        + "for i in 1 2 3; do \"$T\" --version & done; wait");

        assertThat(result.out()).as(result.err()).isEqualTo("tresnet 0.1\n".repeat(3));
        assertThat(directory.resolve("builds")).content().isEqualTo("built\n");
        assertThat(result.err()).contains("waiting for another start");
    }

    private static void requireRoot(String what) {
        boolean root = System.getProperty("user.name").equals("root")
                && Files.exists(Path.of("/usr/bin/unshare"))
                && Files.exists(Path.of("/usr/bin/setpriv"));
        assumeTrue(root, what + " is not tested, since that needs root, unshare and setpriv");
    }

    @Test
    void aPathAtWhichJavaTakesClassPathsApartCannotBeBuilt() throws Exception {
        Checkout checkout = new Checkout(directory.resolve("with:colon"));
        Files.delete(checkout.directory().resolve("tresnet/target/built"));

        Result result = Checkout.shell(directory, checkout.launcher(), "\"$T\" --version");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).hasLineCount(1).contains("with:colon holds a colon");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "picture.png >/dev/full        | 2 | could not be written to the standard output: No space left",
                "--json picture.png >/dev/full | 2 | could not be written to the standard output: No space left",
                "picture.png >&-               | 2 | the standard output is closed",
                "picture.png 2>&-              | 0 | ''",
                "picture.png <&-               | 0 | ''",
            })
    void descriptors(String arguments, int exitCode, String message) throws Exception {
        Result result = run("checkout", CLASSIFY + arguments);

        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
        assertThat(result.err()).contains(message).hasLineCount(message.isEmpty() ? 0 : 1);
    }

    @Test
    void aReaderThatHasSeenEnoughIsNoError() throws Exception {
        // All its lines are more than a pipe holds.
        Result result = run("checkout", "{ \"$T\" summary --json --model tresnet_xl; echo rc=$? >&2; } | head -n 1");

        assertThat(result.out()).isEqualTo("{\n");
        assertThat(result.err()).isEqualTo("rc=0\n");
    }

    @Test
    void otherCommandsNoticeAFullDiskToo() throws Exception {
        Result result = run(
                "checkout",
                "for c in --version --help summary devices 'train --help'; do \"$T\" $c >/dev/full 2>>log; echo $?; done");

        assertThat(result.out()).isEqualTo("2\n".repeat(5));
        assertThat(directory.resolve("log")).content().hasLineCount(5);
    }

    @Test
    void anOptionMayStandBeforeTheCommand() throws Exception {
        Result result = run("checkout", "TORNADOVM_HOME=/none \"$T\" --verbose kernels nothing");

        assertThat(result.err()).contains("going on without TornadoVM: TORNADOVM_HOME is /none");
    }

    @Test
    void aTildeIsTheHomeOfTheShell() throws Exception {
        Result result = run("checkout", "HOME=/an/own/home \"$T\" data 'csv:~/list.csv'");

        assertThat(result.err()).isEqualTo("tresnet data: there is no file /an/own/home/list.csv\n");
    }

    @Test
    void whatJavaSaysWhenItDoesNotStartIsSeen() throws Exception {
        Result result = run("checkout", "TRESNET_JAVA_OPTS=-XX:NoSuchOption \"$T\" --version");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("NoSuchOption");
        Result late = run("another", "TRESNET_JAVA_OPTS='-XX:+UseZGC -XX:+UseG1GC' \"$T\" --version");
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.out()).as("what programs read").isEmpty();
        assertThat(late.err()).contains("Multiple garbage collectors");
    }

    @Test
    void theSameDigitsForEverybody() throws Exception {
        Result result = run(
                "checkout",
                "export TRESNET_JAVA_OPTS='-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab'; "
                        + CLASSIFY
                        + "picture.png; \"$T\" summary --memory 8GB; \"$T\" summary --batch 0; \"$T\" train --help");

        assertThat(result.out()).matches("\\p{ASCII}*");
        assertThat(result.err()).matches("\\p{ASCII}*").contains("at least 1, not 0");
    }

    @Test
    void aTerminalHasALineThatChangesAndALogHasNone() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/script")), "a terminal is not tested without script");
        CommandLineFixture.writeStripes(directory.resolve("data"), 120, 20);
        String train = "\"$T\" train --backend jvm --data mnist:data --epochs 1 --batch 10 --out ";

        Result log = run("checkout", train + "a 2>bar.log");
        assertThat(log.exitCode()).as(log.err()).isZero();
        assertThat(directory.resolve("bar.log"))
                .content()
                .contains("epoch 1/1")
                .doesNotContain("\r")
                .doesNotContain("\u001b");

        Result terminal = Checkout.shell(
                directory,
                directory.resolve("checkout/tresnet/bin/tresnet"),
                "script -qec 'stty cols 60; " + train + "b' typescript; " + "script -qec '" + train
                        + "c 2>bar2.log' typescript2");
        assertThat(terminal.exitCode()).as(terminal.err()).isZero();
        assertThat(directory.resolve("typescript").toFile()).content().contains("\r\u001b[Kepoch 1/1 [");
        assertThat(directory.resolve("bar2.log"))
                .content()
                .contains("epoch 1/1")
                .doesNotContain("\r");
    }
}
