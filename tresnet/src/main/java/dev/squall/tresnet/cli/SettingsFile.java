package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.error.BadInputException;
import dev.squall.train.Recipe;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a training in a file, called as the options of {@code train}; an option on the command line goes before them.
 *
 * @param source the file, for messages
 * @param values texts by name
 */
record SettingsFile(String source, Map<String, String> values) {
    /** No file. */
    static final SettingsFile NONE = new SettingsFile("", Map.of());

    /** What a training is done with and on, beside its recipe and the augmentation. */
    static final List<String> OTHERS =
            List.of("data", "model", "weights", "no-ema", "num-classes", "image-size", "val-split", "precision");

    /**
     * Reads lines such as {@code weight-decay: 1e-4} or {@code mixup = 0.2}.
     *
     * @throws BadInputException if the file cannot be read, or sets something that {@code train} does not know
     */
    static SettingsFile read(Path file) {
        Map<String, String> values = Recipe.settingsIn(file);
        Set<String> known = new LinkedHashSet<>(OTHERS);
        known.addAll(Recipe.STANDARD.toMap().keySet());
        known.addAll(Augmentation.NAMES);
        for (String name : values.keySet()) {
            if (!known.contains(name)) {
                throw new BadInputException(
                        file + ": a training has no setting called '" + name + "'; it has " + String.join(", ", known));
            }
        }
        return new SettingsFile(file.toString(), values);
    }

    /** Those that are of a recipe. */
    Map<String, String> recipe() {
        return only(Recipe.STANDARD.toMap().keySet());
    }

    /** Those that are of an augmentation. */
    Map<String, String> augmentation() {
        return only(Augmentation.NAMES);
    }

    private Map<String, String> only(Set<String> names) {
        Map<String, String> some = new LinkedHashMap<>(values);
        some.keySet().retainAll(names);
        return some;
    }

    /** The text under {@code name}, or null. */
    @Nullable
    String text(String name) {
        return values.get(name);
    }

    /** The whole number under {@code name}, or null. */
    @Nullable
    Integer integer(String name) {
        String value = values.get(name);
        try {
            return value == null ? null : Integer.valueOf(value);
        } catch (NumberFormatException e) {
            throw wrong(name, "a whole number", e);
        }
    }

    /** The number under {@code name}, or null. */
    @Nullable
    Double number(String name) {
        String value = values.get(name);
        try {
            return value == null ? null : Double.valueOf(value);
        } catch (NumberFormatException e) {
            throw wrong(name, "a number", e);
        }
    }

    /** Yes or no under {@code name}, or null. */
    @Nullable
    Boolean flag(String name) {
        String value = values.get(name);
        if (value == null || value.equals("true") || value.equals("false")) {
            return value == null ? null : Boolean.valueOf(value);
        }
        throw new BadInputException(source + ": " + name + " must be true or false, not '" + value + "'");
    }

    /** The precision, or null. */
    @Nullable
    Precision precision() {
        String value = values.get("precision");
        if (value == null) {
            return null;
        }
        return Arrays.stream(Precision.values())
                .filter(precision -> precision.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        source + ": precision must be fast, accurate, mixed or bf16, not '" + value + "'"));
    }

    private BadInputException wrong(String name, String what, NumberFormatException e) {
        return new BadInputException(source + ": " + name + " must be " + what + ", not '" + values.get(name) + "'", e);
    }
}
