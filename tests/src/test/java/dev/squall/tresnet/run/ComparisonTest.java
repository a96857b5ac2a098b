package dev.squall.tresnet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.Browser;
import dev.squall.tresnet.run.Comparison.Candidate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs beside each other, and McNemar's test against binomial sums by hand. */
class ComparisonTest {
    @TempDir
    private Path directory;

    private static List<Prediction> predictions(int count, IntPredicate isRight) {
        return predictions("", count, isRight);
    }

    private static List<Prediction> predictions(String directory, int count, IntPredicate isRight) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Prediction(
                        i, directory + i, "class " + i % 3, isRight.test(i) ? "class " + i % 3 : "other", 0.8f, 0.1f))
                .toList();
    }

    private static Candidate candidate(String name, double top1, Map<String, String> settings, List<Prediction> made) {
        return new Candidate(name, RunPageTest.run(name, 5, top1, settings), made);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "3, 3", "5, 0", "0, 6", "8, 2", "21, 67", "400, 300"})
    void theProbabilityIsTwiceTheTailOfTheBinomialDistribution(int first, int second) {
        int n = first + second;
        double tail = 0;
        for (int k = Math.max(first, second); k <= n; k++) {
            double logarithm = -n * Math.log(2);
            for (int i = 1; i <= k; i++) {
                logarithm += Math.log((double) (n - k + i) / i);
            }
            tail += Math.exp(logarithm);
        }
        double p = McNemar.of(first, second, 1000).p();
        assertThat(p).isCloseTo(Math.min(1, 2 * tail), within(1e-9));
    }

    @Test
    void severalTestsAreCorrectedAndTheVerdictIsPlain() {
        Comparison comparison = Comparison.of(List.of(
                candidate("a", 0.9, Map.of("lr", "0.1", "seed", "1"), predictions(200, i -> i % 10 != 0)),
                candidate("b", 0.5, Map.of("lr", "0.2", "seed", "1"), predictions(200, i -> i % 2 == 0)),
                candidate("c", 0.9, Map.of("lr", "0.2", "seed", "1"), predictions(200, i -> i % 10 != 1))));
        assertThat(comparison.differences()).containsExactly(Map.entry("lr", List.of("0.1", "0.2", "0.2")));
        assertThat(comparison.tests()).hasSize(3);
        assertThat(comparison.tests().getFirst().p())
                .isEqualTo(3 * comparison.tests().getFirst().test().p());
        assertThat(comparison.tests().getLast().first()).isEqualTo("a");
        assertThat(comparison.tests().getLast().second()).isEqualTo("c");
        assertThat(comparison.tests().getLast().verdict())
                .isEqualTo(
                        "There is no telling which of a and c is better: of 200 test images, 20 are classified rightly only by a"
                                + " and 20 only by c (p = 1.0000).");
        assertThat(comparison.tests().getFirst().verdict()).contains("better than b, which chance hardly explains");
    }

    @Test
    void otherTestImagesAreNotCompared() {
        Comparison comparison = Comparison.of(List.of(
                candidate("a", 0.9, Map.of(), predictions(200, i -> true)),
                candidate("b", 0.9, Map.of(), predictions(100, i -> true)),
                candidate("c", 0.9, Map.of(), null)));
        assertThat(comparison.tests()).isEmpty();
        assertThat(ComparisonPage.of(comparison)).contains("No two of the runs");
    }

    /** As many of each class, in the same order, as when another seed sets other pictures apart. */
    @Test
    void equalLabelsAreNotEnoughToBeTheSameImages() {
        assertThat(tests("/data/pets/", "/data/pets/1")).isEmpty();
        assertThat(tests("/data/pets/val/cat/", "/data/pets/val/cat/")).hasSize(1);
        // Data that were moved between the two runs.
        assertThat(tests("/data/pets/", "/mnt/old/pets/")).hasSize(1);
        assertThat(tests("pets/", "C:\\pets\\")).hasSize(1);
    }

    private static List<Comparison.Pair> tests(String first, String second) {
        return Comparison.of(List.of(
                        candidate("a", 0.9, Map.of(), predictions(first, 200, i -> true)),
                        candidate("b", 0.5, Map.of(), predictions(second, 200, i -> i % 2 == 0))))
                .tests();
    }

    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    void chromiumShowsIt(int width) throws IOException, InterruptedException {
        Comparison comparison = Comparison.of(List.of(
                candidate("runs/with <sgd>", 0.9, Map.of("lr", "0.1"), predictions(200, i -> i % 10 != 0)),
                candidate("runs/with adamw", 0.7, Map.of("lr", "0.01"), predictions(200, i -> i % 4 != 0))));
        String html = ComparisonPage.of(comparison);
        assertThat(html).doesNotContain("<sgd>").contains("--lr", "McNemar");
        Path page = directory.resolve("comparison.html");
        Files.writeString(page, html);
        Browser.requireShown(page, width, 1600, "comparison-" + width + ".png");
    }
}
