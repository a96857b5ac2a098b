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
    private final Pass pass;
    private final RunOptions options;
    private final @Nullable LossScale lossScale;
    private final @Nullable ExponentialMovingAverage average;
    private final EpochCounts counts;
    private final @Nullable ShardedStep sharded;
    /** The first pass of a step that is this network's own, and how many of them there are. */
    private final int ownFirst;

    private final int ownPasses;
    private final boolean isWhole;
    private final DataLoader.Epoch loaded;
    private boolean stops;

    /**
     * The whole network, until the end of an epoch.
     *
     * @param pass what one pass does
     * @param average to be updated after each step, or null
     * @param part what is done of the epoch
     * @param skippedInARow how many steps before were left out, since one was taken
     */
    EpochTraining(
            Pass pass,
            @Nullable ExponentialMovingAverage average,
            Communicator communicator,
            EpochPart part,
            int skippedInARow) {
        this(
                pass,
                average,
                communicator,
                new EpochCounts(pass.setup().train(), part, skippedInARow),
                ALL,
                pass.setup().train().batches());
    }

    /** The copy of the network that is for one shard of each batch, for the steps of a round. */
    EpochTraining(Trainer.Setup setup, RunOptions options, Round round, int replica) {
        this(
                new Pass(setup, options, null, round.epoch(), ""),
                null,
                Communicator.ALONE,
                new EpochCounts(setup.train(), EpochPart.beginningAt(round.firstPass()), 0),
                replica,
                round.firstPass() + round.steps() * setup.recipe().passesInStep());
    }

    /**
     * One of both.
     *
     * @param replica the number of the copy of the network, or {@link #ALL}
     * @param end the pass before which to stop preparing images
     */
    private EpochTraining(
            Pass pass,
            @Nullable ExponentialMovingAverage average,
            Communicator communicator,
            EpochCounts counts,
            int replica,
            int end) {
        this.setup = pass.setup();
        this.recipe = setup.recipe();
        this.pass = pass;
        this.options = pass.options();
        this.lossScale = pass.lossScale();
        this.average = average;
        this.counts = counts;
        this.isWhole = replica == ALL;
        boolean isShared = isWhole && (recipe.shards() > 1 || communicator.size() > 1);
        this.sharded = isShared ? new ShardedStep(setup, communicator, pass) : null;
        this.ownFirst = isWhole ? 0 : replica * recipe.accumulation();
        this.ownPasses = isWhole ? recipe.passesInStep() : recipe.accumulation();
        setup.network().train();
        setup.optimizer().zeroGradients();
        // What is prepared in advance, but not taken any more, would be work in vain.
        loaded = setup.train()
                .epoch(pass.epoch(), IntStream.range(counts.batches(), end).filter(this::isMine));
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
        int passes = Math.min(recipe.passesInStep(), setup.train().batches() - counts.batches());
        boolean mayRestore = options.skipsNonFinite() || lossScale != null || sharded != null;
        try (SavedBuffers saved = mayRestore ? new SavedBuffers(setup.network()) : null) {
            Pass.Outcome outcome =
                    sharded != null && saved != null ? shardedPasses(sharded, passes, saved) : ownPasses(passes);
            counts.addImages(outcome.images());
            counts.addBatches(passes);
            if (!outcome.finite() || outcome.hasGradient()) {
                update(outcome.finite(), saved);
            }
        }
        setup.optimizer().zeroGradients();
        if (sharded == null) {
            stops = options.stop().getAsBoolean();
        }
    }

    /** The passes of a step that all workers share. */
    private Pass.Outcome shardedPasses(ShardedStep sharded, int passes, SavedBuffers saved) {
        boolean stop = options.stop().getAsBoolean();
        ShardedStep.Outcome outcome =
                sharded.backward(loaded, new ShardedStep.Task(counts.batches(), passes, stepImages(), saved, stop));
        counts.predictions().add(outcome.counted(), outcome.correct(), outcome.lossSum());
        stops = outcome.stops();
        return new Pass.Outcome(outcome.images(), outcome.hasGradient(), outcome.finite());
    }

    /** This network's own passes of a step, one after the other. */
    private Pass.Outcome ownPasses(int passes) {
        int own = Math.min(ownPasses, passes);
        int first = counts.batches() + ownFirst;
        int stepImages = stepImages();
        Pass.Outcome all = new Pass.Outcome(0, false, true);
        for (int i = 0; i < own; i++) {
            all = all.and(pass.backward(loaded.next(), first + i, own, stepImages, counts.predictions()));
        }
        return all;
    }

    /** How many images this network's passes of the next step have. */
    private int stepImages() {
        int size = setup.train().batchSize();
        int before = isWhole ? counts.images() : (counts.batches() + ownFirst) * size;
        return Math.min(setup.train().images() - before, ownPasses * size);
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
