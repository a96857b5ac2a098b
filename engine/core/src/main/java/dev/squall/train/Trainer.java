package dev.squall.train;

import dev.squall.data.DataLoader;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.LossScale;
import dev.squall.optim.Optimizer;
import dev.squall.optim.Schedule;
import dev.squall.tensor.HalfFormat;
import dev.squall.train.RunState.EpochPart;
import dev.squall.train.parallel.Communicator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network to classify images, and leaves in a {@link RunDirectory} after each epoch a row of metrics, the last and the best weights
 * under the module's own names, a summary, and a checkpoint from which the run can go on. A resumed run ends with the same weights, to the
 * last bit, as one that was not interrupted; on another backend or vector width it says that they will differ.
 */
public final class Trainer implements AutoCloseable {
    private final Setup setup;
    private final Recipe recipe;
    private final RunDescription description;
    private final @Nullable RunDirectory directory;
    private final Progress progress;
    private final @Nullable ExponentialMovingAverage average;
    /** Takes the steps between rounds, if the run is one of copies that meet now and then. */
    private final @Nullable Optimizer outer;

    private @Nullable Replicas replicas;
    private final @Nullable LossScale lossScale;
    private final Checkpoint checkpoint;
    private final PrintStream out;
    private final long start = System.nanoTime();
    private RunOptions options = RunOptions.DEFAULT;
    private Communicator communicator = Communicator.ALONE;
    private Consumer<EpochMetrics> listener = metrics -> {};
    private Runnable checkpointListener = () -> {};
    private double secondsBefore;
    private long lastCheckpoint = start;
    private int skippedInARow;
    private boolean ownsOptimizer;
    private final OneRun once = new OneRun();

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
            settings.put(DataDigest.TRAINING, DataDigest.ofContents(train.dataset()));
            settings.put(DataDigest.VALIDATION, DataDigest.ofContents(validation.dataset()));
            settings.putAll(recipe.toMap());
            settings.put("batch", Integer.toString(train.batchSize() * recipe.shards()));
            settings.put("optimizer in use", optimizer.toString());
            settings.put("schedule in use", described(schedule));
            settings.put("loss", described(loss));
            HalfFormat activations = network.backend().activationFormat();
            settings.put(Recipe.ACTIVATIONS, activations == null ? Recipe.SINGLE : activations.name());
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

    /**
     * With a report of the progress to {@code out}.
     *
     * @param directory where the run leaves its files; null for a worker {@linkplain #with(Communicator) of several} that is not the first
     */
    public Trainer(Setup setup, RunDescription description, @Nullable RunDirectory directory, PrintStream out) {
        this.setup = setup;
        this.recipe = setup.recipe;
        this.description = description;
        this.directory = directory;
        this.out = out;
        this.progress = new Progress(out, recipe.epochs(), setup.train.images());
        this.average = recipe.averageDecay() > 0
                ? new ExponentialMovingAverage(setup.network.learned(), (float) recipe.averageDecay())
                : null;
        this.outer = recipe.syncEvery() > 0 ? recipe.outerOptimizer(setup.network) : null;
        this.replicas = outer == null ? null : new Replica(setup, options).inTurn();
        // The other formats have the range of single precision.
        this.lossScale = setup.network.backend().activationFormat() == HalfFormat.FP16
                ? new LossScale(LossScale.Settings.STANDARD)
                : null;
        if (lossScale != null && outer != null) {
            throw new BadInputException("copies of the network that meet every " + Plural.of(recipe.syncEvery(), "step")
                    + " would each need a loss scale of its own, which they do not have; train them with the"
                    + " precision bf16 or fast, or with sync-every 0");
        }
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("model", description.model());
        settings.putAll(setup.settings());
        this.checkpoint = new Checkpoint(
                setup.network, setup.optimizer, average, outer, settings, new Growth(setup), description.metadata());
    }

    /** Takes care of the run as {@code options} say. */
    public Trainer with(RunOptions options) {
        this.options = options;
        if (replicas != null) {
            replicas = new Replica(setup, options).inTurn();
        }
        return this;
    }

    /** Trains the copies of a run with {@code sync-every} there, in place of one after the other here. */
    public Trainer with(Replicas replicas) {
        if (outer == null) {
            throw new IllegalArgumentException("a run without sync-every has no copies of its network");
        }
        this.replicas = replicas;
        return this;
    }

    /**
     * Trains together with others, each of which takes its part of the shards of every step. The weights do not depend on how many they are, as
     * long as all have the same recipe, with the same shards. Only the first, which has a directory, writes files, and what a run is resumed
     * from it sends to the others.
     *
     * @throws BadInputException if there are more workers than shards
     */
    public Trainer with(Communicator communicator) {
        if (communicator.rank() == 0 == (directory == null)) {
            throw new IllegalArgumentException(
                    "the first worker, and no other, has the directory of the run; this is " + communicator.rank());
        }
        if (recipe.passesInStep() < communicator.size()) {
            throw new BadInputException("the " + communicator.size() + " workers need at least as many shards, not "
                    + recipe.passesInStep());
        }
        if (outer != null && communicator.size() > 1) {
            throw new IllegalArgumentException("the copies of a run with sync-every do not meet after every step");
        }
        this.communicator = communicator;
        return this;
    }

