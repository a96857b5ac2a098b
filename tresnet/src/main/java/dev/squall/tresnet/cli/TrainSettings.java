package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.data.DataLoader;
import dev.squall.data.source.DataOptions;
import dev.squall.data.source.DataSource;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.AtomicFile;
import dev.squall.train.Recipe;
import dev.squall.train.RunDirectory;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.StoredNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All that decides how a training goes, beside the backend, of which only the precision counts. It is stored beside the weights, so that a run can
 * be resumed without saying it again.
 *
 * @param weights the file of weights that it begins with; {@code none} for drawn ones
 * @param noAverage whether it begins with the weights themselves where that file also holds a moving average of them
 * @param imageSize the side to which images are scaled; null for what suits the data
 * @param validationSplit the part of each class that is measured with, where a data set has no images for that
 * @param augmentation as {@link Augmentation#text} names it
 */
record TrainSettings(
        String data,
        String model,
        String weights,
        boolean noAverage,
        Precision precision,
        @Nullable Integer imageSize,
        double validationSplit,
        String augmentation,
        Recipe recipe) {
    /** What ends a line, or is no letter to the reader of a line. */
    private static final Pattern LINE_BREAK = Pattern.compile("\\R");

    private static final String PREFIX = "train.";

    /** Stands for no size in a run's files. */
    private static final String AS_THEY_ARE = "as they are";

    /** Stands for no file. */
    static final String NONE = "none";

    /** What the user typed, or named a file of; null where nothing was said. */
    record Request(
            @Nullable String data,
            @Nullable String model,
            @Nullable Path weights,
            @Nullable Boolean noAverage,
            @Nullable Precision precision,
            @Nullable Integer imageSize,
            @Nullable Double validationSplit,
            @Nullable String augmentation,
            RecipeMixin recipe) {
        /** Nothing at all. */
        static final Request NOTHING = ofData(null);

        /** Where the data lie, or nothing at all. */
        static Request ofData(@Nullable String data) {
            return new Request(data, null, null, null, null, null, null, null, new RecipeMixin());
        }
    }

    TrainSettings {
        Arguments.within("--batch", recipe.batch(), 2, Arguments.MOST_IN_BATCH);
        if (recipe.imagesInPass() < 2) {
            throw new BadInputException("--batch " + recipe.batch() + " in " + recipe.shards()
                    + " shards leaves a single image in each, of which norms have no statistics; choose at most "
                    + Plural.of(recipe.batch() / 2, "shard"));
        }
    }

    /**
     * Of a new run: what was not said is chosen to suit the network.
     *
     * @param weights those that it begins with, or null
     */
    static TrainSettings of(Request request, @Nullable StoredNetwork weights) {
        String model = weights == null
                ? or(request.model, Networks.DEFAULT)
                : weights.card().model();
        String data = or(request.data, "sample");
        NetworkPreset preset = Networks.preset(model).forData(data);
        return new TrainSettings(
                absolute(data),
                preset.name(),
                request.weights == null ? NONE : absolute(request.weights),
                or(request.noAverage, false),
                or(request.precision, Precision.FAST),
                request.imageSize,
                or(request.validationSplit, DataOptions.DEFAULT.validationSplit()),
                or(request.augmentation, request.recipe.augmentation()),
                request.recipe.of(preset, weights != null));
    }

    /**
     * Of a run to resume: those it was begun with. Only the data may lie elsewhere; whether they are the same is seen when they are read.
     *
     * @param stored the texts of its checkpoint
     * @throws BadInputException if something else was asked for, or the texts are not those of a run
     */
    static TrainSettings resumed(Request request, Map<String, String> stored) {
        String data = request.data != null ? absolute(request.data) : same("data", null, stored);
        NetworkPreset preset =
                Networks.preset(same("model", request.model, stored)).forData(data);
        String weights = same("weights", request.weights == null ? null : absolute(request.weights), stored);
        String noAverage = same("no-ema", request.noAverage, stored);
        String precision = same("precision", request.precision, stored);
        Map<String, String> begun = new LinkedHashMap<>();
        Recipe.STANDARD.toMap().keySet().forEach(name -> begun.put(name, same(name, null, stored)));
        try {
            return new TrainSettings(
                    data,
                    preset.name(),
                    weights,
                    Boolean.parseBoolean(noAverage),
                    Precision.valueOf(precision.toUpperCase(Locale.ROOT)),
                    optional(same("image-size", request.imageSize, stored)),
                    Double.parseDouble(same("val-split", request.validationSplit, stored)),
                    same("augmentation", request.augmentation, stored),
                    request.recipe.resumed(preset, Recipe.STANDARD.with(begun), !weights.equals(NONE)));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "the settings with which this run was begun are damaged: " + e.getMessage()
                            + "; start it anew with --force",
                    e);
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    "the settings with which this run was begun are damaged: there is no precision " + precision
                            + "; start it anew with --force",
                    e);
        }
    }

    /** Whether it stands beside the weights how the data was divided when they were trained. */
    static boolean haveSplit(Map<String, String> stored) {
        return stored.containsKey(PREFIX + "val-split") && stored.containsKey(PREFIX + "seed");
    }

    /**
     * Which part of a data set was set apart to measure with when weights were trained; of weights that do not say it, what is usual.
     *
     * @param stored the texts beside the weights
     */
    static DataOptions splitOf(Map<String, String> stored, DataOptions options) {
        try {
            String split = stored.get(PREFIX + "val-split");
            String seed = stored.get(PREFIX + "seed");
            return split == null || seed == null
                    ? options
                    : options.withSplit(Double.parseDouble(split), Long.parseLong(seed));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "the settings with which the weights were trained are damaged: " + e.getMessage(), e);
        }
    }

    /** A data set whose directory is found from wherever the run is resumed. */
    private static String absolute(String data) {
        int colon = data.indexOf(':');
        if (colon < 0 || colon == data.length() - 1 || data.charAt(colon + 1) == '~') {
            return data;
        }
        try {
            return data.substring(0, colon + 1)
                    + Path.of(data.substring(colon + 1)).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            // Whoever opens the data says so.
            return data;
        }
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    private static String same(String option, @Nullable Object wanted, Map<String, String> stored) {
        // Runs of before there was this option took the average.
        String implied = option.equals("no-ema") ? "false" : Recipe.IMPLIED.get(option);
        String begun = stored.getOrDefault(PREFIX + option, implied);
        if (begun == null) {
            throw new BadInputException("this run cannot be resumed, since its weights do not say with which --"
                    + option + " it was begun; start it anew with --force");
        }
        if (wanted != null && !wanted.toString().equalsIgnoreCase(begun)) {
            String what = option.equals("augmentation") ? "the augmentation" : "--" + option;
            throw new BadInputException("this run was begun with " + what + " " + begun + " and cannot be resumed with "
                    + wanted.toString().toLowerCase(Locale.ROOT));
        }
        return begun;
    }

    private static @Nullable Integer optional(String size) {
        return size.equals(AS_THEY_ARE) ? null : Integer.valueOf(size);
    }

    Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(PREFIX + "data", data);
        metadata.put(PREFIX + "model", model);
        metadata.put(PREFIX + "weights", weights);
        metadata.put(PREFIX + "no-ema", Boolean.toString(noAverage));
        recipe.toMap().forEach((name, value) -> metadata.put(PREFIX + name, value));
        metadata.put(PREFIX + "precision", precision.name().toLowerCase(Locale.ROOT));
        metadata.put(PREFIX + "image-size", imageSize == null ? AS_THEY_ARE : imageSize.toString());
        metadata.put(PREFIX + "val-split", Double.toString(validationSplit));
        metadata.put(PREFIX + "augmentation", augmentation);
        return metadata;
    }

    /** As a file that {@code --recipe} takes, with which the run can be done again. */
    List<String> toLines() {
        List<String> lines = new ArrayList<>();
        lines.add("# the settings of this run; 'tresnet train --recipe settings.yaml --out DIR' repeats it");
        line(lines, "data", data);
        line(lines, "model", model);
        if (!weights.equals(NONE)) {
            line(lines, "weights", weights);
            line(lines, "no-ema", Boolean.toString(noAverage));
        }
        if (imageSize != null) {
            line(lines, "image-size", imageSize.toString());
        }
        line(lines, "val-split", Double.toString(validationSplit));
        line(lines, "precision", precision.name().toLowerCase(Locale.ROOT));
        recipe.toMap().forEach((name, value) -> line(lines, name, value));
        if (!augmentation.equals("none")) {
            for (String option : augmentation.split(" ")) {
                lines.add(option.replaceFirst("=", ": "));
            }
        }
        return lines;
    }

    /** Writes them beside the other files of a run. */
    void write(Path directory) {
        Path file = directory.resolve(RunDirectory.SETTINGS);
        try {
            AtomicFile.write(file, (String.join("\n", toLines()) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new BadInputException(file + " cannot be written: " + BadInputException.reason(e), e);
        }
    }

    /** Requires that there are as many images as a batch has. */
    void requireFullBatch(DataSource source) {
        if (recipe.batch() > source.train().size()) {
            throw new BadInputException("--batch " + recipe.batch() + " is more than the "
                    + Plural.of(source.train().size(), "training image") + " of " + data);
        }
    }

    /** Requires that the steps can be counted. */
    void requireCountable(DataLoader loader) {
        long steps = (long) recipe.epochs() * loader.batches();
        if (steps > Integer.MAX_VALUE) {
            throw new BadInputException(
                    "--epochs " + recipe.epochs() + " of " + Plural.of(loader.batches(), "step") + " are " + steps
                            + " steps, more than the " + Integer.MAX_VALUE + " that are counted; choose fewer");
        }
    }

    private static void line(List<String> lines, String name, String value) {
        lines.add(line(name, value));
    }

    /** The line of a file that {@code --recipe} reads as this value; a comment for a value that no line can hold. */
    static String line(String name, String value) {
        if (value.matches("[\\w./+-]+")) {
            return name + ": " + value;
        }
        // What could be taken for a comment or the end of a value is quoted.
        for (String quote : List.of("\"", "'")) {
            if (!value.contains(quote) && !LINE_BREAK.matcher(value).find()) {
                return name + ": " + quote + value + quote;
            }
        }
        return "# --" + name + " has to be given: it holds a line break, or both kinds of quotes";
    }

    private static <T> T or(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
