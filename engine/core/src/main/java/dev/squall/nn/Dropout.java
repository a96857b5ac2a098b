package dev.squall.nn;

import static dev.squall.op.Dropout.dropout;

import dev.squall.tensor.Tensor;

/**
 * Dropout, any shape to the same; only in training mode. The mask is decided by the last {@linkplain Module#reseed seed} and the number
 * of passes since.
 */
public final class Dropout extends Module implements Seeded {
    private final float probability;
    private long seed;

    /** With the probability of an element to be dropped, in [0, 1). */
    public Dropout(float probability) {
        this.probability = probability;
    }

    @Override
    public void seed(long seed) {
        this.seed = seed;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return dropout(x, probability, seed++, isTraining());
    }
}
