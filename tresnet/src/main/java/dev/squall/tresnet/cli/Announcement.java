package dev.squall.tresnet.cli;

import dev.squall.data.source.DataSource;
import dev.squall.error.Plural;
import dev.squall.nn.Module;
import dev.squall.tresnet.ModelCard;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Says what is going to be trained, on what and how. */
record Announcement(PrintWriter printer, TrainSettings settings, DataSource source, ModelCard card) {
    /** Before it begins. */
    void print(Module network, boolean resume) {
        printer.printf(
                Locale.ROOT,
                "%s (%s) on %s: %,d training and %s of %s, %s%n",
                settings.model(),
                Plural.of(network.parameterCount(), "parameter"),
                source.name(),
                source.train().size(),
                Plural.of(source.test().size(), "test image"),
                source.train().shape(),
                Plural.of(source.train().classes(), "class"));
        printer.printf(
                Locale.ROOT,
                "%s, batch %d, learning rate up to %s, seed %d%s%n",
                Plural.of(settings.recipe().epochs(), "epoch"),
                settings.recipe().batch(),
                settings.recipe().learningRate(),
                settings.recipe().seed(),
                settings.augmentation().equals("none") ? "" : ", " + settings.augmentation());
        if (resume && !settings.weights().equals(TrainSettings.NONE)) {
            printer.println("begun with the weights of " + settings.weights());
        }
        printer.printf(
                "images: minus mean %s, over std %s; crop %s, %s%n",
                card.normalize().mean(), card.normalize().std(), card.crop(), card.interpolation());
        Map<String, String> others = settings.recipe().toMap();
        others.keySet().removeAll(List.of("epochs", "batch", "lr", "seed"));
        printer.printf(
                "%s%n%n",
                others.entrySet().stream()
                        .map(setting -> setting.getKey() + " " + setting.getValue())
                        .collect(Collectors.joining(", ")));
    }

    /** What is not learned, once that is clear. */
    void printFrozen(Module network) {
        long frozen = network.parameters().values().stream()
                .filter(parameter -> !parameter.requiresGradient())
                .mapToLong(parameter -> parameter.shape().elements())
                .sum();
        if (frozen > 0) {
            printer.printf(
                    Locale.ROOT,
                    "%,d of %,d parameters are frozen: %s%n%n",
                    frozen,
                    network.parameterCount(),
                    settings.recipe().frozen());
        }
    }
}
