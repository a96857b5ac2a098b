package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.op.Add;
import dev.squall.op.Scale;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.Optimizer;
import dev.squall.optim.Schedule;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import dev.squall.train.RunState.EpochPart;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network to classify images, and leaves in a {@link RunDirectory} after each epoch a row of metrics, the last and the best weights
 * under the module's own names, a summary, and a checkpoint from which the run can go on. A resumed run ends with the same weights, to the
 * last bit, as one that was not interrupted; on another backend or vector width it says that they will differ.
 */
public final class Trainer implements AutoCloseable {
    /** Of a batch in an error. */
    private static final int NAMED_IMAGES = 8;

    /** As many steps that are not finite one after the other are no accident. */
    private static final int MOST_SKIPPED = 10;

    private final Setup setup;
    private final Recipe recipe;
    private final RunDescription description;
    private final RunDirectory directory;
    private final Progress progress;
    private final @Nullable ExponentialMovingAverage average;
    private final Checkpoint checkpoint;
    private final PrintStream out;
    private final long start = System.nanoTime();
    private RunOptions options = RunOptions.DEFAULT;
    private Consumer<EpochMetrics> listener = metrics -> {};
    private double secondsBefore;
    private long lastCheckpoint = start;
    private int skippedInARow;
    private boolean ownsOptimizer;

    /**
     * What takes part in a training.
     *
     * @param network maps {@code [N, C, H, W]} to logits {@code [N, classes]}; with its first values already
     * @param optimizer of the network's parameters
     * @param schedule the learning rate of each of its steps
     * @param loss what to make small
     * @param train the images to learn from
     * @param validation the images to measure with
     * @param recipe everything else; what it says about optimizer, schedule and loss is not looked at
     */
    public record Setup(
            Module network,
            Optimizer optimizer,
            Schedule schedule,
            Loss loss,
            DataLoader train,
            DataLoader validation,
            Recipe recipe) {
        /** All as the recipe says, which also {@linkplain Recipe#freeze freezes} parts of {@code network}. */
        public static Setup of(Module network, DataLoader train, DataLoader validation, Recipe recipe) {
            recipe.freeze(network);
            return new Setup(
                    network,
                    recipe.optimizer(network),
                    recipe.schedule(train),
                    Loss.crossEntropy(recipe.labelSmoothing()),
                    train,
                    validation,
                    recipe);
        }

        /** The same with another loss. */
        public Setup withLoss(Loss loss) {
            return new Setup(network, optimizer, schedule, loss, train, validation, recipe);
        }

        /** Everything that decides what is learned, by name: a run is only resumed with the same. */
        Map<String, String> settings() {
            Map<String, String> settings = new LinkedHashMap<>();
            settings.put("training images", DataDigest.of(train.dataset()));
            settings.put("validation images", DataDigest.of(validation.dataset()));
            settings.putAll(recipe.toMap());
            settings.put("batch", Integer.toString(train.batchSize()));
            settings.put("optimizer in use", optimizer.toString());
            settings.put("schedule in use", described(schedule));
            settings.put("loss", described(loss));
            return settings;
        }

        /** A record says all about itself; of others only the class is known, or that they have none with a name. */
        static String described(Object part) {
            if (part instanceof Record) {
                return part.toString();
            }
            return part.getClass().isHidden() ? "of one's own" : part.getClass().getName();
        }
    }

    /**
     * A training as {@code setup} says, which closes the setup's optimizer at its end and reports to standard output. The run is called after the
     * network's class.
     */
    public static Trainer of(Setup setup, RunDirectory directory) {
        RunDescription description = new RunDescription(
                setup.network.getClass().getSimpleName(),
                setup.train.dataset().name(),
                setup.network.backend().name(),
                Map.of());
        Trainer trainer = new Trainer(setup, description, directory, System.out);
        trainer.ownsOptimizer = true;
        return trainer;
    }

