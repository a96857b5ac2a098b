package dev.squall.optim;

/**
 * Linearly up to {@code rate} in {@code warmUpSteps} steps, then along a cosine down to {@code finalRate} at the last step.
 *
 * @param steps the number of steps of the whole training, warm-up included
 */
public record CosineWithWarmUp(float rate, int warmUpSteps, int steps, float finalRate) implements Schedule {
    public CosineWithWarmUp {
        if (warmUpSteps < 0 || steps <= warmUpSteps) {
            throw new IllegalArgumentException(
                    "the warm-up must be shorter than the " + steps + " steps of the training, got " + warmUpSteps);
        }
    }

    @Override
    public float learningRate(int step) {
        if (step < warmUpSteps) {
            return rate * (step + 1) / warmUpSteps;
        }
        int length = steps - 1 - warmUpSteps;
        return (float)
                CosineAnnealing.between(rate, finalRate, length > 0 ? (double) (step - warmUpSteps) / length : 0);
    }
}
