package dev.squall.train;

import dev.squall.data.DataLoader;
import dev.squall.error.BadInputException;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.train.RunState.EpochPart;
import dev.squall.train.parallel.Communicator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The training of one epoch, from wherever it was left: step by step, each of one or several passes over a batch or a shard of one. */
final class EpochTraining implements AutoCloseable {
    /** As many steps that are not finite one after the other are no accident. */
    private static final int MOST_SKIPPED = 10;

    private final Trainer.Setup setup;
    private final Recipe recipe;
    private final RunOptions options;
    private final @Nullable ExponentialMovingAverage average;
    private final int epoch;
    private final Predictions predictions;
    private final Pass pass;
    private final @Nullable ShardedStep sharded;
    private final DataLoader.Epoch loaded;
    private final double partSeconds;
    private final long began = System.nanoTime();
    private int batches;
    private int images;
    private int skipped;
    private int skippedInARow;
    private boolean stops;

    /**
     * Begins.
     *
     * @param previous how far the run has come
     * @param skippedInARow how many steps before were left out, since one was taken
     * @param kept what to tell of what was written before, where it ends with an error
     */
    EpochTraining(
            Trainer.Setup setup,
            RunOptions options,
            @Nullable ExponentialMovingAverage average,
            Communicator communicator,
            RunState previous,
            int skippedInARow,
            String kept) {
        EpochPart part = previous.part();
        this.setup = setup;
        this.recipe = setup.recipe();
        this.options = options;
        this.average = average;
        this.epoch = previous.epochs() + 1;
        this.predictions = new Predictions(setup.train().dataset().classes(), part);
        this.pass = new Pass(setup, options, epoch, kept);
        this.sharded =
                recipe.shards() > 1 || communicator.size() > 1 ? new ShardedStep(setup, communicator, pass) : null;
        this.partSeconds = part.seconds();
        this.batches = part.batches();
        this.images = part.images();
        this.skipped = part.skipped();
        this.skippedInARow = skippedInARow;
        setup.network().train();
        setup.optimizer().zeroGradients();
        loaded = setup.train().epoch(epoch, sharded == null ? left() : left().filter(this::isMine));
    }

    private IntStream left() {
        return IntStream.range(batches, setup.train().batches());
    }

    /** Whether a pass is one of this worker's. A step begins with every so many passes of an epoch, which is left between steps only. */
    private boolean isMine(int number) {
        int first = number - number % recipe.passesInStep();
        int terms = Math.min(recipe.passesInStep(), setup.train().batches() - first);
        return sharded != null && sharded.isMine(terms, number - first);
    }

    boolean hasNext() {
        return batches < setup.train().batches();
    }

    /** Takes the next step. */
    void step() {
        int left = setup.train().images() - images;
        int passes = Math.min(recipe.passesInStep(), setup.train().batches() - batches);
        int stepImages = Math.min(left, recipe.passesInStep() * setup.train().batchSize());
        try (SavedBuffers saved =
                options.skipsNonFinite() || sharded != null ? new SavedBuffers(setup.network()) : null) {
            boolean hasGradient = false;
            boolean finite = true;
            if (sharded != null && saved != null) {
                ShardedStep.Outcome outcome = sharded.backward(
                        loaded,
                        batches,
                        passes,
                        stepImages,
                        saved,
                        options.stop().getAsBoolean());
                predictions.add(outcome.counted(), outcome.correct(), outcome.lossSum());
                images += outcome.images();
                hasGradient = outcome.hasGradient();
                finite = outcome.finite();
                stops = outcome.stops();
            } else {
                for (int i = 0; i < passes; i++) {
                    Pass.Outcome outcome = pass.backward(loaded.next(), batches + i, passes, stepImages, predictions);
                    images += outcome.images();
                    hasGradient |= outcome.hasGradient();
                    finite &= outcome.finite();
                }
            }
            batches += passes;
            if (!finite || hasGradient) {
                update(finite, saved);
            }
        }
        setup.optimizer().zeroGradients();
        if (sharded == null) {
            stops = options.stop().getAsBoolean();
        }
    }

    private void update(boolean finiteLoss, @Nullable SavedBuffers saved) {
        boolean finite = finiteLoss;
        if (recipe.clipNorm() > 0 || options.skipsNonFinite()) {
            float limit = recipe.clipNorm() > 0 ? (float) recipe.clipNorm() : Float.MAX_VALUE;
            finite &= Float.isFinite(
                    GradientClipping.byGlobalNorm(setup.optimizer().parameters(), limit));
        }
        if (finite) {
            setup.optimizer()
                    .step(setup.schedule().learningRate(setup.optimizer().steps()));
            if (average != null) {
                average.update();
            }
            skippedInARow = 0;
        } else if (saved == null || !options.skipsNonFinite()) {
            throw pass.notFinite("the gradient is", "");
        } else {
            saved.restore();
            skipped++;
            if (++skippedInARow == MOST_SKIPPED) {
                throw pass.notFinite(MOST_SKIPPED + " steps in a row were", "");
            }
        }
    }

    /** Whether somebody has asked for an end after this step. */
    boolean stops() {
        return stops;
    }

    /** What has been learned in this epoch so far. */
    Predictions predictions() {
        return predictions;
    }

    /** How many images it has gone through. */
    int images() {
        return images;
    }

    /** How many steps in a row, up to the last, were left out. */
    int skippedInARow() {
        return skippedInARow;
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
        return loaded.secondsWaited() / Math.max(1e-9, part().seconds() - partSeconds);
    }

    /**
     * Requires at its end that images could be read.
     *
     * @throws BadInputException if none could
     */
    void requireAny() {
        if (skipped == 0) {
            Evaluator.requireAny(predictions, setup.train());
        }
    }

    /** Stops preparing images. */
    @Override
    public void close() {
        loaded.close();
    }
}
