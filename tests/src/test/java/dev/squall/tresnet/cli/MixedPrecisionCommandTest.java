package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code --precision mixed}, as a user types it. */
@Tag("fast")
class MixedPrecisionCommandTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    private Result train(String data, Path out, Object... more) {
        Object[] options = {"train", "--data", data, "--out", out, "--backend", "jvm"};
        Object[] all = new Object[options.length + more.length];
        System.arraycopy(options, 0, all, 0, options.length);
        System.arraycopy(more, 0, all, options.length, more.length);
        return tresnet(all);
    }

    @Test
    void trainsAndGoesOnInTheSamePrecision() throws IOException {
        CommandLineFixture.writeStripes(directory.resolve("data"), 60, 20);
        String data = "mnist:" + directory.resolve("data");
        Path out = directory.resolve("run");
        Result begun = train(data, out, "--epochs", 2, "--batch", 20, "--precision", "mixed");
        assertThat(begun.exitCode()).as(begun.err()).isZero();
        assertThat(begun.out()).contains("activations in FP16");
        assertThat(begun.err()).contains("the loss scale is");
        assertThat(Files.readString(out.resolve("settings.yaml"))).contains("precision: mixed");

        Result other = train(data, out, "--resume", "--precision", "fast");
        assertThat(other.exitCode()).isEqualTo(2);
        assertThat(other.err()).contains("was begun with --precision mixed and cannot be resumed with fast");
        assertThat(train(data, out, "--resume").exitCode()).isZero();
    }

    @Test
    void theSummaryCountsIt() {
        JsonNode single = summary("fast");
        JsonNode mixed = summary("mixed");
        assertThat(mixed.get("activationBytes").longValue())
                .isBetween(
                        single.get("activationBytes").longValue() / 2,
                        single.get("activationBytes").longValue() * 51 / 100);
        assertThat((double) mixed.get("largestTrainingBatch").intValue()
                        / single.get("largestTrainingBatch").intValue())
                .isBetween(1.8, 2.0);
    }

    private static JsonNode summary(String precision) {
        Result result = tresnet(
                "summary",
                "--model",
                "tresnet_m",
                "--batch",
                64,
                "--memory",
                "16GB",
                "--json",
                "--precision",
                precision);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return JSON.readTree(result.out());
    }

    /** The sample in both precisions, which are to be equally good: minutes, {@code -Dtests.long=true}. */
    @Test
    @EnabledIfSystemProperty(named = "tests.long", matches = "true")
    void learnsTheSampleAsWellAsInSinglePrecision() throws IOException {
        double difference = 0;
        int seeds = 3;
        for (int seed = 1; seed <= seeds; seed++) {
            difference += (top1("mixed", seed) - top1("fast", seed)) / seeds;
        }
        assertThat(difference).isCloseTo(0, within(0.01));
    }

    private double top1(String precision, int seed) throws IOException {
        Path out = directory.resolve(precision + seed);
        Result result = train("sample", out, "--precision", precision, "--seed", seed);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return JSON.readTree(Files.readString(out.resolve("summary.json")))
                .get("top1")
                .doubleValue();
    }
}
