package dev.squall.train;

import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.optim.Adam;
import dev.squall.optim.Constant;
import dev.squall.optim.CosineWithWarmUp;
import dev.squall.optim.Lamb;
import dev.squall.optim.OneCycle;
import dev.squall.optim.Optimizer;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Schedule;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * All that decides how a network is trained, beside the network, the data and the loss. A resumed run must have the same recipe as the one it
 * goes on with.
 *
 * <pre>{@code
 * Recipe recipe = Recipe.STANDARD.with("epochs", 8).with("optimizer", "adamw").with("lr", 1e-3);
 * }</pre>
 *
 * Every value has the name that it has on the command line and in a {@linkplain #read file}.
 *
 * @param epochs {@code epochs}: how often every image is seen
 * @param batch {@code batch}: images in one pass, or where it is cut into shards, in all of them
 * @param shards {@code shards}: into how many parts a batch is cut, which several workers can share among them and whose gradients are summed
 *     in a fixed order; each part has norms' statistics of its own. 1 for a batch as a whole
 * @param learningRate {@code lr}: the highest of the schedule
 * @param optimizer {@code optimizer}: what changes the parameters
 * @param momentum {@code momentum}: of SGD, in Nesterov's form; 0 for none
 * @param weightDecay {@code weight-decay}: of the weights of convolutions and linear layers; biases and norms have none
 * @param schedule {@code schedule}: how the learning rate changes
 * @param warmupEpochs {@code warmup-epochs}: how long it rises at the beginning; 0 for the one-cycle schedule's own share, 30 % of all steps
 * @param labelSmoothing {@code label-smoothing}: which part of the target is spread evenly over all classes, in [0, 1)
 * @param averageDecay {@code ema}: the decay of the moving average of the weights, which then is what is evaluated and stored; 0 for none
 * @param dropout {@code dropout}: the probability of a feature before the classifier to be left out; for networks that have it
 * @param dropPath {@code drop-path}: the probability of the last residual branch to be left out for an image; for networks that have it
 * @param frozen {@code freeze}: patterns of the names of parameters that stay as they are, with blanks between them; {@code none} for none
 * @param layerDecay {@code layer-decay}: what the learning rate is multiplied by from each layer to the one before it; 1 for the same in all
 * @param accumulation {@code accumulate}: how many batches make one step
 * @param clipNorm {@code clip}: the largest norm of the gradient of a step; 0 for no limit
 * @param syncEvery {@code sync-every}: how many steps each shard takes with a copy of the network of its own, before what the copies have learned
 *     is averaged (local SGD); 0 for one network that takes all its steps with the gradient of all shards
 * @param outerRate {@code outer-lr}: with {@code sync-every}, by how much of the averaged difference the network moves
 * @param outerMomentum {@code outer-momentum}: with {@code sync-every}, of these moves, in Nesterov's form; 0 for none
 * @param syncNorms {@code sync-bn}: whether norms see all shards of a batch as one in training
 * @param seed {@code seed}: decides everything random
 */
public record Recipe(
        int epochs,
        int batch,
        int shards,
        double learningRate,
        Method optimizer,
        double momentum,
        double weightDecay,
        Course schedule,
        double warmupEpochs,
        double labelSmoothing,
        double averageDecay,
        double dropout,
        double dropPath,
        String frozen,
        double layerDecay,
        int accumulation,
        double clipNorm,
        int syncEvery,
        double outerRate,
        double outerMomentum,
        boolean syncNorms,
        long seed) {
    private static final String NONE = "none";

    /** What a run calls the format that its backend rounds activations to. */
    static final String ACTIVATIONS = "activations";

    /** And what it calls single precision. */
    static final String SINGLE = "FP32";

    /** Ten epochs of SGD with Nesterov's momentum along one cycle: a beginning for any network with batch norms. */
    public static final Recipe STANDARD = new Recipe(
            10,
            64,
            1,
            0.1,
            Method.SGD,
            0.9,
            1e-4,
            Course.ONE_CYCLE,
            0,
            0,
            0,
            0,
            0,
            NONE,
            1,
            1,
            0,
            0,
            0.7,
            0.9,
            false,
            1);

    /** Beyond it, weights would be no numbers after the first step. */
    private static final double HIGHEST_RATE = 1e6;

    private static final int MOST_EPOCHS = 1_000_000;
    private static final int MOST_IN_BATCH = 1 << 20;

    /** What changes the parameters. */
    public enum Method {
        /** Stochastic gradient descent. */
        SGD,
        /** Adam, with the decay added to the gradient. */
        ADAM,
        /** Adam, with the decay applied to the weights themselves. */
        ADAMW,
        /** Adam's direction with a length in proportion to that of the weights, for large batches. */
        LAMB
    }

    /** How the learning rate changes. */
    public enum Course {
        /** See {@link OneCycle}. */
        ONE_CYCLE,
        /** See {@link CosineWithWarmUp}. */
        COSINE,
        /** Always the same, after the warm-up. */
        CONSTANT
    }

    public Recipe {
        RecipeValues.within("epochs", epochs, 1, MOST_EPOCHS);
        RecipeValues.within("batch", batch, 1, MOST_IN_BATCH);
        RecipeValues.within("shards", shards, 1, batch);
        if (batch % shards != 0) {
            throw new BadInputException("batch " + batch + " cannot be cut into " + shards
                    + " shards of the same size; choose a number that divides it");
        }
        RecipeValues.within("accumulate", accumulation, 1, MOST_IN_BATCH);
        RecipeValues.positive("lr", learningRate, HIGHEST_RATE);
        RecipeValues.fraction("momentum", momentum);
        RecipeValues.notNegative("weight-decay", weightDecay, 1);
        RecipeValues.notNegative("warmup-epochs", warmupEpochs, epochs - Math.ulp((double) epochs));
        RecipeValues.fraction("label-smoothing", labelSmoothing);
        RecipeValues.fraction("ema", averageDecay);
        RecipeValues.fraction("dropout", dropout);
        RecipeValues.fraction("drop-path", dropPath);
        RecipeValues.positive("layer-decay", layerDecay, 1);
        frozen = frozen.isBlank() ? NONE : frozen.strip().replaceAll("\\s+", " ");
        NamePattern.list(frozen);
        RecipeValues.notNegative("clip", clipNorm, Float.MAX_VALUE);
        RecipeValues.within("sync-every", syncEvery, 0, MOST_IN_BATCH);
        RecipeValues.positive("outer-lr", outerRate, HIGHEST_RATE);
        RecipeValues.fraction("outer-momentum", outerMomentum);
        if (syncNorms && (syncEvery > 0 || accumulation > 1)) {
            throw new BadInputException("sync-bn lets the norms of a step see all its shards at once, which "
                    + (syncEvery > 0
                            ? "sync-every keeps apart for many steps; choose one of them"
                            : "accumulate goes through one after the other; choose a larger batch of more shards"));
        }
    }

    /**
     * Settings that came later, and what runs of before were trained with: where a file of a run does not name such a setting, it means this.
     */
    public static final Map<String, String> IMPLIED = Map.of(
            "shards",
            "1",
            "sync-every",
            "0",
            "outer-lr",
            "0.7",
            "outer-momentum",
            "0.9",
            "sync-bn",
            "false",
            ACTIVATIONS,
            SINGLE);

    /** {@link #STANDARD} with another length and seed. */
    public static Recipe of(int epochs, long seed) {
        return STANDARD.with("epochs", epochs).with("seed", seed);
    }

    /**
     * The same but for one value.
     *
     * @param name as in {@link #toMap}
     * @param value a number or a word, as {@link Object#toString} gives it
     * @throws BadInputException if there is no such name, or it cannot have this value
     */
    public Recipe with(String name, Object value) {
        return with(Map.of(name, value.toString()));
    }

    /** The same but for these values; see {@link #with(String, Object)}. */
    public Recipe with(Map<String, String> values) {
        Map<String, String> all = toMap();
        values.forEach((name, value) -> {
            if (all.replace(name, value) == null) {
                throw new BadInputException(
                        "a recipe has no setting called '" + name + "'; it has " + String.join(", ", toMap().keySet()));
            }
        });
        RecipeValues settings = new RecipeValues(all);
        return new Recipe(
                settings.integer("epochs"),
                settings.integer("batch"),
                settings.integer("shards"),
                settings.number("lr"),
                settings.choice("optimizer", Method.class),
                settings.number("momentum"),
                settings.number("weight-decay"),
                settings.choice("schedule", Course.class),
                settings.number("warmup-epochs"),
                settings.number("label-smoothing"),
                settings.number("ema"),
                settings.number("dropout"),
                settings.number("drop-path"),
                settings.text("freeze"),
                settings.number("layer-decay"),
                settings.integer("accumulate"),
                settings.number("clip"),
                settings.integer("sync-every"),
                settings.number("outer-lr"),
                settings.number("outer-momentum"),
                settings.flag("sync-bn"),
                settings.whole("seed"));
    }

    /** All values by name, as {@link #with(Map)} takes them. */
    public Map<String, String> toMap() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("epochs", Integer.toString(epochs));
        values.put("batch", Integer.toString(batch));
        values.put("shards", Integer.toString(shards));
        values.put("lr", Double.toString(learningRate));
        values.put("optimizer", word(optimizer));
        values.put("momentum", Double.toString(momentum));
        values.put("weight-decay", Double.toString(weightDecay));
        values.put("schedule", word(schedule));
        values.put("warmup-epochs", Double.toString(warmupEpochs));
        values.put("label-smoothing", Double.toString(labelSmoothing));
        values.put("ema", Double.toString(averageDecay));
        values.put("dropout", Double.toString(dropout));
        values.put("drop-path", Double.toString(dropPath));
        values.put("freeze", frozen);
        values.put("layer-decay", Double.toString(layerDecay));
        values.put("accumulate", Integer.toString(accumulation));
        values.put("clip", Double.toString(clipNorm));
        values.put("sync-every", Integer.toString(syncEvery));
        values.put("outer-lr", Double.toString(outerRate));
        values.put("outer-momentum", Double.toString(outerMomentum));
        values.put("sync-bn", Boolean.toString(syncNorms));
        values.put("seed", Long.toString(seed));
        return values;
    }

    /** In lower case, with a dash between words. */
    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The same but for the values in a file: a line {@code name: value} or {@code name = value} for each, comments after {@code #}. So both a
     * properties file and a flat YAML file are read.
     *
     * @throws BadInputException if the file cannot be read, or a line is no setting of a recipe; names the line
     */
    public Recipe read(Path file) {
        Map<String, String> settings = settingsIn(file);
        try {
            return with(settings);
        } catch (BadInputException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The texts by name in a file as {@link #read} takes it, of whatever the names are.
     *
     * @throws BadInputException if the file cannot be read, or a line sets nothing; names the line
     */
    public static Map<String, String> settingsIn(Path file) {
        return RecipeValues.read(file);
    }

    /** The number of images that the network sees at once. */
    public int imagesInPass() {
        return batch / shards;
    }

    /** The number of passes that make one step. */
    public int passesInStep() {
        return Math.multiplyExact(accumulation, shards);
    }

    /** What shows the network the images to learn from, pass by pass: shuffled by the seed, in full passes. */
    public DataLoader.Builder loader(Dataset images) {
        return DataLoader.builder(images)
                .batchSize(imagesInPass())
                .shuffle(true)
                .dropLast(true)
                .seed(seed);
    }

    /** What shows the network the images to measure with: all of them, in their order, of which the last pass may have fewer. */
    public DataLoader.Builder testLoader(Dataset images) {
        return DataLoader.builder(images).batchSize(imagesInPass());
    }

    /** The number of optimizer steps that a training on {@code loader} takes, which schedules ask for. */
    public int steps(DataLoader loader) {
        return Math.multiplyExact(epochs, stepsOfEpoch(loader));
    }

    /** The last step of an epoch may have fewer passes than others, but not where each shard has a network of its own, all of which take it. */
    private int stepsOfEpoch(DataLoader loader) {
        return syncEvery > 0
                ? Math.max(1, loader.batches() / passesInStep())
                : Math.ceilDiv(loader.batches(), passesInStep());
    }

    /** The learning rate of each step of a training on {@code loader}. */
    public Schedule schedule(DataLoader loader) {
        int steps = steps(loader);
        int warmUp = (int) Math.round(warmupEpochs * stepsOfEpoch(loader));
        float rate = (float) learningRate;
        return switch (schedule) {
            case ONE_CYCLE -> {
                OneCycle standard = OneCycle.of(rate, steps);
                yield warmUp == 0
                        ? standard
                        : new OneCycle(
                                rate, steps, (float) warmUp / steps, standard.divisor(), standard.finalDivisor());
            }
            case COSINE -> new CosineWithWarmUp(rate, Math.min(warmUp, steps - 1), steps, 0);
            case CONSTANT -> new Constant(rate, warmUp);
        };
    }

    /**
     * {@linkplain Module#freeze Freezes} what is to stay as it is.
     *
     * @return the full names of the frozen parameters
     * @throws BadInputException if a pattern is that of no parameter, or nothing is left to learn
     */
    public Set<String> freeze(Module network) {
        if (frozen.equals(NONE)) {
            return Set.of();
        }
        List<NamePattern> patterns = NamePattern.list(frozen);
        for (NamePattern pattern : patterns) {
            if (network.parameters().keySet().stream().noneMatch(pattern)) {
                throw new BadInputException("freeze " + pattern.text() + " matches no parameter of the network; its"
                        + " layers are "
                        + String.join(
                                ", ",
                                network.layers().stream().flatMap(List::stream).toList()));
            }
        }
        Set<String> names = network.freeze(name -> patterns.stream().anyMatch(pattern -> pattern.test(name)));
        if (names.size() == network.parameters().size()) {
            throw new BadInputException("freeze " + frozen
                    + " leaves nothing to learn: it matches every parameter of the network; leave out its last layer");
        }
        return names;
    }

    /** The optimizer for what {@code network} has to learn, with decay on all but biases and norms, and slower in early layers where that is wanted. */
    public Optimizer optimizer(Module network) {
        Map<String, Tensor> learned = new LinkedHashMap<>(network.parameters());
        learned.values().removeIf(parameter -> !parameter.requiresGradient());
        return layerDecay == 1
                ? optimizer(learned)
                : optimizer(ParameterGroup.withLayerDecay(
                        learned, network.layers(), (float) layerDecay, (float) weightDecay));
    }

    /** What takes the outer steps of {@code sync-every}: SGD with Nesterov's momentum and without decay, which the inner steps have. */
    Optimizer outerOptimizer(Module network) {
        Map<String, Tensor> learned = new LinkedHashMap<>(network.parameters());
        learned.values().removeIf(parameter -> !parameter.requiresGradient());
        return new Sgd(ParameterGroup.single(learned, 0), (float) outerMomentum, outerMomentum > 0);
    }

    /** The optimizer for {@code parameters}, with decay on all but biases and norms. */
    public Optimizer optimizer(Map<String, Tensor> parameters) {
        return optimizer(ParameterGroup.withoutDecayOnBiasesAndNorms(parameters, (float) weightDecay));
    }

    /** The optimizer for groups of parameters with a decay and a share of the learning rate of their own. */
    public Optimizer optimizer(List<ParameterGroup> groups) {
        Objects.requireNonNull(groups);
        return switch (optimizer) {
            case SGD -> new Sgd(groups, (float) momentum, momentum > 0);
            case ADAM -> new Adam(groups, Adam.Settings.ADAM);
            case ADAMW -> new Adam(groups, Adam.Settings.ADAM_W);
            case LAMB -> new Lamb(groups, Lamb.Settings.STANDARD);
        };
    }
}
