package dev.squall.tresnet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.Browser;
import dev.squall.data.Batch;
import dev.squall.data.ByteImageDataset;
import dev.squall.data.Dataset;
import dev.squall.data.ImageShape;
import dev.squall.error.BadInputException;
import dev.squall.train.EpochMetrics;
import dev.squall.train.Evaluation;
import dev.squall.train.MetricsFile;
import dev.squall.train.RunSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page of a run from made-up figures, and what it is counted from. */
class RunPageTest {
    private static final List<String> NAMES = List.of("cat <&>", "dog", "a class with quite a long name", "fish");

    @TempDir
    private Path directory;

    static Run run(String name, int epochs, double top1, Map<String, String> settings) {
        List<EpochMetrics> metrics = IntStream.rangeClosed(1, epochs)
                .mapToObj(e -> new EpochMetrics(
                        e, 0.1f / e, 2.0 / e, 0.9 * top1 * e / epochs, 1.5 / e, top1 * e / epochs, 500, 10 * e))
                .toList();
        Map<String, String> texts = new LinkedHashMap<>();
        settings.forEach((option, value) -> texts.put("train." + option, value));
        texts.put(Run.COMMAND, "tresnet train --data 'folder:a b'");
        return new Run(
                name,
                new RunSummary(
                        "tresnet_tiny",
                        "pets",
                        "jvm",
                        1,
                        483_738,
                        epochs,
                        top1,
                        1.5 / epochs,
                        top1,
                        epochs,
                        500,
                        10 * epochs),
                metrics,
                texts);
    }

    private static TestResult result() {
        return result(NAMES);
    }

    private static TestResult result(List<String> names) {
        Random random = new Random(5);
        int count = 60;
        byte[] pixels = new byte[count * 64];
        random.nextBytes(pixels);
        int[] labels = IntStream.range(0, count).map(i -> i % names.size()).toArray();
        byte[] classes = new byte[count];
        for (int i = 0; i < count; i++) {
            classes[i] = (byte) labels[i];
        }
        Dataset images = new ByteImageDataset("pets/test", new ImageShape(1, 8, 8), names, pixels, classes);
        Predictions predictions = new Predictions(images, names);
        float[] logits = new float[count * names.size()];
        int[][] confusion = new int[names.size()][names.size()];
        for (int i = 0; i < count; i++) {
            int predicted = i % 5 == 0 ? (labels[i] + 1) % names.size() : labels[i];
            logits[i * names.size() + predicted] = 3 + i / 30f;
            confusion[labels[i]][predicted]++;
        }
        predictions.add(
                new Batch(
                        new float[count * 64], labels, IntStream.range(0, count).toArray(), images.shape()),
                logits);
        return new TestResult(
                new Evaluation(0.8, 1, 0.6, count, 1, confusion),
                names,
                predictions,
                Mistakes.of(images, predictions.list()));
    }

    @Test
    void thePageNeedsNoOtherFileAndHasAllParts() {
        String html = RunPage.of(run("a", 5, 0.8, Map.of("lr", "0.1", "epochs", "5")), result());
        assertThat(html)
                .startsWith("<!DOCTYPE html>")
                .contains("lang=\"en\"", "name=\"viewport\"", "prefers-color-scheme: dark", "@media print");
        assertThat(html).doesNotContain("src=\"http", "<link", "<script", "@import");
        assertThat(html).contains("cat &lt;&amp;&gt;").doesNotContain("cat <&>");
        assertThat(html)
                .contains("Surest mistakes", "expected calibration error", "What was taken for what", "--lr")
                .contains("tresnet train --data &#x27;folder:a b&#x27;")
                .contains("12 of 60 images were classified wrongly");
        int images = html.split("<img ", -1).length - 1;
        assertThat(images)
                .as("each image is described, and there are five charts and twelve mistakes")
                .isEqualTo(html.split("alt=\"[^\"]{20}", -1).length - 1)
                .isEqualTo(17);
    }

