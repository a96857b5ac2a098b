package dev.squall.train;

import dev.squall.train.RunState.EpochPart;
import dev.squall.train.parallel.TreeSum;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A network that is trained as a copy of another one: it begins a {@link Round} where all copies do, and gives back how far it has come. */
public final class Replica {
    /** Behind the changes: images, counted, correct, loss, steps taken, steps left out, and seconds. */
    static final int FIGURES = 7;

    private final Trainer.Setup setup;
    private final RunOptions options;
    private final ReplicaState state;

    /**
     * Of the setup's network, whose weights are those of the rounds it is told of.
     *
     * @param options whether it bears steps that are not finite
     */
    public Replica(Trainer.Setup setup, RunOptions options) {
        this.setup = setup;
        this.options = options;
        this.state = new ReplicaState(setup);
    }

    /** How many copies there are. */
    public int copies() {
        return setup.recipe().shards();
    }

    /** How many numbers {@link #train} gives. */
    public int length() {
        return state.changes() + FIGURES;
    }

    /**
     * Takes the steps of a round with the images of one shard.
     *
     * @param shard whose copy this is, counted from 0
     * @param stop asked after each step whether to give up
     * @return how far it has come; null if it was stopped
     * @throws dev.squall.error.BadInputException if the loss is no longer a number
     */
    public float @Nullable [] train(Round round, int shard, BooleanSupplier stop) {
        long began = System.nanoTime();
        state.write(round.state(), round.stepsBefore());
        long[] counts = state.counts();
        try (EpochTraining training = new EpochTraining(setup, options.withStop(stop), round, shard)) {
            for (int step = 0; step < round.steps(); step++) {
                training.step();
                if (training.stops()) {
                    return null;
                }
            }
            float[] all = new float[length()];
            state.changes(round.state(), counts, all);
            EpochPart part = training.counts().part();
            float[] figures = {
                part.images(),
                part.counted(),
                part.correct(),
                (float) part.lossSum(),
                setup.optimizer().steps() - round.stepsBefore(),
                part.skipped(),
                (System.nanoTime() - began) * 1e-9f
            };
            System.arraycopy(figures, 0, all, all.length - FIGURES, FIGURES);
            return all;
        }
    }

    /** How long a copy took, or the sum of several what all of them took, in seconds. */
    public static double seconds(float[] trained) {
        return trained[trained.length - 1];
    }

    /** All copies one after the other by this one, whose network is that of the last one then. */
    Replicas inTurn() {
        return (round, stop) -> {
            TreeSum sum = new TreeSum(copies(), length());
            for (int shard = 0; shard < copies(); shard++) {
                float[] trained = train(round, shard, stop);
                if (trained == null) {
                    return null;
                }
                sum.add(shard, trained);
            }
            return sum.total();
        };
    }
}
