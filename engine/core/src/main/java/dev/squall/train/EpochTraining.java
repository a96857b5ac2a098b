package dev.squall.train;

import dev.squall.data.DataLoader;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.LossScale;
import dev.squall.train.RunState.EpochPart;
import dev.squall.train.parallel.Communicator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The training of one epoch, from wherever it was left: step by step, each of one or several passes over a batch or a shard of one. */
final class EpochTraining implements EpochSteps {
    /** In place of the number of a copy of the network. */
    private static final int ALL = -1;

    /** As many steps that are not finite one after the other are no accident. */
    static final int MOST_SKIPPED = 10;

    private final Trainer.Setup setup;
    private final Recipe recipe;
    private final RunOptions options;
    private final @Nullable ExponentialMovingAverage average;
    private final @Nullable LossScale lossScale;
    private final EpochCounts counts;
    private final Pass pass;
    private final @Nullable ShardedStep sharded;
    /** The first pass of a step that is this network's own, and how many of them there are. */
    private final int ownFirst;

    private final int ownPasses;
    private final boolean isWhole;
    private final DataLoader.Epoch loaded;
    private boolean stops;

    /**
     * Begins.
     *
     * @param lossScale of mixed precision, or null
     * @param previous how far the run has come
     * @param skippedInARow how many steps before were left out, since one was taken
     * @param kept what to tell of what was written before, where it ends with an error
     */
    EpochTraining(
            Trainer.Setup setup,
            RunOptions options,
            @Nullable ExponentialMovingAverage average,
            @Nullable LossScale lossScale,
            Communicator communicator,
            RunState previous,
            int skippedInARow,
            String kept) {
        this(
                setup,
                options,
                average,
                lossScale,
                communicator,
                previous.epochs() + 1,
                previous.part(),
                skippedInARow,
                kept,
                ALL,
                setup.train().batches());
    }

    /** Begins to take so many steps as the copy of the network that is for one shard of each batch. */
    EpochTraining(Trainer.Setup setup, RunOptions options, Round round, int replica) {
        this(
                setup,
                options,
                null,
                null,
                Communicator.ALONE,
                round.epoch(),
                EpochPart.beginningAt(round.firstPass()),
                0,
                "",
                replica,
                round.firstPass() + round.steps() * setup.recipe().passesInStep());
    }

    private EpochTraining(
            Trainer.Setup setup,
            RunOptions options,
            @Nullable ExponentialMovingAverage average,
            @Nullable LossScale lossScale,
            Communicator communicator,
            int epoch,
            EpochPart part,
            int skippedInARow,
            String kept,
            int replica,
            int end) {
        this.setup = setup;
        this.recipe = setup.recipe();
        this.options = options;
        this.average = average;
        this.lossScale = lossScale;
        this.counts = new EpochCounts(setup.train(), part, skippedInARow);
        this.pass = new Pass(setup, options, lossScale, epoch, kept);
        boolean isShared = replica == ALL && (recipe.shards() > 1 || communicator.size() > 1);
        this.sharded = isShared ? new ShardedStep(setup, communicator, pass) : null;
        this.isWhole = replica == ALL;
        this.ownFirst = replica == ALL ? 0 : replica * recipe.accumulation();
        this.ownPasses = replica == ALL ? recipe.passesInStep() : recipe.accumulation();
        setup.network().train();
        setup.optimizer().zeroGradients();
        // What is prepared in advance, but not taken any more, would be work in vain.
        loaded = setup.train().epoch(epoch, IntStream.range(part.batches(), end).filter(this::isMine));
    }

    /** Whether a pass is one of this worker's. A step begins with every so many passes of an epoch, which is left between steps only. */
    private boolean isMine(int number) {
        int first = number - number % recipe.passesInStep();
        int terms = Math.min(recipe.passesInStep(), setup.train().batches() - first);
        return sharded == null
                ? number - first >= ownFirst && number - first < ownFirst + ownPasses
                : sharded.isMine(terms, number - first);
    }

    @Override
    public boolean hasNext() {
        return counts.batches() < setup.train().batches();
    }

    @Override
    public void step() {
        int batches = counts.batches();
        int passes = Math.min(recipe.passesInStep(), setup.train().batches() - batches);
        int own = Math.min(ownPasses, passes);
        int size = setup.train().batchSize();
        int left = setup.train().images() - (isWhole ? counts.images() : (batches + ownFirst) * size);
        int stepImages = Math.min(left, ownPasses * size);
        boolean mayRestore = options.skipsNonFinite() || lossScale != null || sharded != null;
        try (SavedBuffers saved = mayRestore ? new SavedBuffers(setup.network()) : null) {
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
                counts.predictions().add(outcome.counted(), outcome.correct(), outcome.lossSum());
                counts.addImages(outcome.images());
                hasGradient = outcome.hasGradient();
                finite = outcome.finite();
                stops = outcome.stops();
            } else {
                for (int i = 0; i < own; i++) {
                    int number = batches + ownFirst + i;
                    Pass.Outcome outcome = pass.backward(loaded.next(), number, own, stepImages, counts.predictions());
                    counts.addImages(outcome.images());
                    hasGradient |= outcome.hasGradient();
                    finite &= outcome.finite();
                }
            }
            counts.addBatches(passes);
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
        if (lossScale != null) {
            lossScale.unscale(setup.optimizer().parameters());
        }
        if (recipe.clipNorm() > 0 || options.skipsNonFinite() || lossScale != null) {
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
            counts.endRow();
        } else if (saved != null && lossScale != null && finiteLoss && lossScale.isAboveOne()) {
            saved.restore();
            counts.addSkipped(1);
        } else if (saved == null || !options.skipsNonFinite()) {
            throw pass.notFinite("the gradient is", "");
        } else {
            saved.restore();
            counts.addSkipped(1);
            if (counts.addSkippedInARow(1) == MOST_SKIPPED) {
                throw pass.notFinite(MOST_SKIPPED + " steps in a row were", "");
            }
        }
        if (lossScale != null && finiteLoss) {
            lossScale.update(finite);
        }
    }

    @Override
    public boolean stops() {
        return stops;
    }

    @Override
    public EpochCounts counts() {
        return counts;
    }

    @Override
    public double shareWaited() {
        return loaded.secondsWaited() / Math.max(1e-9, counts.seconds());
    }

    /** Stops preparing images. */
    @Override
    public void close() {
        if (sharded != null) {
            sharded.close();
        }
        loaded.close();
    }
}