    /** Calls {@code listener} after each checkpoint. */
    public Trainer afterCheckpoint(Runnable listener) {
        this.checkpointListener = listener;
        return this;
    }

    /** Calls {@code listener} after each epoch, when its files are written. */
    public Trainer afterEpoch(Consumer<EpochMetrics> listener) {
        this.listener = listener;
        return this;
    }

    /**
     * Trains to the end, once: to go on with a run, open its directory to be resumed and make another trainer of another network.
     *
     * @throws BadInputException if a file of the run cannot be read or written, the run to resume was another one, or the loss is no longer
     *     a number; the files of the epochs before stay
     * @throws RunStoppedException if the {@linkplain RunOptions#stop options} asked for it
     * @throws IllegalStateException if it has been run before, or is closed
     */
    public RunSummary run() {
        once.begin();
        try {
            return toTheEnd();
        } finally {
            once.end();
        }
    }

    private RunSummary toTheEnd() {
        try {
            RunState state = RunState.START;
            if (directory != null) {
                directory.begin();
                state = directory.isResumed() ? resumed(directory) : state;
            }
            if (communicator.size() > 1) {
                state = checkpoint.share(state, communicator);
            }
            if (lossScale != null && state.lossScale() != null) {
                lossScale.resumeAt(state.lossScale());
            }
            secondsBefore = state.effort().seconds();
            while (state.epochs() < recipe.epochs() && !isEarlyEnd(state)) {
                state = epoch(state);
            }
            return summary(state);
        } catch (IOException e) {
            throw new BadInputException(
                    "the files of the run cannot be written" + (directory == null ? "" : " in " + directory.path())
                            + ": " + BadInputException.reason(e) + "; mend that and resume the run",
                    e);
        }
    }

    private boolean isEarlyEnd(RunState state) {
        boolean early =
                options.patience() > 0 && state.epochs() - state.scores().bestEpoch() >= options.patience();
        if (early) {
            out.printf(
                    Locale.ROOT,
                    "the top-1 has not risen for %s: the run ends after epoch %d%n",
                    Plural.of(options.patience(), "epoch"),
                    state.epochs());
        }
        return early;
    }

    /** The state of the checkpoint, with the other files as they were then. */
    private RunState resumed(RunDirectory directory) throws IOException {
        RunState state = checkpoint.read(
                directory, read -> read.isPossible(recipe.epochs(), setup.train.batches()), out::println);
        boolean isAtEnd = state.epochs() > 0 && state.part().batches() == 0;
        if (state.epochs() > 0 && !Files.exists(directory.best())) {
            out.println(directory.best() + " is gone; "
                    + (isAtEnd
                            ? "the last weights take its place"
                            : "the weights after the next epoch take its place"));
            state = state.with(
                    isAtEnd
                            ? state.scores().withLastAsBest(state.epochs())
                            : state.scores().withoutBest());
        }
        if (isAtEnd && !(Files.exists(directory.best()) && Files.exists(directory.last()))) {
            try (ExponentialMovingAverage.Swapped _ = averaged()) {
                writeWeights(state);
            }
        }
        new MetricsFile(directory.metrics()).write(state.metrics());
        if (state.epochs() > 0) {
            summary(state).write(directory.summary());
        }
        return state;
    }

    private RunState epoch(RunState previous) throws IOException {
        int epoch = previous.epochs() + 1;
        progress.beginEpoch(epoch, previous.part().images());
        EpochSteps training = train(previous);
        EpochPart trained = training.counts().part();
        RunState state = evaluate(previous, training, trained);
        EpochMetrics metrics = new EpochMetrics(
                epoch,
                learningRate(setup.optimizer.steps() - 1),
                trained.lossSum() / trained.counted(),
                (double) trained.correct() / trained.counted(),
                state.scores().loss(),
                state.scores().top1(),
                trained.images() / trained.seconds(),
                state.effort().seconds());
        state = state.with(metrics);
        if (directory != null) {
            new MetricsFile(directory.metrics()).write(state.metrics());
            summary(state).write(directory.summary());
        }
        requireAgreement(epoch);
        // Last, so that whatever the other files have beyond it is written again when the run goes on from here.
        writeCheckpoint(state);
        progress.endEpoch(metrics, training.shareWaited());
        sayWhatWasUnusual(previous, trained);
        listener.accept(metrics);
        return state;
    }

