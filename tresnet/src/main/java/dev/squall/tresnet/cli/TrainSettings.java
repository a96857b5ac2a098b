package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.tresnet.NetworkPreset;
import dev.squall.tresnet.NetworkPreset.Recipe;
import dev.squall.tresnet.Networks;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that decides how a training goes, beside the backend. It is stored beside the weights, so that a run can be resumed without saying it
 * again.
 *
 * @param learningRate the highest of the schedule
 */
record TrainSettings(String data, String model, int epochs, int batch, double learningRate, long seed) {
    private static final String PREFIX = "train.";

    /** What the user typed; null where nothing was said. */
    record Request(
            @Nullable String data,
            @Nullable String model,
            @Nullable Integer epochs,
            @Nullable Integer batch,
            @Nullable Double learningRate,
            @Nullable Long seed) {}

    TrainSettings {
        Arguments.atLeast("--epochs", epochs, 1);
        Arguments.atLeast("--batch", batch, 2);
        Arguments.positive("--lr", learningRate);
    }

    /** Of a new run: what was not said is chosen to suit the network. */
    static TrainSettings of(Request request) {
        NetworkPreset preset = Networks.preset(or(request.model, Networks.DEFAULT));
        Recipe recipe = preset.recipe();
        int batch = or(request.batch, recipe.batch());
        return new TrainSettings(
                or(request.data, "sample"),
                preset.name(),
                or(request.epochs, recipe.epochs()),
                batch,
                // A step on more images is surer of its direction, and so may be longer.
                or(request.learningRate, recipe.learningRate() * batch / recipe.batch()),
                or(request.seed, 1L));
    }

    /**
     * Of a run to resume: those it was begun with.
     *
     * @param stored the metadata of its weights
     * @throws BadInputException if something else was asked for, or the metadata are not those of a run
     */
    static TrainSettings resumed(Request request, Map<String, String> stored) {
        return new TrainSettings(
                same("data", request.data, stored),
                same("model", request.model, stored),
                Integer.parseInt(same("epochs", request.epochs, stored)),
                Integer.parseInt(same("batch", request.batch, stored)),
                Double.parseDouble(same("lr", request.learningRate, stored)),
                Long.parseLong(same("seed", request.seed, stored)));
    }

    private static String same(String option, @Nullable Object wanted, Map<String, String> stored) {
        String begun = stored.get(PREFIX + option);
        if (begun == null) {
            throw new BadInputException("this run cannot be resumed, since its weights do not say with which --"
                    + option + " it was begun; start it anew with --force");
        }
        if (wanted != null && !wanted.toString().equals(begun)) {
            throw new BadInputException(
                    "this run was begun with --" + option + " " + begun + " and cannot be resumed with " + wanted);
        }
        return begun;
    }

    Map<String, String> toMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(PREFIX + "data", data);
        metadata.put(PREFIX + "model", model);
        metadata.put(PREFIX + "epochs", Integer.toString(epochs));
        metadata.put(PREFIX + "batch", Integer.toString(batch));
        metadata.put(PREFIX + "lr", Double.toString(learningRate));
        metadata.put(PREFIX + "seed", Long.toString(seed));
        return metadata;
    }

    private static <T> T or(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
