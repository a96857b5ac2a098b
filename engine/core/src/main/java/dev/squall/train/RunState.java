package dev.squall.train;

import dev.squall.optim.LossScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far a run has come, beside its tensors.
 *
 * @param epochs completed
 * @param part what is done of the next one
 * @param steps of the optimizer
 * @param averageUpdates of the moving average
 * @param top1 after the last epoch
 * @param loss after the last epoch
 * @param bestTop1 after any epoch
 * @param bestEpoch that epoch, counted from 1; 0 before the first
 * @param trainedImages in all completed epochs
 * @param trainSeconds the same, without validation and checkpoints
 * @param seconds all in all, with them
 * @param metrics of the completed epochs
 * @param lossScale in mixed precision with a scale, else null
 */
record RunState(
        int epochs,
        EpochPart part,
        int steps,
        int averageUpdates,
        double top1,
        double loss,
        double bestTop1,
        int bestEpoch,
        long trainedImages,
        double trainSeconds,
        double seconds,
        List<EpochMetrics> metrics,
        LossScale.@Nullable State lossScale) {
    static final RunState START = new RunState(0, EpochPart.NOTHING, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of(), null);

    RunState {
        metrics = List.copyOf(metrics);
        Objects.requireNonNull(part, "part");
    }

    /** The same in the middle of the next epoch. */
    RunState within(
            EpochPart part, int steps, int averageUpdates, double seconds, LossScale.@Nullable State lossScale) {
        return new RunState(
                epochs,
                part,
                steps,
                averageUpdates,
                top1,
                loss,
                bestTop1,
                bestEpoch,
                trainedImages,
                trainSeconds,
                seconds,
                metrics,
                lossScale);
    }

    /** The same if the weights of the best epoch are lost: whatever comes next is the best. */
    RunState withoutBest() {
        return new RunState(
                epochs,
                part,
                steps,
                averageUpdates,
                top1,
                loss,
                0,
                0,
                trainedImages,
                trainSeconds,
                seconds,
                metrics,
                lossScale);
    }

    /** The same if they are lost, and those of the last epoch, which has just ended, take their place. */
    RunState withLastAsBest() {
        return new RunState(
                epochs,
                part,
                steps,
                averageUpdates,
                top1,
                loss,
                top1,
                epochs,
                trainedImages,
                trainSeconds,
                seconds,
                metrics,
                lossScale);
    }

    /** The same with another row of metrics. */
    RunState with(EpochMetrics row) {
        List<EpochMetrics> rows = new ArrayList<>(metrics);
        rows.add(row);
        return new RunState(
                epochs,
                part,
                steps,
                averageUpdates,
                top1,
                loss,
                bestTop1,
                bestEpoch,
                trainedImages,
                trainSeconds,
                seconds,
                rows,
                lossScale);
    }

    /** Whether the last epoch's top-1 is the highest so far. */
    boolean isBest() {
        return bestEpoch == epochs;
    }

    double imagesPerSecond() {
        return trainedImages / trainSeconds;
    }

    /**
     * Whether these figures can be those of a run; a damaged file may say anything.
     *
     * @param epochsOfRun the most epochs
     * @param batches of one epoch
     */
    boolean isPossible(int epochsOfRun, int batches) {
        return epochs >= 0
                && epochs <= epochsOfRun
                && part.isPossible(epochs < epochsOfRun ? batches : 0)
                && steps >= 0
                && steps <= (long) epochs * batches + part.batches()
                && averageUpdates >= 0
                && averageUpdates <= steps
                && top1 >= 0
                && top1 <= 1
                && bestTop1 >= 0
                && bestTop1 <= 1
                && bestEpoch >= 0
                && bestEpoch <= epochs
                && trainedImages >= 0
                && isTime(trainSeconds)
                && isTime(seconds)
                && metrics.size() == epochs
                && (lossScale == null || lossScale.isPossible());
    }

    private static boolean isTime(double seconds) {
        return seconds >= 0 && Double.isFinite(seconds);
    }

    /**
     * What is done of an epoch that is not complete.
     *
     * @param batches taken from the loader
     * @param images in them
     * @param skipped steps that were not taken, because something was not finite
     * @param counted images whose loss and prediction are in the sums
     * @param correct of those
     * @param lossSum over those
     * @param seconds spent
     */
    record EpochPart(int batches, int images, int skipped, int counted, int correct, double lossSum, double seconds) {
        static final EpochPart NOTHING = new EpochPart(0, 0, 0, 0, 0, 0, 0);

        /** Nothing was counted, but so many batches are not to be taken any more. */
        static EpochPart beginningAt(int batches) {
            return new EpochPart(batches, 0, 0, 0, 0, 0, 0);
        }

        boolean isPossible(int most) {
            return batches >= 0
                    && batches <= most
                    && skipped >= 0
                    && skipped <= batches
                    && images >= batches
                    && counted >= 0
                    && counted <= images
                    && correct >= 0
                    && correct <= counted
                    && Double.isFinite(lossSum)
                    && isTime(seconds);
        }
    }
}
