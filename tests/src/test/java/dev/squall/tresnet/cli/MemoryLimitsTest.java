package dev.squall.tresnet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.tresnet.cli.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A batch that does not fit is refused before its memory is taken, with one that fits: under real limits of the shell and of control groups. */
@Tag("fast")
@EnabledOnOs(OS.LINUX)
class MemoryLimitsTest {
    private static final String LARGE =
            "\"$T\" train --backend jvm --data mnist:data --epochs 1 --image-size 96 --out run --batch ";
    private static final int TOO_LARGE = 4000;

    @TempDir
    private Path directory;

    private Path group;

    @BeforeEach
    void writeData() throws IOException {
        CommandLineFixture.writeStripes(directory.resolve("data"), TOO_LARGE, 10);
    }

    @AfterEach
    void removeGroup() throws IOException {
        if (group != null) {
            Files.deleteIfExists(group);
        }
    }

    @Test
    void theLimitOfTheShell() throws Exception {
        assertRefused("ulimit -v 2000000; ", "the limit of ulimit -v");
    }

    /** The batch that is named is computed, which takes a while: {@code -Dtests.long=true}. */
    @Test
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    void aBatchBeyondALimitOfTheShellNamesOneThatFits() throws Exception {
        Path launcher = new Checkout(directory.resolve("checkout")).launcher();
        String measure = "ulimit -v 4000000; \"$T\" summary --backend jvm --measure --batch ";
        Result refused = Checkout.shell(directory, launcher, measure + "60000");

        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(2);
        assertThat(refused.err()).hasLineCount(1).contains("the limit of ulimit -v");
        Matcher batch = Pattern.compile("--batch (\\d+) is the largest").matcher(refused.err());
        assertThat(batch.find()).as(refused.err()).isTrue();
        Result fits = Checkout.shell(directory, launcher, measure + batch.group(1));
        assertThat(fits.exitCode()).as(batch.group(1) + ": " + fits.err()).isZero();
    }

    @Test
    void theLimitOfAControlGroup() throws Exception {
        group = groupOf(1L << 30);
        String enter = "echo $$ > " + group.resolve("cgroup.procs") + "; ";

        assertRefused(enter, "the limit of the control group or container");
    }

    private void assertRefused(String limit, String name) throws Exception {
        Result refused = Checkout.shell(
                directory, new Checkout(directory.resolve("checkout")).launcher(), limit + LARGE + TOO_LARGE);
        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(2);
        Matcher message = Pattern.compile("tresnet train: --batch 4000 needs about .* but the program may use .* \\(by "
                        + name + "\\); --batch (\\d+) is the largest that surely fits\n")
                .matcher(refused.err());
        assertThat(message.matches()).as(refused.err()).isTrue();
        assertThat(Integer.parseInt(message.group(1))).isBetween(2, TOO_LARGE - 1);
    }

    /** A new control group, of version 2 or else of version 1. */
    private static Path groupOf(long bytes) throws IOException {
        Path root = Path.of("/sys/fs/cgroup");
        boolean isSecond = Files.exists(root.resolve("cgroup.controllers"));
        Path parent = isSecond ? root : root.resolve("memory");
        Path group = parent.resolve("tresnet-test-" + ProcessHandle.current().pid());
        String limit = isSecond ? "memory.max" : "memory.limit_in_bytes";
        try {
            Files.createDirectory(group);
            Files.writeString(group.resolve(limit), Long.toString(bytes));
        } catch (IOException e) {
            Files.deleteIfExists(group);
            assumeTrue(false, "a real control group is not tested, since none can be made here: " + e);
        }
        return group;
    }
}
