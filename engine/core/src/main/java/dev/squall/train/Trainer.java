package dev.squall.train;

import dev.squall.autograd.Autograd;
import dev.squall.data.Batch;
import dev.squall.data.DataLoader;
import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Scale;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.Optimizer;
import dev.squall.optim.Schedule;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains a network to classify images, and leaves in a {@link RunDirectory} after each epoch a row of metrics, the last and the best weights
 * under the module's own names, a summary, and a checkpoint from which the run can go on. A resumed run ends with the same weights, to the
 * last bit, as one that was not interrupted.
 */
public final class Trainer implements AutoCloseable {
    private final Setup setup;
    private final TrainingConfig config;
    private final RunDescription description;
    private final RunDirectory directory;
    private final Progress progress;
    private final @Nullable ExponentialMovingAverage average;
    private final Checkpoint checkpoint;
    private final long start = System.nanoTime();
    private Consumer<EpochMetrics> listener = metrics -> {};

    /**
     * What takes part in a training.
     *
     * @param network maps {@code [N, C, H, W]} to logits {@code [N, classes]}; with its first values already
     * @param optimizer of the network's parameters
     * @param schedule the learning rate of each of its steps
     * @param train the images to learn from
     * @param validation the images to measure with
     */
    public record Setup(
            Module network,
            Optimizer optimizer,
            Schedule schedule,
            DataLoader train,
            DataLoader validation,
            TrainingConfig config) {}

    /** With a report of the progress to {@code out}. */
    public Trainer(Setup setup, RunDescription description, RunDirectory directory, PrintStream out) {
        this.setup = setup;
        this.config = setup.config;
        this.description = description;
        this.directory = directory;
        this.progress = new Progress(out, config.epochs(), setup.train.images());
        this.average = config.averageDecay() > 0
                ? new ExponentialMovingAverage(StateDict.tensors(setup.network), config.averageDecay())
                : null;
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("model", description.model());
        settings.put("data", description.data());
        settings.put("seed", Long.toString(config.seed()));
        settings.put("epochs", Integer.toString(config.epochs()));
        settings.put("batch", Integer.toString(setup.train.batchSize()));
        this.checkpoint = new Checkpoint(setup.network, setup.optimizer, average, settings);
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
     */
    public RunSummary run() {
        try {
            RunState state = RunState.START;
            if (directory.isResumed()) {
                state = checkpoint.read(directory.resume());
                new MetricsFile(directory.metrics()).truncate(state.epochs());
            }
            double before = state.seconds();
            while (state.epochs() < config.epochs()) {
                state = epoch(state, before);
            }
            return summary(state);
        } catch (IOException e) {
            throw new BadInputException(
                    "the files of the run cannot be written in " + directory.path() + ": " + e.getMessage(), e);
        }
    }

    private RunState epoch(RunState previous, double secondsBefore) throws IOException {
        int epoch = previous.epochs() + 1;
        long began = System.nanoTime();
        progress.beginEpoch(epoch);
        Predictions trained = train(epoch);
        progress.close();
        double trainSeconds = (System.nanoTime() - began) * 1e-9;

        RunState state;
        try (ExponentialMovingAverage.Swapped _ = average == null ? () -> {} : average.swapIn()) {
            Evaluation evaluation = Evaluator.evaluate(setup.network, setup.validation);
            boolean best = epoch == 1 || evaluation.top1() > previous.bestTop1();
            state = new RunState(
                    epoch,
                    setup.optimizer.steps(),
                    average == null ? 0 : average.updates(),
                    evaluation.top1(),
                    evaluation.loss(),
                    best ? evaluation.top1() : previous.bestTop1(),
                    best ? epoch : previous.bestEpoch(),
                    previous.trainedImages() + trained.images(),
                    previous.trainSeconds() + trainSeconds,
                    secondsBefore + (System.nanoTime() - start) * 1e-9);
            writeWeights(state);
        }
        EpochMetrics metrics = new EpochMetrics(
                epoch,
                learningRate(setup.optimizer.steps() - 1),
                trained.loss(),
                trained.accuracy(),
                state.loss(),
                state.top1(),
                trained.images() / trainSeconds,
                state.seconds());
        new MetricsFile(directory.metrics()).append(metrics);
        summary(state).write(directory.summary());
        // Last, so that whatever the other files have beyond it is written again when the run goes on from here.
        checkpoint.write(directory.resume(), state);
        progress.endEpoch(metrics);
        listener.accept(metrics);
        return state;
    }

    private Predictions train(int epoch) {
        Predictions predictions = new Predictions(setup.train.dataset().classes());
        setup.network.train();
        setup.optimizer.zeroGradients();
        try (DataLoader.Epoch batches = setup.train.epoch(epoch)) {
            while (batches.hasNext()) {
                int left = setup.train.images() - predictions.images();
                int images = Math.min(left, config.accumulation() * setup.train.batchSize());
                for (int i = 0; i < config.accumulation() && batches.hasNext(); i++) {
                    backward(batches.next(), images, epoch, predictions);
                }
                step();
                progress.step(predictions);
            }
        }
        return predictions;
    }

    /** Adds the gradient of one batch's part in the mean loss over the {@code images} images of a step. */
    private void backward(Batch batch, int images, int epoch, Predictions predictions) {
        setup.network.reseed(config.seed() + (long) epoch * setup.train.images() + predictions.images());
        try (Scope _ = Scope.open()) {
            Tensor logits = setup.network.forward(Evaluator.upload(setup.network, batch));
            Evaluator.requireClasses(logits, setup.train.dataset().classes(), setup.train);
            Tensor loss = CrossEntropy.crossEntropy(logits, batch.labels(), config.labelSmoothing());
            float value = loss.item();
            if (!Float.isFinite(value)) {
                throw new BadInputException(
                        "the loss is " + value + " in epoch " + epoch + "; choose a lower learning rate");
            }
            predictions.add(logits.toArray(), batch, value);
            Autograd.backward(batch.size() == images ? loss : Scale.scale((float) batch.size() / images, loss));
        }
    }

    private void step() {
        Optimizer optimizer = setup.optimizer;
        if (config.clipNorm() > 0) {
            GradientClipping.byGlobalNorm(optimizer.parameters(), config.clipNorm());
        }
        optimizer.step(learningRate(optimizer.steps()));
        optimizer.zeroGradients();
        if (average != null) {
            average.update();
        }
    }

    private float learningRate(int step) {
        return setup.schedule.learningRate(step);
    }

    private void writeWeights(RunState state) throws IOException {
        Map<String, HostTensor> weights = StateDict.of(setup.network);
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
                config.seed(),
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
        if (average != null) {
            average.close();
        }
    }
}
