package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions.Precision;
import dev.squall.data.source.DataOptions;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.NetworkConfig.Regularisation;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.NetworkPreset.Recipe;
import dev.squall.tresnet.Networks;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that decides how a training goes, beside the backend, of which only the precision counts. It is stored beside the weights, so that a run can be resumed without saying it
 * again.
 *
 * @param learningRate the highest of the schedule
 * @param imageSize the side to which images are scaled; null for what suits the data
 * @param validationSplit the part of each class that is measured with, where a data set has no images for that
 * @param augmentation as {@link Augmentation#text} names it
 * @param regularisation what is left out at random
 */
record TrainSettings(
        String data,
        String model,
        int epochs,
        int batch,
        double learningRate,
        long seed,
        Precision precision,
        @Nullable Integer imageSize,
        double validationSplit,
        String augmentation,
        Regularisation regularisation) {
    private static final String PREFIX = "train.";

    /** Stands for no size in a run's files. */
    private static final String AS_THEY_ARE = "as they are";

    /** Beyond it, weights would be no numbers after the first step. */
    private static final double HIGHEST_RATE = 1e6;

    /** What the user typed; null where nothing was said. */
    record Request(
            @Nullable String data,
            @Nullable String model,
            @Nullable Integer epochs,
            @Nullable Integer batch,
            @Nullable Double learningRate,
            @Nullable Long seed,
            @Nullable Precision precision,
            @Nullable Integer imageSize,
            @Nullable Double validationSplit,
            @Nullable String augmentation,
            @Nullable Double dropout,
            @Nullable Double dropPath) {}

    TrainSettings {
        Arguments.within("--epochs", epochs, 1, Arguments.MOST_EPOCHS);
        Arguments.within("--batch", batch, 2, Arguments.MOST_IN_BATCH);
        Arguments.positive("--lr", learningRate, HIGHEST_RATE);
    }

    /** Of a new run: what was not said is chosen to suit the network. */
    static TrainSettings of(Request request) {
        NetworkPreset preset = Networks.preset(or(request.model, Networks.DEFAULT));
        Recipe recipe = preset.recipe();
        int batch = or(request.batch, recipe.batch());
        return new TrainSettings(
                absolute(or(request.data, "sample")),
                preset.name(),
                or(request.epochs, recipe.epochs()),
                batch,
                // A step on more images is surer of its direction, and so may be longer.
                or(request.learningRate, recipe.learningRate() * batch / recipe.batch()),
                or(request.seed, 1L),
                or(request.precision, Precision.FAST),
                request.imageSize,
                or(request.validationSplit, DataOptions.DEFAULT.validationSplit()),
                or(request.augmentation, "none"),
                new Regularisation(or(request.dropout, 0.0), or(request.dropPath, 0.0)));
    }

    /**
     * Of a run to resume: those it was begun with. Only the data may lie elsewhere; whether they are the same is seen when they are read.
     *
     * @param stored the texts of its checkpoint
     * @throws BadInputException if something else was asked for, or the texts are not those of a run
     */
    static TrainSettings resumed(Request request, Map<String, String> stored) {
        try {
            return new TrainSettings(
                    request.data != null ? absolute(request.data) : same("data", null, stored),
                    same("model", request.model, stored),
                    Integer.parseInt(same("epochs", request.epochs, stored)),
                    Integer.parseInt(same("batch", request.batch, stored)),
                    Double.parseDouble(same("lr", request.learningRate, stored)),
                    Long.parseLong(same("seed", request.seed, stored)),
                    Precision.valueOf(
                            same("precision", request.precision, stored).toUpperCase(Locale.ROOT)),
                    optional(same("image-size", request.imageSize, stored)),
                    Double.parseDouble(same("val-split", request.validationSplit, stored)),
                    same("augmentation", request.augmentation, stored),
                    new Regularisation(
                            Double.parseDouble(same("dropout", request.dropout, stored)),
                            Double.parseDouble(same("drop-path", request.dropPath, stored))));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "the settings with which this run was begun are damaged: " + e.getMessage()
                            + "; start it anew with --force",
                    e);
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(
                    "the settings with which this run was begun are damaged: there is no such precision; start it anew with"
                            + " --force",
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
                .withSplit(validationSplit, seed);
    }

    Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(PREFIX + "data", data);
        metadata.put(PREFIX + "model", model);
        metadata.put(PREFIX + "epochs", Integer.toString(epochs));
        metadata.put(PREFIX + "batch", Integer.toString(batch));
        metadata.put(PREFIX + "lr", Double.toString(learningRate));
        metadata.put(PREFIX + "seed", Long.toString(seed));
        metadata.put(PREFIX + "precision", precision.name().toLowerCase(Locale.ROOT));
        metadata.put(PREFIX + "image-size", imageSize == null ? AS_THEY_ARE : imageSize.toString());
        metadata.put(PREFIX + "val-split", Double.toString(validationSplit));
        metadata.put(PREFIX + "augmentation", augmentation);
        metadata.put(PREFIX + "dropout", Double.toString(regularisation.dropout()));
        metadata.put(PREFIX + "drop-path", Double.toString(regularisation.dropPath()));
        return metadata;
    }

    private static <T> T or(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
