package dev.squall.train;

import dev.squall.data.DataLoader;

/**
 * The settings of a training beside network, data, optimizer and schedule.
 *
 * @param epochs how often every image is seen
 * @param labelSmoothing which part of the target is spread evenly over all classes, in [0, 1)
 * @param clipNorm the largest norm of the gradient of a step; 0 for no limit
 * @param accumulation how many batches make one step
 * @param averageDecay the decay of the moving average of the weights, which then is what is evaluated and stored; 0 for none
 * @param seed decides everything random in the forward pass
 */
public record TrainingConfig(
        int epochs, float labelSmoothing, float clipNorm, int accumulation, float averageDecay, long seed) {
    public TrainingConfig {
        if (epochs < 1 || accumulation < 1) {
            throw new IllegalArgumentException("a training needs at least one epoch and one batch for each step, got "
                    + epochs + " and " + accumulation);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)
                || !(averageDecay >= 0 && averageDecay < 1)
                || !(clipNorm >= 0)) {
            throw new IllegalArgumentException(
                    "label smoothing and average decay must lie in [0, 1) and the gradient norm from 0 on," + " got "
                            + labelSmoothing + ", " + averageDecay + " and " + clipNorm);
        }
    }

    /** Nothing but epochs and a seed. */
    public static TrainingConfig of(int epochs, long seed) {
        return new TrainingConfig(epochs, 0, 0, 1, 0, seed);
    }

    public TrainingConfig withLabelSmoothing(float labelSmoothing) {
        return new TrainingConfig(epochs, labelSmoothing, clipNorm, accumulation, averageDecay, seed);
    }

    public TrainingConfig withClipNorm(float clipNorm) {
        return new TrainingConfig(epochs, labelSmoothing, clipNorm, accumulation, averageDecay, seed);
    }

    public TrainingConfig withAccumulation(int accumulation) {
        return new TrainingConfig(epochs, labelSmoothing, clipNorm, accumulation, averageDecay, seed);
    }

    public TrainingConfig withAverageDecay(float averageDecay) {
        return new TrainingConfig(epochs, labelSmoothing, clipNorm, accumulation, averageDecay, seed);
    }

    /** The number of optimizer steps that a training on {@code loader} takes, which schedules ask for. */
    public int steps(DataLoader loader) {
        return Math.multiplyExact(epochs, Math.ceilDiv(loader.batches(), accumulation));
    }
}
