package dev.squall.tresnet.run;

import static dev.squall.tresnet.run.RunPage.duration;
import static dev.squall.tresnet.run.RunPage.percent;
import static dev.squall.tresnet.run.RunPage.text;

import dev.squall.train.EpochMetrics;
import dev.squall.train.RunSummary;
import dev.squall.tresnet.page.Block;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.Block.Pictures;
import dev.squall.tresnet.page.Charts;
import dev.squall.tresnet.page.HtmlPage;
import dev.squall.tresnet.page.Section;
import dev.squall.tresnet.run.Comparison.Candidate;
import dev.squall.tresnet.run.Comparison.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A page with several runs beside each other. */
public final class ComparisonPage {
    private ComparisonPage() {}

    /** As HTML. */
    public static String of(Comparison comparison) {
        List<Candidate> runs = comparison.runs();
        List<String> names = runs.stream().map(Candidate::name).toList();
        List<Section> sections = List.of(
                new Section("result", "Result", verdicts(comparison), List.of(results(runs))),
                new Section("curves", "Curves", List.of(), List.of(curves(runs, names))),
                new Section("settings", "Settings that differ", same(comparison), settings(comparison, names)),
                new Section("test", "McNemar's test", TEST, tests(comparison)));
        return HtmlPage.of(runs.size() + " runs compared", List.of(String.join(", ", names) + "."), sections);
    }

    private static final List<String> TEST = List.of(
            "It counts the images of which only one of two networks is right: were the two equally good, each would be the right one of about"
                    + " half of them. p is the probability that chance alone makes them differ as much or more; below 0.05 it is not held for"
                    + " chance. Where there are several tests, p is corrected for their number (Holm, 1979).",
            "The test is about these two networks on these images. Whether one way to train is better than another needs several runs of each,"
                    + " with different seeds.");

    private static List<String> verdicts(Comparison comparison) {
        List<String> verdicts = comparison.tests().stream().map(Pair::verdict).toList();
        return verdicts.isEmpty()
                ? List.of(
                        "No two of the runs have predictions of the same test images, so that only their own figures can be compared.")
                : verdicts;
    }

    private static Grid results(List<Candidate> runs) {
        Grid grid = new Grid(
                "What became of each run",
                List.of(
                        Column.text("run"),
                        Column.text("model"),
                        Column.text("data"),
                        Column.number("best top-1"),
                        Column.number("last top-1"),
                        Column.number("last loss"),
                        Column.number("epochs"),
                        Column.number("time"),
                        Column.number("images/s"),
                        Column.number("parameters")));
        for (Candidate each : runs) {
            RunSummary summary = each.run().summary();
            grid.row(
                    each.name(),
                    summary.model(),
                    summary.data(),
                    percent(summary.bestTop1()),
                    percent(summary.top1()),
                    text("%.4f", summary.loss()),
                    text("%d", summary.epochs()),
                    duration(summary.seconds()),
                    text("%,.0f", summary.imagesPerSecond()),
                    text("%,d", summary.parameters()));
        }
        return grid;
    }

    private static Block curves(List<Candidate> runs, List<String> names) {
        String all = String.join(", ", names);
        return new Pictures(List.of(
                picture(
                        "Top-1 on the test images",
                        "Accuracy on the test images by epoch, of " + all,
                        runs,
                        EpochMetrics::top1),
                picture(
                        "Loss on the test images",
                        "Loss on the test images by epoch, of " + all,
                        runs,
                        EpochMetrics::loss),
                picture("Loss in training", "Loss in training by epoch, of " + all, runs, EpochMetrics::trainLoss),
                picture(
                        "Images a second",
                        "Images a second by epoch, of " + all,
                        runs,
                        EpochMetrics::imagesPerSecond)));
    }

    private static Picture picture(
            String title, String description, List<Candidate> runs, ToDoubleFunction<EpochMetrics> quantity) {
        Map<String, double[]> curves = new LinkedHashMap<>();
        runs.forEach(each -> curves.put(
                each.name(), each.run().epochs().stream().mapToDouble(quantity).toArray()));
        return new Picture(title + ", by epoch.", description, Charts.together(title, "epoch", curves));
    }

    private static List<String> same(Comparison comparison) {
        return comparison.differences().isEmpty() ? List.of("All settings are the same.") : List.of();
    }

    private static List<Block> settings(Comparison comparison, List<String> names) {
        if (comparison.differences().isEmpty()) {
            return List.of();
        }
        List<Column> columns = new ArrayList<>();
        columns.add(Column.text("option"));
        names.forEach(name -> columns.add(Column.text(name)));
        Grid grid = new Grid("By run", columns);
        comparison.differences().forEach((name, values) -> {
            List<String> row = new ArrayList<>(List.of("--" + name));
            values.forEach(value -> row.add(value.isEmpty() ? Section.NONE : value));
            grid.row(row.toArray(String[]::new));
        });
        return List.of(grid);
    }

    private static List<Block> tests(Comparison comparison) {
        if (comparison.tests().isEmpty()) {
            return List.of();
        }
        Grid grid = new Grid(
                "Pairs",
                List.of(
                        Column.text("first"),
                        Column.text("second"),
                        Column.number("right: only the first"),
                        Column.number("only the second"),
                        Column.number("images"),
                        Column.number("p")));
        for (Pair pair : comparison.tests()) {
            grid.row(
                    pair.first(),
                    pair.second(),
                    text("%,d", pair.test().onlyFirst()),
                    text("%,d", pair.test().onlySecond()),
                    text("%,d", pair.test().images()),
                    McNemar.probability(pair.p()));
        }
        return List.of(grid);
    }
}
