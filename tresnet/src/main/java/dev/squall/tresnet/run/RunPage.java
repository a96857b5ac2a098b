package dev.squall.tresnet.run;

import dev.squall.train.EpochMetrics;
import dev.squall.train.RunSummary;
import dev.squall.tresnet.page.Block;
import dev.squall.tresnet.page.Block.Bar;
import dev.squall.tresnet.page.Block.Bars;
import dev.squall.tresnet.page.Block.Code;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Figure;
import dev.squall.tresnet.page.Block.Figures;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Block.Matrix;
import dev.squall.tresnet.page.Block.Picture;
import dev.squall.tresnet.page.Block.Pictures;
import dev.squall.tresnet.page.Charts;
import dev.squall.tresnet.page.HtmlPage;
import dev.squall.tresnet.page.Section;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The page of one run: what was asked for, how it went, and what the network has learned. */
final class RunPage {
    /** A matrix of more classes could not be read; what matters of it is in the table beside it. */
    private static final int MOST_IN_MATRIX = 30;

    private static final int MOST_CLASSES = 40;
    private static final int CONFUSIONS = 10;

    private RunPage() {}

    /** As HTML; without an evaluation as long as the run goes on. */
    static String of(Run run, @Nullable TestResult result) {
        List<Section> sections = new ArrayList<>();
        sections.add(overview(run, result));
        sections.add(curves(run));
        if (result != null) {
            sections.add(classes(result));
            sections.add(new Section(
                    "mistakes",
                    "Surest mistakes",
                    List.of(
                            "Under each image stands what the network took it for, and below that what it is, each with the probability that the network gave it."),
                    List.of(result.mistakes())));
            sections.add(calibration(Calibration.of(result.predictions())));
        }
        sections.add(settings(run));
        RunSummary summary = run.summary();
        String preface = result == null
                ? String.format(
                        Locale.ROOT,
                        "After epoch %d of %d. What the network takes for what, its surest mistakes and its calibration follow when"
                                + " the run has ended; load the page again to see how far it is.",
                        summary.epochs(),
                        run.plannedEpochs())
                : "The figures of classes, mistakes and calibration are those of the best weights, on images that the network was"
                        + " not trained on. They did choose which weights are the best, so that new images may fare a little worse.";
        return HtmlPage.of(summary.model() + " on " + summary.data(), List.of(preface), sections);
    }

