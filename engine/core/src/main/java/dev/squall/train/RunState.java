package dev.squall.train;

/**
 * How far a run has come, beside its tensors.
 *
 * @param epochs completed
 * @param steps of the optimizer
 * @param averageUpdates of the moving average
 * @param top1 after the last epoch
 * @param loss after the last epoch
 * @param bestTop1 after any epoch
 * @param bestEpoch that epoch, counted from 1; 0 before the first
 * @param trainedImages all in all
 * @param trainSeconds without validation and checkpoints
 * @param seconds with them
 */
record RunState(
        int epochs,
        int steps,
        int averageUpdates,
        double top1,
        double loss,
        double bestTop1,
        int bestEpoch,
        long trainedImages,
        double trainSeconds,
        double seconds) {
    static final RunState START = new RunState(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Whether the last epoch's top-1 is the highest so far. */
    boolean isBest() {
        return bestEpoch == epochs;
    }

    double imagesPerSecond() {
        return trainedImages / trainSeconds;
    }
}
