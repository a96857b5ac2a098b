package dev.squall.bench.paper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaperReportTest {
    private static final PaperSettings SETTINGS = new PaperSettings("jvm", 2, 8, 9, 1, 224);

    @TempDir
    private Path directory;

    /** Made-up figures for all tables but that of accuracies. */
    private static Results results() {
        Machine machine = new Machine(
                "Processor <A&B>", "AVX2", 2, 24L << 30, "Linux", "Temurin 25", List.of("-Xmx6g"), "jvm: 2 threads");
        Results results = Results.empty(machine, SETTINGS, "2026-01-01T00:00:00Z");
        for (int round = 0; round < SETTINGS.rounds(); round++) {
            double load = 1 + 0.05 * (round % 3);
            for (Published published : Published.TABLE_1) {
                String key = "networks/" + published.network();
                results.add(key + NetworkPlans.INFERENCE, 8, "images", load * 800 / published.inference());
                results.add(key + NetworkPlans.TRAINING, 8, "images", load * 800 / published.training());
            }
            for (String variant : List.of("base", "alone-stem-s2d", "up-to-blur", "alone-blur")) {
                results.add("refinements/" + variant + NetworkPlans.INFERENCE, 8, "images", load * variant.length());
                results.add("refinements/" + variant + NetworkPlans.TRAINING, 8, "images", load * variant.length());
            }
            for (String side : List.of("fast", "plain")) {
                results.add("code/blur/" + side + "/forward", 8, "images", load * side.length());
                results.add("code/blur/" + side + "/forward-backward", 8, "images", load * side.length());
            }
        }
        for (Published published : Published.TABLE_1) {
            results.figures()
                    .put("networks/" + published.network() + "/multiplyAdds", published.gigaMultiplyAdds() * 1e9);
            results.figures().put("networks/" + published.network() + "/bytesMoved", 1e8);
            results.figures().put("networks/" + published.network() + "/parameters", 25e6);
        }
        for (Published published : Published.TABLE_3) {
            results.figures().put("memory/" + published.network() + "/mixedBatch", 2.0 * published.largestBatch());
            results.figures().put("memory/" + published.network() + "/singleBatch", (double) published.largestBatch());
        }
        return results;
    }

    private static PaperReport report() {
        Results results = results();
        return new PaperReport(
                results,
                Stream.of(new NetworksTable(), new MemoryTable(), new RefinementsTable(), new CodeTable())
                        .map(table -> table.section(results))
                        .toList());
    }

    @Test
    void thePageNeedsNoOtherFileAndSaysWhoseFiguresAreWhose() throws IOException {
        report().write(directory);
        String html = Files.readString(directory.resolve(PaperReport.HTML));

        assertThat(html)
                .startsWith("<!DOCTYPE html>")
                .contains("lang=\"en\"", "name=\"viewport\"", "prefers-color-scheme: dark");
        assertThat(html).as("nothing from elsewhere").doesNotContain("src=\"http", "<link", "<script", "@import");
        assertThat(html)
                .as("text is escaped")
                .contains("Processor &lt;A&amp;B&gt;")
                .doesNotContain("<A&B>");
        assertThat(html)
                .as("a heading for each column and row")
                .contains("scope=\"col\"", "scope=\"row\"", "<caption>");
        assertThat(html).as("the paper's figures are marked").contains("<td class=\"cited\">2,930</td>");
        assertThat(html).contains("No GPU took part");
        int pictures = html.split("<img ", -1).length - 1;
        assertThat(pictures)
                .isEqualTo(html.split("alt=\"[^\"]{40}", -1).length - 1)
                .isEqualTo(4);

        String markdown = Files.readString(directory.resolve(PaperReport.MARKDOWN));
        assertThat(markdown).contains("| TResNet-M | ", "*2,930*", "top-1 % (paper)");
    }

    /** What a phone, a desktop and a printer make of the page; the pictures are left for people to look at. */
    @ParameterizedTest
    @ValueSource(ints = {390, 1280})
    void chromiumShowsIt(int width) throws IOException, InterruptedException {
        report().write(directory);
        Browser.requireShown(directory.resolve(PaperReport.HTML), width, 1600, "report-" + width + ".png");
    }

    @Test
    void resultsAreReadAsTheyWereWritten() throws IOException {
        Results results = results();
        results.save(directory);
        assertThat(Results.load(directory.resolve(Results.FILE))).isEqualTo(results);

        Path other = directory.resolve("other.json");
        for (String text : List.of("", "{}", "null", "[1]", "{\"format\": 1", "{\"format\": 7}")) {
            Files.writeString(other, text);
            assertThatThrownBy(() -> Results.load(other))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("other.json");
        }
    }

    @Test
    void aComparisonSaysWhatBecameFaster() {
        Results before = results();
        Results after = results();
        String key = "networks/resnet50" + NetworkPlans.INFERENCE;
        after.timings().remove(key);
        before.timings().get(key).seconds().forEach(seconds -> after.add(key, 8, "images", seconds / 2));

        String text = PaperComparison.of(before, after);

        assertThat(text.lines().filter(line -> line.startsWith(key)).findFirst().orElseThrow())
                .contains("2.00x", "faster");
        assertThat(text.lines().filter(line -> line.startsWith("networks/tresnet_m/inference")))
                .allMatch(line -> line.contains("no significant difference"));
    }
}