    /** With a report of the progress to {@code out}. */
    public Trainer(Setup setup, RunDescription description, RunDirectory directory, PrintStream out) {
        this.setup = setup;
        this.recipe = setup.recipe;
        this.description = description;
        this.directory = directory;
        this.out = out;
        this.progress = new Progress(out, recipe.epochs(), setup.train.images());
        this.average = recipe.averageDecay() > 0
                ? new ExponentialMovingAverage(setup.network.learned(), (float) recipe.averageDecay())
                : null;
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("model", description.model());
        settings.putAll(setup.settings());
        this.checkpoint = new Checkpoint(
                setup.network, setup.optimizer, average, settings, new Growth(setup), description.metadata());
    }

    /** Takes care of the run as {@code options} say. */
    public Trainer with(RunOptions options) {
        this.options = options;
        return this;
    }

    /** Calls {@code listener} after each epoch, when its files are written. */
    public Trainer afterEpoch(Consumer<EpochMetrics> listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Trains to the end.
     *
     * @throws BadInputException if a file of the run cannot be read or written, the run to resume was another one, or the loss is no longer
     *     a number; the files of the epochs before stay
     * @throws RunStoppedException if the {@linkplain RunOptions#stop options} asked for it
     */
    public RunSummary run() {
        try {
            directory.begin();
            RunState state = directory.isResumed() ? resumed() : RunState.START;
            secondsBefore = state.seconds();
            while (state.epochs() < recipe.epochs() && !isEarlyEnd(state)) {
                state = epoch(state);
            }
            return summary(state);
        } catch (IOException e) {
            throw new BadInputException(
                    "the files of the run cannot be written in " + directory.path() + ": " + BadInputException.reason(e)
                            + "; mend that and resume the run",
                    e);
        }
    }

    private boolean isEarlyEnd(RunState state) {
        boolean early = options.patience() > 0 && state.epochs() - state.bestEpoch() >= options.patience();
        if (early) {
            out.printf(
                    Locale.ROOT,
                    "the top-1 has not risen for %d epochs: the run ends after epoch %d%n",
                    options.patience(),
                    state.epochs());
        }
        return early;
    }

    /** The state of the checkpoint, with the other files as they were then. */
    private RunState resumed() throws IOException {
        RunState state = checkpoint.read(
                directory, read -> read.isPossible(recipe.epochs(), setup.train.batches()), out::println);
        boolean isAtEnd = state.epochs() > 0 && state.part().batches() == 0;
        if (state.epochs() > 0 && !Files.exists(directory.best())) {
            out.println(directory.best() + " is gone; "
                    + (isAtEnd
                            ? "the last weights take its place"
                            : "the weights after the next epoch take its place"));
            state = isAtEnd ? state.withLastAsBest() : state.withoutBest();
        }
        if (isAtEnd && !(Files.exists(directory.best()) && Files.exists(directory.last()))) {
            try (ExponentialMovingAverage.Swapped _ = averaged()) {
                writeWeights(state);
            }
        }
        new MetricsFile(directory.metrics()).write(state.metrics());
        return state;
    }

    private RunState epoch(RunState previous) throws IOException {
        int epoch = previous.epochs() + 1;
        progress.beginEpoch(epoch, previous.part().images());
        Training training = new Training(previous);
        try {
            training.run();
        } finally {
            progress.close();
        }
        EpochPart trained = training.part();
        RunState state;
        try (ExponentialMovingAverage.Swapped _ = averaged()) {
            Evaluation evaluation = Evaluator.evaluate(setup.network, setup.validation, options.stop());
            boolean best = previous.bestEpoch() == 0 || evaluation.top1() > previous.bestTop1();
            state = new RunState(
                    epoch,
                    EpochPart.NOTHING,
                    setup.optimizer.steps(),
                    averageUpdates(),
                    evaluation.top1(),
                    evaluation.loss(),
                    best ? evaluation.top1() : previous.bestTop1(),
                    best ? epoch : previous.bestEpoch(),
                    previous.trainedImages() + trained.images(),
                    previous.trainSeconds() + trained.seconds(),
                    seconds(),
                    previous.metrics());
            writeWeights(state);
        } catch (RunStoppedException e) {
            // Evaluating is not worth keeping; what was trained is.
            checkpoint.write(directory, training.state());
            throw e;
        }
        EpochMetrics metrics = new EpochMetrics(
                epoch,
                learningRate(setup.optimizer.steps() - 1),
                trained.lossSum() / trained.counted(),
                (double) trained.correct() / trained.counted(),
                state.loss(),
                state.top1(),
                trained.images() / trained.seconds(),
                state.seconds());
        state = state.with(metrics);
        new MetricsFile(directory.metrics()).write(state.metrics());
        summary(state).write(directory.summary());
        // Last, so that whatever the other files have beyond it is written again when the run goes on from here.
        writeCheckpoint(state);
        progress.endEpoch(metrics, training.shareWaited());
        if (trained.skipped() > 0) {
            out.printf(Locale.ROOT, "%d steps of epoch %d were left out: not finite%n", trained.skipped(), epoch);
        }
        listener.accept(metrics);
        return state;
    }

    private void writeCheckpoint(RunState state) throws IOException {
        checkpoint.write(directory, state);
        lastCheckpoint = System.nanoTime();
    }

    /** Until it is closed, the network has the averaged weights, if there are any. */
    private ExponentialMovingAverage.Swapped averaged() {
        return average == null ? () -> {} : average.swapIn();
    }

    private int averageUpdates() {
        return average == null ? 0 : average.updates();
    }

    private double seconds() {
        return secondsBefore + (System.nanoTime() - start) * 1e-9;
    }

    /** The training of one epoch, from wherever it was left. */
    private final class Training {
        private final RunState previous;
        private final int epoch;
        private final Predictions predictions;
        private final double partSeconds;
        private final long began = System.nanoTime();
        private int batches;
        private int images;
        private int skipped;
        private boolean hasGradient;
        private double secondsWaited;

        Training(RunState previous) {
            EpochPart part = previous.part();
            this.previous = previous;
            this.epoch = previous.epochs() + 1;
            this.predictions = new Predictions(setup.train.dataset().classes(), part);
            this.partSeconds = part.seconds();
            this.batches = part.batches();
            this.images = part.images();
            this.skipped = part.skipped();
        }

        EpochPart part() {
            return new EpochPart(
                    batches,
                    images,
                    skipped,
                    predictions.images(),
                    predictions.correct(),
                    predictions.lossSum(),
                    partSeconds + (System.nanoTime() - began) * 1e-9);
        }

        /** The part of the time, since it was begun here, that was spent waiting for images. */
        double shareWaited() {
            return secondsWaited / Math.max(1e-9, part().seconds() - partSeconds);
        }

        RunState state() {
            return previous.within(part(), setup.optimizer.steps(), averageUpdates(), seconds());
        }

        void run() throws IOException {
            setup.network.train();
            setup.optimizer.zeroGradients();
            try (DataLoader.Epoch loaded = setup.train.epoch(epoch, batches)) {
                while (loaded.hasNext()) {
                    step(loaded);
                    secondsWaited = loaded.secondsWaited();
                    progress.step(predictions, images);
                    boolean stops = options.stop().getAsBoolean();
                    double since = (System.nanoTime() - lastCheckpoint) * 1e-9;
                    if (stops || options.checkpointSeconds() > 0 && since >= options.checkpointSeconds()) {
                        writeCheckpoint(state());
                    }
                    if (stops) {
                        throw new RunStoppedException("stopped in epoch " + epoch + " after step "
                                + setup.optimizer.steps() + "; the run can be resumed from there");
                    }
                }
            }
            if (skipped == 0) {
                Evaluator.requireAny(predictions, setup.train);
            }
        }

        private void step(DataLoader.Epoch loaded) {
            int left = setup.train.images() - images;
            int stepImages = Math.min(left, recipe.accumulation() * setup.train.batchSize());
            hasGradient = false;
            try (SavedBuffers saved = options.skipsNonFinite() ? new SavedBuffers(setup.network) : null) {
                boolean finite = true;
                for (int i = 0; i < recipe.accumulation() && loaded.hasNext(); i++) {
                    finite &= backward(loaded.next(), stepImages);
                }
                if (finite && !hasGradient) {
                    return;
                }
                if (recipe.clipNorm() > 0 || options.skipsNonFinite()) {
                    float limit = recipe.clipNorm() > 0 ? (float) recipe.clipNorm() : Float.MAX_VALUE;
                    finite &= Float.isFinite(GradientClipping.byGlobalNorm(setup.optimizer.parameters(), limit));
                }
                if (!finite && saved == null) {
                    throw notFinite("the gradient is", "");
                }
                if (finite) {
                    setup.optimizer.step(learningRate(setup.optimizer.steps()));
                    if (average != null) {
                        average.update();
                    }
                    skippedInARow = 0;
                } else if (saved != null) {
                    saved.restore();
                    skipped++;
                    if (++skippedInARow == MOST_SKIPPED) {
                        throw notFinite(MOST_SKIPPED + " steps in a row were", "");
                    }
                }
            }
            setup.optimizer.zeroGradients();
        }

        /** Adds the gradient of one batch's part in the mean loss over the images of a step; false if the loss is not finite and that is borne. */
        private boolean backward(Batch batch, int stepImages) {
            setup.network.reseed(recipe.seed() + (long) epoch * setup.train.images() + images);
            int due = Math.min(setup.train.batchSize(), setup.train.images() - batches * setup.train.batchSize());
            batches++;
            images += batch.size();
            if (batch.size() == 0 || batch.size() == 1 && due > 1) {
                // The others could not be read, and one image alone may have no variance for a norm.
                return true;
            }
            try (Scope _ = Scope.open()) {
                Tensor logits = setup.network.forward(Evaluator.upload(setup.network, batch));
                Evaluator.requireClasses(logits, setup.train.dataset().classes(), setup.train);
                Tensor loss = loss(logits, batch);
                float value = loss.item();
                if (!Float.isFinite(value)) {
                    if (options.skipsNonFinite()) {
                        return false;
                    }
                    throw notFinite("the loss is " + value, " on images " + first(batch.indices()));
                }
                predictions.add(logits.toArray(), batch, value);
                hasGradient = true;
                // Where files could not be read, a batch is smaller than it was to be.
                boolean isStep = batch.size() == stepImages || recipe.accumulation() == 1;
                Autograd.backward(isStep ? loss : Scale.scale((float) batch.size() / stepImages, loss));
                return true;
            }
        }

        private Tensor loss(Tensor logits, Batch batch) {
            Tensor loss = setup.loss.of(logits, batch.labels());
            Batch.Mixed mixed = batch.mixed();
            if (mixed == null) {
                return loss;
            }
            Tensor second = setup.loss.of(logits, mixed.labels());
            return Add.add(Scale.scale(mixed.share(), loss), Scale.scale(1 - mixed.share(), second));
        }

        private BadInputException notFinite(String what, String where) {
            String kept = previous.epochs() > 0 || previous.part().batches() > 0
                    ? "; what was written before stays in " + directory.path()
                    : "";
            return new BadInputException(
                    what + (what.startsWith("the loss") ? "" : " not finite") + " in epoch " + epoch
                            + " after step " + setup.optimizer.steps() + where
                            + "; choose a lower learning rate, clip gradients, leave such steps out, or compute with the precision accurate"
                            + kept);
        }

        private static String first(int[] indices) {
            String some = Arrays.stream(indices)
                    .limit(NAMED_IMAGES)
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining(", "));
            return some + (indices.length > NAMED_IMAGES ? ", ... (" + indices.length + " in all)" : "");
        }
    }

    private float learningRate(int step) {
        return setup.schedule.learningRate(step);
    }

    private void writeWeights(RunState state) throws IOException {
        Map<String, HostTensor> weights = StateDict.of(setup.network);
        StateDict.requireFinite(weights, "the network after epoch " + state.epochs());
        SafeTensors.write(directory.last(), weights, description.metadata());
        if (state.isBest()) {
            SafeTensors.write(directory.best(), weights, description.metadata());
        }
    }

    private RunSummary summary(RunState state) {
        return new RunSummary(
                description.model(),
                description.data(),
                description.backend(),
                recipe.seed(),
                setup.network.parameterCount(),
                state.epochs(),
                state.top1(),
                state.loss(),
                state.bestTop1(),
                state.bestEpoch(),
                state.imagesPerSecond(),
                state.seconds());
    }

    /** Frees the averaged weights. Network and optimizer are the caller's. */
    @Override
    public void close() {
        progress.close();
        if (ownsOptimizer) {
            setup.optimizer.close();
        }
        if (average != null) {
            average.close();
        }
    }
}
