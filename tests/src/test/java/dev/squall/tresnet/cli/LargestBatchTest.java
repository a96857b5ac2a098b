package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The batch that is named when one was too large really fits, and is not absurdly small. */
@Tag("opencl")
@Tag("slow")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class LargestBatchTest {
    private static final int TOO_LARGE = 400;

    @TempDir
    private Path directory;

    @Test
    void theBatchThatIsNamedFits() throws IOException {
        CommandLineFixture.writeStripes(directory.resolve("data"), TOO_LARGE, 10);

        Result refused = train(TOO_LARGE);

        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err().lines().toList()).last().asString().contains("the device memory is exhausted");
        Matcher batch = Pattern.compile("--batch (\\d+) is the largest").matcher(refused.err());
        assertThat(batch.find()).as(refused.err()).isTrue();
        int named = Integer.parseInt(batch.group(1));
        assertThat(named).isBetween(TOO_LARGE / 8, TOO_LARGE - 1);
        Result done = train(named);
        assertThat(done.exitCode()).as(done.err()).isZero();
    }

    private Result train(int batch) {
        return tresnet(
                "train",
                "--data",
                "mnist:" + directory.resolve("data"),
                "--out",
                directory.resolve("run"),
                "--force",
                "--batch",
                batch,
                "--epochs",
                1,
                "--backend",
                "tornado",
                "--device-memory",
                "24MB");
    }
}
