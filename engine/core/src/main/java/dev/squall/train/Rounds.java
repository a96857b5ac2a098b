package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.Optimizer;
import org.jspecify.annotations.Nullable;

/**
 * The training of one epoch by local SGD, as in DiLoCo (Douillard et al., "DiLoCo: Distributed Low-Communication Training of Language Models", 2023).
 * Each shard of a batch has a copy of the network, which takes H steps by itself. The mean of the differences, from where the copies have come to
 * back to where they began, is the gradient of one outer step, of SGD with Nesterov's momentum, and from there all copies begin again:
 *
 * <pre>
 * gradient = mean over copies of (weights - weights of the copy)
 * velocity = momentum * velocity + gradient
 * weights  = weights - rate * (gradient + momentum * velocity)
 * </pre>
 *
 * Other than there, the inner optimizer's state is averaged too, as running statistics are, so that nothing but the state of the run is needed to
 * go on: a copy that is lost has lost its round only. And with H = 1, rate 1 and no momentum this is the synchronous training, whatever the inner
 * momentum is.
 */
final class Rounds implements EpochSteps {
    private final Trainer.Setup setup;
    private final Recipe recipe;
    private final RunOptions options;
    private final @Nullable ExponentialMovingAverage average;
    private final Replicas replicas;
    private final ReplicaState state;
    private final Optimizer outer;
    private final int epoch;
    private final EpochCounts counts;
    private boolean stops;

    /**
     * Rounds from where the run has come to, until the end of an epoch.
     *
     * @param outer takes the outer steps
     * @param previous how far the run has come
     */
    Rounds(
            Trainer.Setup setup,
            RunOptions options,
            @Nullable ExponentialMovingAverage average,
            Replicas replicas,
            Optimizer outer,
            RunState previous,
            int skippedInARow) {
        this.setup = setup;
        this.recipe = setup.recipe();
        this.options = options;
        this.average = average;
        this.replicas = replicas;
        this.state = new ReplicaState(setup);
        this.outer = outer;
        this.epoch = previous.epochs() + 1;
        this.counts = new EpochCounts(setup.train(), previous.part(), skippedInARow);
        if (recipe.passesInStep() > setup.train().batches()) {
            throw new BadInputException(
                    "with sync-every each copy of the network needs an image of its own in every step: "
                            + recipe.passesInStep() + " passes, but an epoch has only "
                            + setup.train().batches()
                            + "; choose a smaller batch or accumulate less");
        }
    }

    @Override
    public boolean hasNext() {
        return counts.batches() + recipe.passesInStep() <= setup.train().batches();
    }

    @Override
    public void step() {
        int batches = counts.batches();
        int steps = Math.min(recipe.syncEvery(), (setup.train().batches() - batches) / recipe.passesInStep());
        int before = setup.optimizer().steps();
        long[] normCounts = state.counts();
        Round round = new Round(epoch, batches, steps, before, state.read());
        float[] sum = replicas.train(round, options.stop());
        setup.optimizer().zeroGradients();
        if (sum == null) {
            state.write(round.state(), before);
            state.setCounts(normCounts);
            stops = true;
            return;
        }
        int figures = sum.length - Replica.FIGURES;
        int taken = Math.round(sum[figures + 4] / recipe.shards());
        state.move(round.state(), normCounts, sum, recipe.shards(), outer, (float) recipe.outerRate(), before + taken);
        for (int i = 0; average != null && i < taken; i++) {
            average.update();
        }
        counts.addBatches(steps * recipe.passesInStep());
        counts.addImages(Math.round(sum[figures]));
        counts.predictions().add(Math.round(sum[figures + 1]), Math.round(sum[figures + 2]), sum[figures + 3]);
        int left = Math.round(sum[figures + 5]);
        counts.addSkipped(left);
        if (left < steps * recipe.shards()) {
            counts.endRow();
        } else if (counts.addSkippedInARow(steps) >= EpochTraining.MOST_SKIPPED) {
            throw new Pass(setup, options, null, epoch, "")
                    .notFinite(counts.skippedInARow() + " steps in a row were", "");
        }
        stops = options.stop().getAsBoolean();
    }

    @Override
    public boolean stops() {
        return stops;
    }

    @Override
    public EpochCounts counts() {
        return counts;
    }

    /** Images are waited for where the copies are. */
    @Override
    public double shareWaited() {
        return 0;
    }

    @Override
    public void close() {
        // Each round ends by itself.
    }
}
