package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.data.source.DataOptions;
import dev.squall.error.BadInputException;
import dev.squall.train.Recipe;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.Networks;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that decides how a training goes, beside the backend, of which only the precision counts. It is stored beside the weights, so that a run can
 * be resumed without saying it again.
 *
 * @param imageSize the side to which images are scaled; null for what suits the data
 * @param validationSplit the part of each class that is measured with, where a data set has no images for that
 * @param augmentation as {@link Augmentation#text} names it
 */
record TrainSettings(
        String data,
        String model,
        Precision precision,
        @Nullable Integer imageSize,
        double validationSplit,
        String augmentation,
        Recipe recipe) {
    private static final String PREFIX = "train.";

    /** Stands for no size in a run's files. */
    private static final String AS_THEY_ARE = "as they are";

    /** What the user typed; null where nothing was said. */
    record Request(
            @Nullable String data,
            @Nullable String model,
            @Nullable Precision precision,
            @Nullable Integer imageSize,
            @Nullable Double validationSplit,
            @Nullable String augmentation,
            RecipeMixin recipe) {}

    TrainSettings {
        Arguments.within("--batch", recipe.batch(), 2, Arguments.MOST_IN_BATCH);
    }

    /** Of a new run: what was not said is chosen to suit the network. */
    static TrainSettings of(Request request) {
        NetworkPreset preset = Networks.preset(or(request.model, Networks.DEFAULT));
        return new TrainSettings(
                absolute(or(request.data, "sample")),
                preset.name(),
                or(request.precision, Precision.FAST),
                request.imageSize,
                or(request.validationSplit, DataOptions.DEFAULT.validationSplit()),
                or(request.augmentation, request.recipe.augmentation()),
                request.recipe.of(preset));
    }

    /**
     * Of a run to resume: those it was begun with. Only the data may lie elsewhere; whether they are the same is seen when they are read.
     *
     * @param stored the texts of its checkpoint
     * @throws BadInputException if something else was asked for, or the texts are not those of a run
     */
    static TrainSettings resumed(Request request, Map<String, String> stored) {
        String data = request.data != null ? absolute(request.data) : same("data", null, stored);
        NetworkPreset preset = Networks.preset(same("model", request.model, stored));
        String precision = same("precision", request.precision, stored);
        Map<String, String> begun = new LinkedHashMap<>();
        Recipe.STANDARD.toMap().keySet().forEach(name -> begun.put(name, same(name, null, stored)));
        try {
            return new TrainSettings(
                    data,
                    preset.name(),
                    Precision.valueOf(precision.toUpperCase(Locale.ROOT)),
                    optional(same("image-size", request.imageSize, stored)),
                    Double.parseDouble(same("val-split", request.validationSplit, stored)),
                    same("augmentation", request.augmentation, stored),
                    request.recipe.resumed(preset, Recipe.STANDARD.with(begun)));
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

    private static String same(String option, @Nullable Object wanted, Map<String, String> stored) {
        String begun = stored.get(PREFIX + option);
        if (begun == null) {
            throw new BadInputException("this run cannot be resumed, since its weights do not say with which --"
                    + option + " it was begun; start it anew with --force");
        }
        if (wanted != null && !wanted.toString().equalsIgnoreCase(begun)) {
            throw new BadInputException("this run was begun with --" + option + " " + begun
                    + " and cannot be resumed with " + wanted.toString().toLowerCase(Locale.ROOT));
        }
        return begun;
    }

    private static @Nullable Integer optional(String size) {
        return size.equals(AS_THEY_ARE) ? null : Integer.valueOf(size);
    }

    /** How the data are to be read. */
    DataOptions dataOptions() {
        return DataOptions.DEFAULT
                .withImageSize(imageSize)
                .withPictureSize(Networks.preset(model).imageSize())
                .withSplit(validationSplit, recipe.seed());
    }

    Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(PREFIX + "data", data);
        metadata.put(PREFIX + "model", model);
        recipe.toMap().forEach((name, value) -> metadata.put(PREFIX + name, value));
        metadata.put(PREFIX + "precision", precision.name().toLowerCase(Locale.ROOT));
        metadata.put(PREFIX + "image-size", imageSize == null ? AS_THEY_ARE : imageSize.toString());
        metadata.put(PREFIX + "val-split", Double.toString(validationSplit));
        metadata.put(PREFIX + "augmentation", augmentation);
        return metadata;
    }

    private static <T> T or(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
