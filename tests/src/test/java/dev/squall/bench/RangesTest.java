package dev.squall.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.bench.device.DeviceReport;
import dev.squall.bench.paper.Paper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers that nobody means are refused before anything is measured, in a sentence that names the option. */
@Tag("fast")
class RangesTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"--rounds", "--warm-up", "--threads", "--batch", "--seeds"})
    void paper(String option) {
        String out = directory.resolve("paper").toString();
        refuses(option, value -> Paper.run(option + "=" + value, "--out", out, "--backend", "reference"));
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rounds", "--warm-up", "--device", "--time-limit"})
    void device(String option) {
        refuses(option, value -> DeviceReport.run(option + "=" + value));
    }

    private static void refuses(String option, ToIntFunction<String> run) {
        PrintStream before = System.err;
        List<String> values = new ArrayList<>(List.of("-1", "2147483647", "9223372036854775808", "NaN", "1e308", ""));
        for (String value : values) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            int exitCode;
            try {
                exitCode = run.applyAsInt(value);
            } finally {
                System.setErr(before);
            }
            assertThat(exitCode).as(option + "=" + value).isEqualTo(2);
            assertThat(said.toString(StandardCharsets.UTF_8)).contains(option).doesNotContain("\tat ");
        }
    }
}