    @Test
    void aRunThatGoesOnHasWhatThereIs() {
        String html = RunPage.of(run("a", 1, 0.3, Map.of("epochs", "9")), null);
        assertThat(html).contains("After epoch 1 of 9").doesNotContain("Surest mistakes");
    }

    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    void chromiumShowsIt(int width) throws IOException, InterruptedException {
        Path page = directory.resolve("run.html");
        Files.write(
                page,
                RunPage.of(run("a", 15, 0.8, Map.of("lr", "0.1")), result()).getBytes(StandardCharsets.UTF_8));
        Browser.requireShown(page, width, 2000, "run-" + width + ".png");
    }

    /** A name of 200 letters pushed all figures beside it out of the page. */
    @ParameterizedTest
    @ValueSource(ints = {500, 1280})
    void aLongClassNameLeavesRoomForItsFigures(int width) throws IOException, InterruptedException {
        Path page = directory.resolve("run.html");
        List<String> names = List.of("x".repeat(200), "قطة", "dog <b>", "no blanks_" + "y".repeat(80));
        Files.writeString(page, RunPage.of(run("a", 1, 0.8, Map.of("lr", "0.1")), result(names)));
        String widest = Browser.evaluate(
                page,
                width,
                "Math.max(...[...document.querySelectorAll('.bars')]"
                        + ".map(table => table.getBoundingClientRect().right))");
        assertThat(Double.parseDouble(widest)).isLessThanOrEqualTo(width);
        String name = Browser.evaluate(
                page, width, "document.querySelector('.matrix tbody th').getBoundingClientRect().width");
        assertThat(Double.parseDouble(name)).isLessThan(300);
    }

    @Test
    void predictionsAreReadAsTheyWereWritten() throws IOException {
        Path file = directory.resolve("predictions.csv");
        Predictions predictions = result().all();
        predictions.write(file);
        assertThat(Predictions.read(file)).isEqualTo(predictions.list());
        for (String damaged : List.of(
                "",
                "a\0b",
                "image,label,prediction,probability,label_probability\n",
                "image,label\n1,2\n",
                "image,label,prediction,probability,label_probability\n1,a,b,x,1\n")) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> Predictions.read(file))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("no table of predictions");
        }
    }

    @Test
    void epochsAreReadFromATableOfThem() throws IOException {
        Path file = directory.resolve("metrics.csv");
        for (String damaged : List.of("", "a,b,c\n", "epoch,loss\n", "a\n1\n")) {
            Files.writeString(file, damaged);
            assertThatThrownBy(() -> new MetricsFile(file).read())
                    .as(damaged)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(file + " is no table of a run's epochs");
        }
    }

    @Test
    void aDamagedSummaryIsSaidWithoutTheReadersOwnWords() throws IOException {
        Path file = Files.writeString(directory.resolve("summary.json"), "{");
        assertThatThrownBy(() -> RunSummary.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        file + " is no summary of a run: Unexpected end-of-input: expected close marker for Object");
    }

    /** Two bins: four images at 0.9, of which two are right, and one at 0.4, which is wrong. */
    @Test
    void theCalibrationErrorIsTheWeightedDistance() {
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            predictions.add(new Prediction(i, "" + i, "a", i < 2 ? "a" : "b", 0.9f, 0.1f));
        }
        predictions.add(new Prediction(4, "4", "a", "b", 0.4f, 0.3f));
        Calibration calibration = Calibration.of(predictions);
        assertThat(calibration.bins()).hasSize(2);
        assertThat(calibration.error()).isCloseTo(0.8 * 0.4 + 0.2 * 0.4, within(1e-6));
        assertThat(calibration.confidence()).isCloseTo(0.8, within(1e-6));
        assertThat(calibration.accuracy()).isCloseTo(0.4, within(1e-6));
        assertThat(calibration.verdict()).contains("too sure");
    }

    @Test
    void whatIsNoRunIsRefused() {
        assertThatThrownBy(() -> Run.read(directory))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no directory of a run");
    }
}
