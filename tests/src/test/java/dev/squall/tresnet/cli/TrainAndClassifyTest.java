package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.io.SafeTensors;
import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands one after the other, as a user types them. */
@Tag("fast")
class TrainAndClassifyTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    private Path data;
    private Path out;

    @BeforeEach
    void writeData() throws IOException {
        data = directory.resolve("data");
        out = directory.resolve("run");
        CommandLineFixture.writeStripes(data, 60, 20);
    }

    @Test
    void trainsEvaluatesAndClassifies() throws IOException {
        Result trained = train("--epochs", 25, "--lr", 0.05);

        assertThat(trained.exitCode()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("best top-1")
                .contains("tresnet classify --weights")
                .contains("metrics.csv");
        assertThat(trained.err()).contains("epoch 25/25");
        JsonNode summary = JSON.readTree(Files.readString(out.resolve("summary.json")));
        assertThat(summary.propertyNames())
                .contains("model", "data", "backend", "seed", "epochs", "top1", "loss", "imagesPerSecond", "seconds");
        assertThat(summary.get("model").stringValue()).isEqualTo("tresnet_tiny");
        assertThat(summary.get("top1").doubleValue()).isGreaterThan(0.5);
        assertThat(Files.readAllLines(out.resolve("metrics.csv"))).hasSize(26);

        Result evaluated = tresnet(
                "eval",
                "--weights",
                out.resolve("last.safetensors"),
                "--data",
                "mnist:" + data,
                "--backend",
                "reference");
        assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
        assertThat(evaluated.out())
                .contains(String.format(
                        Locale.ROOT, "top-1 %.4f", summary.get("top1").doubleValue()));

        Result classified =
                classify("--json", "--top", 2, out.resolve("examples/3.png"), out.resolve("examples/7.png"));
        assertThat(classified.exitCode()).as(classified.err()).isZero();
        JsonNode answers = JSON.readTree(classified.out());
        assertThat(answers).hasSize(2);
        assertThat(answers.get(1).get("image").stringValue()).endsWith("7.png");
        assertThat(answers.get(1).get("classes")).hasSize(2);
        assertThat(answers.get(1).get("classes").get(0).get("probability").doubleValue())
                .isBetween(0.1, 1.0);
    }

    @Test
    void oneMissingImageDoesNotKeepTheOthersFromBeingClassified() {
        train("--epochs", 1);

        Result result =
                classify(out.resolve("examples/3.png"), directory.resolve("none.png"), out.resolve("examples/7.png"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err().strip().lines()).hasSize(1);
        assertThat(result.err()).contains("none.png");
        assertThat(result.out()).contains("3.png").contains("7.png").contains("%");
    }

    @Test
    void aResumedRunTakesItsSettingsFromTheDirectory() {
        assertThat(train("--epochs", 2, "--seed", 9).exitCode()).isZero();

        Result same = tresnet("train", "--resume", "--out", out, "--backend", "jvm");
        assertThat(same.exitCode()).as(same.err()).isZero();
        assertThat(same.out()).contains("2 epochs, batch 20").contains("seed 9");

        Result other = tresnet("train", "--resume", "--out", out, "--backend", "jvm", "--seed", 10);
        assertThat(other.exitCode()).isEqualTo(2);
        assertThat(other.err()).contains("begun with --seed 9");
    }

    @Test
    void aRunOfBeforeThereWereShardsIsResumed() throws IOException {
        assertThat(train("--epochs", 2).exitCode()).isZero();
        for (String name : List.of("resume.safetensors", "best.safetensors", "last.safetensors")) {
            SafeTensors now = SafeTensors.read(out.resolve(name));
            Map<String, String> before = new LinkedHashMap<>(now.metadata());
            before.keySet().removeAll(List.of("shards", "train.shards"));
            SafeTensors.write(out.resolve(name), now.tensors(), before);
        }
        Result resumed = tresnet("train", "--resume", "--out", out, "--backend", "jvm");
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(tresnet("report", out, "--backend", "jvm").exitCode()).isZero();
    }

    @Test
    void aRunIsResumedWithTheSameDataElsewhereAndRefusedWithOthers() throws IOException {
        assertThat(train("--epochs", 2).exitCode()).isZero();
        Path elsewhere = directory.resolve("else where");
        CommandLineFixture.writeStripes(elsewhere, 60, 20);
        Path others = directory.resolve("others");
        CommandLineFixture.writeStripes(others, 40, 20);

        Result same =
                tresnet("train", "--resume", "--out", out, "--backend", "jvm", "--data", "mnist:" + elsewhere + "/");
        assertThat(same.exitCode()).as(same.err()).isZero();

        Result other = tresnet("train", "--resume", "--out", out, "--backend", "jvm", "--data", "mnist:" + others);
        assertThat(other.exitCode()).isEqualTo(2);
        assertThat(other.err())
                .contains("begun with training images 60 of 1x12x12")
                .contains("not 40 of");

        Path retouched = directory.resolve("retouched");
        CommandLineFixture.writeStripes(retouched, 60, 20);
        Path images = retouched.resolve("t10k-images-idx3-ubyte");
        byte[] bytes = Files.readAllBytes(images);
        bytes[bytes.length - 1] ^= 1;
        Files.write(images, bytes);
        Result pixels = tresnet("train", "--resume", "--out", out, "--backend", "jvm", "--data", "mnist:" + retouched);
        assertThat(pixels.exitCode()).isEqualTo(2);
        assertThat(pixels.err()).contains("begun with validation images with checksum");

        Result precision = tresnet("train", "--resume", "--out", out, "--backend", "jvm", "--precision", "accurate");
        assertThat(precision.exitCode()).isEqualTo(2);
        assertThat(precision.err()).contains("begun with --precision fast and cannot be resumed with accurate");
    }

    @Test
    void evalScalesToTheSizeThatIsAskedFor() {
        train("--epochs", 1);

        Result scaled = tresnet(
                "eval",
                "--weights",
                out.resolve("last.safetensors"),
                "--data",
                "mnist:" + data,
                "--image-size",
                16,
                "--backend",
                "jvm");

        assertThat(scaled.exitCode()).as(scaled.err()).isZero();
        assertThat(scaled.out()).contains("on 20 test images");
    }

    @Test
    void picturesFromDirectoriesListsAndTheStandardInput() throws IOException {
        train("--epochs", 1);
        Path examples = out.resolve("examples");
        Files.writeString(examples.resolve("notes.md"), "no picture");
        Path list = Files.writeString(directory.resolve("list"), "run/examples/3.png\n\nrun/examples/7.png\n");

        assertThat(classify("--top", 1, examples).out().lines().filter(line -> line.endsWith(".png")))
                .hasSize(10)
                .isSorted();
        assertThat(classify(list).out()).contains("3.png").contains("7.png");
        InputStream before = System.in;
        try {
            System.setIn(Files.newInputStream(examples.resolve("3.png")));
            assertThat(classify("-").out()).startsWith("the standard input").contains("%");
            System.setIn(new ByteArrayInputStream((examples.resolve("7.png") + "\n").getBytes(StandardCharsets.UTF_8)));
            assertThat(classify("-").out()).startsWith(examples.resolve("7.png").toString());
        } finally {
            System.setIn(before);
        }
        assertThat(classify(Files.createDirectory(directory.resolve("none"))).err())
                .contains("holds no pictures");
    }

    @Test
    void helpFitsATerminalAndNamesTheExitCodes() {
        for (String command : new String[] {"train", "eval", "classify", "summary", "devices", "kernels"}) {
            Result result = tresnet(command, "--help");
            assertThat(result.out()).contains("Exit codes: 0 done; 1 a fault of the program; 2 ");
            assertThat(result.out().lines()).allMatch(line -> line.length() <= 80);
            // An example that is broken goes on in the first column.
            assertThat(result.out()
                            .lines()
                            .dropWhile(line -> !line.startsWith("Example"))
                            .skip(1)
                            .takeWhile(line -> !line.isEmpty()))
                    .allMatch(line -> line.startsWith("  "));
        }
    }

    @Test
    void theSuggestedCommandCanBePasted() {
        out = directory.resolve("it's a run");
        Result trained = train("--epochs", 1);

        assertThat(trained.out())
                .contains("tresnet classify --weights '" + directory + "/it'\\''s a run/best.safetensors'");
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        train("--epochs", 1, "--seed", 5);
        SafeTensors first = SafeTensors.read(out.resolve("last.safetensors"));
        out = directory.resolve("again");
        train("--epochs", 1, "--seed", 5);
        SafeTensors second = SafeTensors.read(out.resolve("last.safetensors"));
        out = directory.resolve("other");
        train("--epochs", 1, "--seed", 6);
        SafeTensors other = SafeTensors.read(out.resolve("last.safetensors"));

        assertThat(second.tensors()).isEqualTo(first.tensors());
        assertThat(other.tensors()).isNotEqualTo(first.tensors());
    }

    @Test
    void summaryAsJson() throws IOException {
        Result result = tresnet("summary", "--model", "tresnet_m", "--batch", 2, "--memory", "8GB", "--json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode summary = JSON.readTree(result.out());
        assertThat(summary.get("parameters").longValue()).isEqualTo(31_389_032);
        assertThat(summary.get("multiplyAdds").longValue()).isEqualTo(2 * 5_734_965_248L);
        assertThat(summary.get("activationBytes").longValue()).isPositive();
        assertThat(summary.get("peakTrainingBytes").longValue())
                .isGreaterThan(summary.get("activationBytes").longValue())
                .isLessThan(summary.get("batchNormPeakTrainingBytes").longValue());
        assertThat(summary.get("largestTrainingBatch").intValue()).isBetween(50, 500);
        assertThat(summary.get("layers").size()).isGreaterThan(100);
    }

    @Test
    void inplaceAbnNeedsLessMemoryByTheBackendsOwnCounterToo() {
        Result result = tresnet("summary", "--batch", 16, "--measure", "--backend", "jvm", "--json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        JsonNode measured = JSON.readTree(result.out()).get("measured");
        assertThat(measured.get("backend").stringValue()).isEqualTo("jvm");
        for (String bytes : new String[] {"activationBytes", "peakBytes"}) {
            assertThat(measured.get("inplace").get(bytes).longValue())
                    .isLessThan(measured.get("batchNorm").get(bytes).longValue() * 9 / 10);
        }
    }

    @Test
    void summaryAsText() {
        Result result = tresnet("summary", "--model", "tresnet_l");

        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("body.layer3.17.conv3.0")
                .contains("55,989,256")
                .contains("10,875,689,984");
    }

    @Test
    void devicesListsTheBackends() {
        Result result = tresnet("devices");

        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("reference").contains("processors").contains("auto takes");
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (String command : new String[] {"train", "eval", "classify", "summary"}) {
            Result result = tresnet(command, "--help");
            assertThat(result.exitCode()).isZero();
            assertThat(result.out())
                    .contains("Usage: tresnet " + command)
                    .contains("Example")
                    .contains("  tresnet " + command);
        }
    }

    private Result train(Object... more) {
        Object[] arguments = {"train", "--data", "mnist:" + data, "--out", out, "--batch", 20, "--backend", "jvm"};
        return tresnet(concatenate(arguments, more));
    }

    private Result classify(Object... more) {
        Object[] arguments = {"classify", "--weights", out.resolve("last.safetensors"), "--backend", "jvm"};
        return tresnet(concatenate(arguments, more));
    }

    private static Object[] concatenate(Object[] first, Object[] second) {
        return Stream.of(first, second).flatMap(Arrays::stream).toArray();
    }
}
