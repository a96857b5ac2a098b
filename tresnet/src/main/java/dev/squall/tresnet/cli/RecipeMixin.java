package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.train.Recipe;
import dev.squall.tresnet.NetworkPreset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to train: a recipe, and whatever the user wants otherwise. The options are called as the settings of a {@link Recipe}. */
final class RecipeMixin {
    private static final String FAST = "fast";
    private static final String PAPER = "paper";

    /** By how much the learning rate is lower where trained weights are refined. */
    private static final double LESS = 10;

    private final Map<String, String> values = new LinkedHashMap<>();
    private @Nullable SettingsFile file;

    @Option(
            names = "--recipe",
            paramLabel = "RECIPE",
            description =
                    "Where the settings come from that no option names: fast, paper (the published one, for weeks), or a file with lines such as"
                            + " 'weight-decay: 1e-4' or 'mixup: 0.2', named as the options here (default: fast). A run leaves one, settings.yaml.")
    private @Nullable String recipe;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "How often every image is seen (default: suits the network and the data).")
    private void epochs(String value) {
        values.put("epochs", value);
    }

    @Option(names = "--batch", paramLabel = "N", description = "Images in one pass (default: suits the network).")
    private void batch(String value) {
        values.put("batch", value);
    }

    @Option(
            names = "--shards",
            paramLabel = "N",
            description =
                    "Cut each batch into N parts, each with norms' statistics of its own, whose gradients are summed in a fixed order: less memory,"
                            + " and workers that share them come to the weights of one process (default: 1).")
    private void shards(String value) {
        values.put("shards", value);
    }

    @Option(
            names = "--lr",
            paramLabel = "X",
            description =
                    "The highest learning rate (default: suits the network, in proportion to the batch; a tenth of that with --weights).")
    private void learningRate(String value) {
        values.put("lr", value);
    }

    @Option(names = "--optimizer", paramLabel = "NAME", description = "sgd, adam, adamw or lamb.")
    private void optimizer(String value) {
        values.put("optimizer", value);
    }

    @Option(names = "--momentum", paramLabel = "X", description = "Of sgd, in Nesterov's form.")
    private void momentum(String value) {
        values.put("momentum", value);
    }

    @Option(names = "--weight-decay", paramLabel = "X", description = "Of all weights but biases and norms.")
    private void weightDecay(String value) {
        values.put("weight-decay", value);
    }

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = "How the learning rate changes: one-cycle, cosine or constant.")
    private void schedule(String value) {
        values.put("schedule", value);
    }

    @Option(
            names = "--warmup-epochs",
            paramLabel = "X",
            description = "For how long it rises at the beginning (default of one-cycle: 30 %% of the run).")
    private void warmupEpochs(String value) {
        values.put("warmup-epochs", value);
    }

    @Option(
            names = "--label-smoothing",
            paramLabel = "X",
            description = "Which part of the target is spread over all classes.")
    private void labelSmoothing(String value) {
        values.put("label-smoothing", value);
    }

    @Option(
            names = "--ema",
            paramLabel = "X",
            description = "Keep a moving average of the weights with this decay, which is what is stored; 0 for none.")
    private void averageDecay(String value) {
        values.put("ema", value);
    }

    @Option(
            names = "--dropout",
            paramLabel = "X",
            description = "The probability of a feature before the classifier to be left out in training.")
    private void dropout(String value) {
        values.put("dropout", value);
    }

    @Option(
            names = "--drop-path",
            paramLabel = "X",
            description = "The probability of the last block to be left out for an image; that of the others is lower.")
    private void dropPath(String value) {
        values.put("drop-path", value);
    }

    @Option(
            names = "--freeze",
            paramLabel = "PATTERN",
            split = " ",
            description =
                    "Parameters that stay as they are, to the bit, as their norms' statistics do: names of modules or parameters such as"
                            + " body.layer1, with * and [12] for any and some characters, or a regular expression between slashes; may be repeated.")
    private List<String> frozen = new ArrayList<>();

    @Option(
            names = "--layer-decay",
            paramLabel = "X",
            description =
                    "What the learning rate is multiplied by from each layer (the stem, a block, the head) to the one before it, as in timm; 1 for"
                            + " the same in all.")
    private void layerDecay(String value) {
        values.put("layer-decay", value);
    }

    @Option(names = "--accumulate", paramLabel = "N", description = "How many batches make one step.")
    private void accumulation(String value) {
        values.put("accumulate", value);
    }

    @Option(
            names = "--clip",
            paramLabel = "X",
            description = "The largest norm of the gradient of a step; 0 for no limit.")
    private void clipNorm(String value) {
        values.put("clip", value);
    }

    @Option(
            names = "--sync-every",
            paramLabel = "H",
            description =
                    "For slow networks: each of the --shards trains a copy of the network for H steps, then their average is one step of an outer"
                            + " optimizer (local SGD, as in DiLoCo); 0 to sum the gradients of every step (default: 0).")
    private void syncEvery(String value) {
        values.put("sync-every", value);
    }

    @Option(
            names = "--outer-lr",
            paramLabel = "X",
            description = "With --sync-every: the learning rate of the outer optimizer (default: 0.7).")
    private void outerRate(String value) {
        values.put("outer-lr", value);
    }

    @Option(
            names = "--outer-momentum",
            paramLabel = "X",
            description = "With --sync-every: its momentum, in Nesterov's form; 0 for none (default: 0.9).")
    private void outerMomentum(String value) {
        values.put("outer-momentum", value);
    }

    @Option(
            names = "--sync-bn",
            description =
                    "Let norms see all --shards of a batch as one, wherever they are: they train as without shards, and exchange sums in every norm.")
    private void syncNorms(boolean value) {
        values.put("sync-bn", Boolean.toString(value));
    }

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Decides everything random; the same seed gives the same weights (default: 1).")
    private void seed(String value) {
        values.put("seed", value);
    }

    /** How training images are changed in a new run, if the user says nothing else, as {@link Augmentation#text} names it. */
    String augmentation() {
        return PAPER.equals(recipe) ? "rand-augment=9 random-erasing=0.25" : "none";
    }

    /** The file that {@code --recipe} names; an empty one if it names none. */
    SettingsFile file() {
        if (file == null) {
            boolean isFile = recipe != null && !recipe.equals(FAST) && !recipe.equals(PAPER);
            file = isFile ? SettingsFile.read(Path.of(recipe)) : SettingsFile.NONE;
        }
        return file;
    }

    /**
     * The recipe for a new run of {@code preset}.
     *
     * @param refines whether it begins with trained weights, from which long steps would lead away
     */
    Recipe of(NetworkPreset preset, boolean refines) {
        Recipe base = base(preset);
        Recipe wanted = otherwise(base);
        if (said().containsKey("lr") || file().recipe().containsKey("lr")) {
            return wanted;
        }
        // A step on more images is surer of its direction, and so may be longer.
        double rate = base.learningRate() * wanted.batch() / base.batch();
        return wanted.with("lr", refines ? rate / LESS : rate);
    }

    /**
     * The recipe of a run to resume, with which it was begun, or a longer one.
     *
     * @throws BadInputException if something else is wanted
     */
    Recipe resumed(NetworkPreset preset, Recipe begun, boolean refines) {
        Map<String, String> wanted = new LinkedHashMap<>();
        if (recipe != null) {
            wanted.putAll(of(preset, refines).toMap());
        }
        Recipe said = otherwise(begun);
        said().keySet().forEach(name -> wanted.put(name, said.toMap().get(name)));
        String epochs = wanted.get("epochs");
        if (epochs != null && Integer.parseInt(epochs) > begun.epochs()) {
            begun = begun.with("epochs", epochs);
        }
        Map<String, String> before = begun.toMap();
        wanted.forEach((name, value) -> {
            if (!value.equals(before.get(name))) {
                throw new BadInputException("this run was begun with --" + name + " " + before.get(name)
                        + " and cannot be resumed with " + value);
            }
        });
        return begun;
    }

    private Recipe base(NetworkPreset preset) {
        if (PAPER.equals(recipe)) {
            return preset.paper();
        }
        try {
            return preset.recipe().with(file().recipe());
        } catch (BadInputException e) {
            throw new BadInputException(file().source() + ": " + e.getMessage(), e);
        }
    }

    private Map<String, String> said() {
        Map<String, String> said = new LinkedHashMap<>(values);
        if (!frozen.isEmpty()) {
            said.put("freeze", String.join(" ", frozen));
        }
        return said;
    }

    private Recipe otherwise(Recipe base) {
        try {
            return base.with(said());
        } catch (BadInputException e) {
            throw new BadInputException("--" + e.getMessage(), e);
        }
    }
}
