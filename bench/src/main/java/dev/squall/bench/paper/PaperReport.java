package dev.squall.bench.paper;

import dev.squall.io.AtomicFile;
import dev.squall.tresnet.page.HtmlPage;
import dev.squall.tresnet.page.Section;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The pages that a run leaves beside its results.
 *
 * @param results what was measured
 * @param sections what it says, in order
 */
record PaperReport(Results results, List<Section> sections) {
    static final String HTML = "report.html";
    static final String MARKDOWN = "report.md";
    /** Marks figures that are the paper's. */
    static final String PAPER = "paper";

    static final String TITLE = "TResNet: the paper's measurements, repeated";

    /** Writes both pages into {@code directory}. */
    void write(Path directory) throws IOException {
        String html = HtmlPage.of(TITLE, preface(), sections);
        AtomicFile.write(directory.resolve(HTML), html.getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(directory.resolve(MARKDOWN), MarkdownPage.of(this).getBytes(StandardCharsets.UTF_8));
    }

    /** What a reader has to know before any figure, one sentence each. */
    List<String> preface() {
        PaperSettings settings = results.settings();
        return List.of(
                "This report repeats the measurements of \"TResNet: High Performance GPU-Dedicated Architecture\" (Ridnik"
                        + " et al., WACV 2021) with Squall on one machine. Figures of the paper are from one NVIDIA V100 in mixed"
                        + " precision; they are set in italics on a shaded ground and marked \"paper\". All others were measured"
                        + " here or computed from shapes.",
                "Machine: " + results.machine().text() + ".",
                "Backend: " + results.machine().backend()
                        + (settings.backend().equals("tornado") ? "." : ". No GPU took part."),
                "Begun " + started() + "; batches of " + settings.batch() + ", " + settings.rounds()
                        + " rounds in which all take turns, at least " + settings.warmUpSeconds()
                        + " s of warm-up each and up to four times as long while the JVM still compiles."
                        + " Times are medians; an interval in brackets holds the true median with 95 %, or is the range of all"
                        + " rounds where they are fewer than six.");
    }

    /** As people write it, or as it stands in the results. */
    private String started() {
        return results.started().replaceFirst("^(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d:\\d\\d).*Z$", "$1, $2 UTC");
    }
}
