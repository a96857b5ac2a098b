package dev.squall.tresnet.cli;

import dev.squall.error.Plural;
import dev.squall.train.Evaluation;
import dev.squall.tresnet.run.Confusion;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells people how well a network does. */
final class EvaluationText {
    private static final int CONFUSIONS = 3;
    private static final int BAR = 30;
    private static final int MOST_SKIPPED = 5;

    /** Of the column of classes, in characters. */
    private static final int WIDEST_NAME = 40;

    /** With so few classes every image is among the top 5. */
    private static final int FIVE = 5;

    private final PrintWriter out;

    EvaluationText(PrintWriter out) {
        this.out = out;
    }

    /** How many images of a class there are, and the part of them that was recognised; null if there are none. */
    private record OfClass(
            String name, int images, @Nullable Double top1) {}

    /** Top-1, how many of each class were recognised, and what was confused most. */
    void evaluation(Evaluation evaluation, List<String> classNames) {
        out.printf(
                Locale.ROOT,
                "top-1 %.4f%s, loss %.4f on %s (%.0f images/s)%n%n",
                evaluation.top1(),
                classNames.size() > FIVE ? String.format(Locale.ROOT, ", top-5 %.4f", evaluation.top5()) : "",
                evaluation.loss(),
                Plural.of(evaluation.images(), "test image"),
                evaluation.imagesPerSecond());
        perClass(evaluation.confusion(), classNames);
        confusions(evaluation.confusion(), classNames);
    }

    /** How many pictures were left out, and why the first of them. */
    void skipped(List<String> reasons) {
        if (!reasons.isEmpty()) {
            out.printf(
                    "%n%s cannot be read and %s left out:%n",
                    Plural.of(reasons.size(), "file"), reasons.size() == 1 ? "is" : "are");
            reasons.stream().limit(MOST_SKIPPED).forEach(reason -> out.println("  " + reason));
            if (reasons.size() > MOST_SKIPPED) {
                out.printf(Locale.ROOT, "  and %,d more%n", reasons.size() - MOST_SKIPPED);
            }
        }
    }

    /** All of it for programs. */
    void json(Map<String, String> description, Evaluation evaluation, List<String> classNames, List<String> skipped) {
        Map<String, Object> all = new LinkedHashMap<>(description);
        all.put("images", evaluation.images());
        all.put("skipped", skipped);
        all.put("top1", evaluation.top1());
        all.put("top5", evaluation.top5());
        all.put("loss", evaluation.loss());
        all.put("seconds", evaluation.seconds());
        all.put("imagesPerSecond", evaluation.imagesPerSecond());
        List<OfClass> classes = new ArrayList<>();
        for (int label = 0; label < classNames.size(); label++) {
            int[] taken = evaluation.confusion()[label];
            int images = Arrays.stream(taken).sum();
            classes.add(
                    new OfClass(classNames.get(label), images, images == 0 ? null : (double) taken[label] / images));
        }
        all.put("classes", classes);
        Json.print(out, all);
    }

    /** A row for each class, a column for each that its images were taken for. */
    static List<List<String>> confusionRows(int[][] confusion, List<String> classNames) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(Stream.concat(Stream.of("label"), classNames.stream()).toList());
        for (int label = 0; label < confusion.length; label++) {
            rows.add(Stream.concat(
                            Stream.of(classNames.get(label)),
                            Arrays.stream(confusion[label]).mapToObj(Integer::toString))
                    .toList());
        }
        return rows;
    }

    private void perClass(int[][] confusion, List<String> classNames) {
        int longest = classNames.stream().mapToInt(String::length).max().orElse(0);
        // One that is longer moves its own line only.
        int width = Math.clamp(longest, 1, WIDEST_NAME);
        for (int label = 0; label < confusion.length; label++) {
            int images = Arrays.stream(confusion[label]).sum();
            if (images > 0) {
                double right = (double) confusion[label][label] / images;
                out.printf(
                        Locale.ROOT,
                        "  %-" + width + "s  %5.1f %%  %s%n",
                        classNames.get(label),
                        100 * right,
                        "#".repeat((int) Math.round(BAR * right)));
            }
        }
    }

    private void confusions(int[][] confusion, List<String> classNames) {
        List<Confusion> confusions = Confusion.of(confusion);
        if (!confusions.isEmpty()) {
            out.printf("%nmost often confused:%n");
        }
        for (Confusion each : confusions.subList(0, Math.min(CONFUSIONS, confusions.size()))) {
            out.printf(
                    "  %s taken for %s (%s)%n",
                    classNames.get(each.label()), classNames.get(each.prediction()), Plural.of(each.images(), "time"));
        }
    }
}