    private static Section overview(Run run, @Nullable TestResult result) {
        RunSummary summary = run.summary();
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("best top-1", percent(summary.bestTop1()), "after epoch " + summary.bestEpoch()));
        figures.add(new Figure("last top-1", percent(summary.top1()), "after epoch " + summary.epochs()));
        figures.add(
                result == null
                        ? new Figure("loss", text("%.3f", summary.loss()), "on test images, last epoch")
                        : new Figure("loss", text("%.3f", result.evaluation().loss()), "of the best weights"));
        figures.add(new Figure("epochs", text("%d", summary.epochs()), "of " + run.plannedEpochs()));
        figures.add(new Figure("time", duration(summary.seconds()), "validation included"));
        figures.add(new Figure("images/s", text("%,.0f", summary.imagesPerSecond()), "in training"));
        figures.add(new Figure("parameters", count(summary.parameters()), ""));
        figures.add(new Figure("backend", summary.backend(), "seed " + summary.seed()));
        return new Section("overview", "At a glance", List.of(), List.of(new Figures(figures)));
    }

    private static Section curves(Run run) {
        List<EpochMetrics> epochs = run.epochs();
        Pictures pictures = new Pictures(List.of(
                picture(
                        epochs,
                        "Loss",
                        "Loss: on the training images as they were learned, and on the test images.",
                        new Curve("training", EpochMetrics::trainLoss),
                        new Curve("test", EpochMetrics::loss)),
                picture(
                        epochs,
                        "Accuracy",
                        "Accuracy: the fraction of images whose most likely class is the right one.",
                        new Curve("training", EpochMetrics::trainAccuracy),
                        new Curve("test", EpochMetrics::top1)),
                picture(
                        epochs,
                        "Learning rate",
                        "Learning rate of each epoch's last step.",
                        new Curve("learning rate", EpochMetrics::learningRate)),
                picture(
                        epochs,
                        "Images a second",
                        "Images a second in training; the first epoch is slow because the program is being compiled.",
                        new Curve("images a second", EpochMetrics::imagesPerSecond))));
        return new Section("curves", "Curves", List.of(), List.of(pictures, table(epochs)));
    }

    /** A quantity over the epochs. */
    private record Curve(String name, ToDoubleFunction<EpochMetrics> value) {}

    /** Curves in one chart, whose description for those who cannot see it has the ends of the last one. */
    private static Picture picture(List<EpochMetrics> epochs, String title, String caption, Curve... curves) {
        Map<String, double[]> values = new LinkedHashMap<>();
        for (Curve curve : curves) {
            values.put(curve.name, epochs.stream().mapToDouble(curve.value).toArray());
        }
        double[] x = epochs.stream().mapToDouble(EpochMetrics::epoch).toArray();
        Curve last = curves[curves.length - 1];
        String description = text(
                "%s by epoch, as a chart; %s: %.4g at first, %.4g at last",
                title,
                last.name,
                last.value.applyAsDouble(epochs.getFirst()),
                last.value.applyAsDouble(epochs.getLast()));
        return new Picture(caption, description, Charts.curves(title, "epoch", x, values));
    }

    private static Grid table(List<EpochMetrics> epochs) {
        Grid grid = new Grid(
                "The first, the best and the last epochs",
                List.of(
                        Column.text("epoch"),
                        Column.number("training loss"),
                        Column.number("training accuracy"),
                        Column.number("test loss"),
                        Column.number("test top-1"),
                        Column.number("seconds so far")));
        int best = IntStream.range(0, epochs.size())
                .boxed()
                .max(Comparator.comparingDouble((Integer i) -> epochs.get(i).top1())
                        .thenComparing(Comparator.reverseOrder()))
                .orElse(0);
        IntStream.of(0, best, epochs.size() - 1)
                .distinct()
                .sorted()
                .mapToObj(epochs::get)
                .forEach(epoch -> grid.row(
                        Integer.toString(epoch.epoch()),
                        text("%.4f", epoch.trainLoss()),
                        percent(epoch.trainAccuracy()),
                        text("%.4f", epoch.loss()),
                        percent(epoch.top1()),
                        text("%,.0f", epoch.seconds())));
        return grid;
    }

    private static Section classes(TestResult result) {
        int[][] confusion = result.evaluation().confusion();
        List<String> names = result.classNames();
        List<Block> blocks = new ArrayList<>();
        blocks.add(accuracies(confusion, names));
        if (names.size() <= MOST_IN_MATRIX) {
            blocks.add(new Matrix(
                    "What was taken for what: a row for each class, and how many of its images were taken for which",
                    "is ↓ taken for →",
                    names,
                    confusion));
        }
        blocks.add(confusions(confusion, names));
        return new Section("classes", "Classes", List.of(), blocks);
    }

    private static Bars accuracies(int[][] confusion, List<String> names) {
        List<Bar> bars = new ArrayList<>();
        for (int label = 0; label < confusion.length; label++) {
            int images = Arrays.stream(confusion[label]).sum();
            if (images > 0) {
                double share = (double) confusion[label][label] / images;
                bars.add(new Bar(names.get(label), share, text("%.1f %% of %,d", 100 * share, images)));
            }
        }
        boolean some = bars.size() > MOST_CLASSES;
        if (some) {
            bars.sort(Comparator.comparingDouble(Bar::share));
        }
        return new Bars(
                some
                        ? text("Accuracy of the %d classes of %d that are known least", MOST_CLASSES, bars.size())
                        : "Accuracy by class",
                "images classified correctly",
                bars.subList(0, Math.min(MOST_CLASSES, bars.size())));
    }

    private static Grid confusions(int[][] confusion, List<String> names) {
        Grid grid = new Grid(
                "Most often confused",
                List.of(Column.text("class"), Column.text("taken for"), Column.number("images")));
        Confusion.of(confusion).stream()
                .limit(CONFUSIONS)
                .forEach(each ->
                        grid.row(names.get(each.label()), names.get(each.prediction()), text("%,d", each.images())));
        return grid;
    }

    private static Section calibration(Calibration calibration) {
        double[] confidence = calibration.bins().stream()
                .mapToDouble(Calibration.Bin::confidence)
                .toArray();
        double[] accuracy = calibration.bins().stream()
                .mapToDouble(Calibration.Bin::accuracy)
                .toArray();
        Grid grid = new Grid(
                "The same in numbers",
                List.of(Column.text("mean confidence"), Column.number("accuracy"), Column.number("images")));
        calibration
                .bins()
                .forEach(
                        bin -> grid.row(percent(bin.confidence()), percent(bin.accuracy()), text("%,d", bin.images())));
        return new Section(
                "calibration",
                "Calibration",
                List.of(
                        calibration.verdict(),
                        text(
                                "The expected calibration error (ECE, %d bins) is %.2f %%: how far, on average, confidence and accuracy"
                                        + " are apart.",
                                Calibration.BINS, 100 * calibration.error())),
                List.of(
                        new Pictures(List.of(new Picture(
                                "Reliability: images whose predictions have about the same probability, and how many of them are"
                                        + " right. Below the dashed line the network is too sure of itself.",
                                "A reliability diagram with "
                                        + calibration.bins().size() + " points; the table below has their values",
                                Charts.diagonal("Reliability", "confidence", "accuracy", confidence, accuracy)))),
                        grid));
    }

    private static Section settings(Run run) {
        List<Block> blocks = new ArrayList<>();
        String command = run.texts().get(Run.COMMAND);
        if (command != null) {
            blocks.add(new Code("The command that began the run:", command));
        }
        Grid grid = new Grid("All settings", List.of(Column.text("option"), Column.text("value")));
        run.settings().forEach((name, value) -> grid.row("--" + name, value));
        if (!grid.rows().isEmpty()) {
            blocks.add(grid);
        }
        return new Section("settings", "Settings", List.of(), Collections.unmodifiableList(blocks));
    }

    static String percent(double share) {
        return text("%.2f %%", 100 * share);
    }

    static String text(String format, @Nullable Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String duration(double seconds) {
        Duration time = Duration.ofSeconds(Math.round(seconds));
        if (time.toHours() > 0) {
            return text("%d h %02d min", time.toHours(), time.toMinutesPart());
        }
        return time.toMinutes() > 0
                ? text("%d min %02d s", time.toMinutes(), time.toSecondsPart())
                : text("%d s", time.toSeconds());
    }

    private static String count(long number) {
        return number >= 1_000_000 ? text("%.1f M", number / 1e6) : text("%,d", number);
    }
}
