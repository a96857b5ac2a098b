package dev.squall.tresnet.cli;

import dev.squall.train.Evaluation;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Tells people how well a network does. */
final class Report {
    private static final int CONFUSIONS = 3;
    private static final int BAR = 30;

    private final PrintWriter out;

    Report(PrintWriter out) {
        this.out = out;
    }

    /** Images of class {@code label} that were taken for {@code prediction}. */
    private record Confusion(int label, int prediction, int images) {}

    /** Top-1, how many of each class were recognised, and what was confused most. */
    void evaluation(Evaluation evaluation, List<String> classNames) {
        out.printf(
                Locale.ROOT,
                "top-1 %.4f, loss %.4f on %d test images (%.0f images/s)%n%n",
                evaluation.top1(),
                evaluation.loss(),
                evaluation.images(),
                evaluation.imagesPerSecond());
        perClass(evaluation.confusion(), classNames);
        confusions(evaluation.confusion(), classNames);
    }

    private void perClass(int[][] confusion, List<String> classNames) {
        int width = classNames.stream().mapToInt(String::length).max().orElse(0);
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
        List<Confusion> confusions = new ArrayList<>();
        for (int label = 0; label < confusion.length; label++) {
            for (int prediction = 0; prediction < confusion.length; prediction++) {
                if (label != prediction && confusion[label][prediction] > 0) {
                    confusions.add(new Confusion(label, prediction, confusion[label][prediction]));
                }
            }
        }
        confusions.sort(Comparator.comparingInt(Confusion::images).reversed());
        if (!confusions.isEmpty()) {
            out.printf("%nmost often confused:%n");
        }
        for (Confusion each : confusions.subList(0, Math.min(CONFUSIONS, confusions.size()))) {
            out.printf(
                    "  %s taken for %s (%d times)%n",
                    classNames.get(each.label), classNames.get(each.prediction), each.images);
        }
    }
}
