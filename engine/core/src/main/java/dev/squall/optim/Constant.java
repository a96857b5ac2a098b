package dev.squall.optim;

/**
 * The same learning rate throughout, but for a linear rise at the beginning.
 *
 * @param warmUpSteps how many steps rise; 0 for none
 */
public record Constant(float rate, int warmUpSteps) implements Schedule {
    public Constant {
        if (warmUpSteps < 0) {
            throw new IllegalArgumentException("a warm-up must not be negative, got " + warmUpSteps + " steps");
        }
    }

    /** Without a warm-up. */
    public Constant(float rate) {
        this(rate, 0);
    }

    @Override
    public float learningRate(int step) {
        return step < warmUpSteps ? rate * (step + 1) / warmUpSteps : rate;
    }
}