    /** Measures the network after an epoch, and writes its weights. */
    private RunState evaluate(RunState previous, EpochSteps training, EpochPart trained) throws IOException {
        try (ExponentialMovingAverage.Swapped _ = averaged()) {
            Evaluation evaluation = Evaluator.evaluate(setup.network, setup.validation, options.stop(), communicator);
            int epoch = previous.epochs() + 1;
            RunState state = new RunState(
                    epoch,
                    EpochPart.NOTHING,
                    setup.optimizer.steps(),
                    averageUpdates(),
                    previous.scores().then(epoch, evaluation.top1(), evaluation.loss()),
                    previous.effort().and(trained, seconds()),
                    previous.metrics(),
                    lossScaleState());
            writeWeights(state);
            return state;
        } catch (RunStoppedException e) {
            // Evaluating is not worth keeping; what was trained is.
            writeCheckpoint(within(previous, training));
            throw e;
        }
    }

    /** Behind the line of an epoch: what rounds cost, which steps were left out, and a loss scale that has changed. */
    private void sayWhatWasUnusual(RunState previous, EpochPart trained) {
        int epoch = previous.epochs() + 1;
        if (replicas != null) {
            out.print(replicas.takeReport());
        }
        if (trained.skipped() > 0) {
            out.printf(
                    Locale.ROOT,
                    "%s of epoch %d %s left out: not finite%n",
                    Plural.of(trained.skipped(), "step"),
                    epoch,
                    trained.skipped() == 1 ? "was" : "were");
        }
        if (lossScale != null
                && (previous.lossScale() == null
                        || lossScale.scale() != previous.lossScale().scale())) {
            out.printf(Locale.ROOT, "the loss scale is %.0f after epoch %d%n", lossScale.scale(), epoch);
        }
    }

    /** Trains to the end of an epoch. */
    private EpochSteps train(RunState previous) throws IOException {
        try (EpochSteps training = begin(previous)) {
            while (training.hasNext()) {
                training.step();
                progress.step(training.counts().predictions(), training.counts().images());
                double since = (System.nanoTime() - lastCheckpoint) * 1e-9;
                if (training.stops() || options.checkpointSeconds() > 0 && since >= options.checkpointSeconds()) {
                    writeCheckpoint(within(previous, training));
                }
                if (training.stops()) {
                    throw new RunStoppedException("stopped in epoch " + (previous.epochs() + 1) + " after step "
                            + setup.optimizer.steps() + "; the run can be resumed from there");
                }
            }
            training.counts().requireAny();
            skippedInARow = training.counts().skippedInARow();
            return training;
        } finally {
            progress.close();
        }
    }

    private EpochSteps begin(RunState previous) {
        boolean isNew = previous.epochs() == 0 && previous.part().batches() == 0;
        String kept = isNew || directory == null ? "" : "; what was written before stays in " + directory.path();
        return replicas != null && outer != null
                ? new Rounds(setup, options, average, replicas, outer, previous, skippedInARow)
                : new EpochTraining(
                        new Pass(setup, options, lossScale, previous.epochs() + 1, kept),
                        average,
                        communicator,
                        previous.part(),
                        skippedInARow);
    }

    private RunState within(RunState previous, EpochSteps training) {
        return previous.within(
                training.counts().part(), setup.optimizer.steps(), averageUpdates(), seconds(), lossScaleState());
    }

    private LossScale.@Nullable State lossScaleState() {
        return lossScale == null ? null : lossScale.state();
    }

    private void writeCheckpoint(RunState state) throws IOException {
        if (directory != null) {
            directory.requireOpen();
            checkpoint.write(directory, state);
        }
        lastCheckpoint = System.nanoTime();
        checkpointListener.run();
    }

    /** Requires that all workers have the same weights, as they must as long as they compute alike. */
    private void requireAgreement(int epoch) {
        if (communicator.size() > 1 && !checkpoint.agrees(communicator)) {
            throw new BadInputException("after epoch " + epoch + " worker " + communicator.rank()
                    + " has other weights than worker 0; all must run the same program on processors of the same kind");
        }
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

    private float learningRate(int step) {
        return setup.schedule.learningRate(step);
    }

    private void writeWeights(RunState state) throws IOException {
        if (directory == null) {
            return;
        }
        directory.requireOpen();
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
                state.scores().top1(),
                state.scores().loss(),
                state.scores().bestTop1(),
                state.scores().bestEpoch(),
                state.effort().imagesPerSecond(),
                state.effort().seconds());
    }

    /** Frees the averaged weights and the state of the outer steps; not while it is running. Network and optimizer are the caller's. */
    @Override
    public void close() {
        once.close();
        progress.close();
        if (ownsOptimizer) {
            setup.optimizer.close();
        }
        if (average != null) {
            average.close();
        }
        if (outer != null) {
            outer.close();
        }
    }
}
