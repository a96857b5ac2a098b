package dev.squall.train;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.squall.optim.LossScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far a run has come, beside its tensors. In a checkpoint the parts' figures stand in one row, as those of older versions do.
 *
 * @param epochs completed
 * @param part what is done of the next one
 * @param steps of the optimizer
 * @param averageUpdates of the moving average
 * @param scores after the completed epochs
 * @param effort spent on them
 * @param metrics of the completed epochs
 * @param lossScale in mixed precision with a scale, else null
 */
record RunState(
        int epochs,
        EpochPart part,
        int steps,
        int averageUpdates,
        @JsonUnwrapped Scores scores,
        @JsonUnwrapped Effort effort,
        List<EpochMetrics> metrics,
        LossScale.@Nullable State lossScale) {
    static final RunState START = new RunState(0, EpochPart.NOTHING, 0, 0, Scores.NONE, Effort.NONE, List.of(), null);

    RunState {
        metrics = List.copyOf(metrics);
        Objects.requireNonNull(part, "part");
        Objects.requireNonNull(scores, "scores");
        Objects.requireNonNull(effort, "effort");
    }

    /** The same in the middle of the next epoch. */
    RunState within(
            EpochPart part, int steps, int averageUpdates, double seconds, LossScale.@Nullable State lossScale) {
        Effort until = new Effort(effort.trainedImages, effort.trainSeconds, seconds);
        return new RunState(epochs, part, steps, averageUpdates, scores, until, metrics, lossScale);
    }

    /** The same with other scores. */
    RunState with(Scores scores) {
        return new RunState(epochs, part, steps, averageUpdates, scores, effort, metrics, lossScale);
    }

    /** The same with another row of metrics. */
    RunState with(EpochMetrics row) {
        List<EpochMetrics> rows = new ArrayList<>(metrics);
        rows.add(row);
        return new RunState(epochs, part, steps, averageUpdates, scores, effort, rows, lossScale);
    }

    /** Whether the last epoch's top-1 is the highest so far. */
    boolean isBest() {
        return scores.bestEpoch == epochs;
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
                && scores.isPossible(epochs)
                && effort.isPossible()
                && metrics.size() == epochs
                && (lossScale == null || lossScale.isPossible());
    }

    private static boolean isTime(double seconds) {
        return seconds >= 0 && Double.isFinite(seconds);
    }

    /**
     * How well the network does on the images to measure with.
     *
     * @param top1 after the last epoch
     * @param loss after the last epoch
     * @param bestTop1 after any epoch
     * @param bestEpoch that epoch, counted from 1; 0 before the first
     */
    record Scores(double top1, double loss, double bestTop1, int bestEpoch) {
        static final Scores NONE = new Scores(0, 0, 0, 0);

        /** Those after {@code epoch}, which has just been measured. */
        Scores then(int epoch, double top1, double loss) {
            boolean best = bestEpoch == 0 || top1 > bestTop1;
            return new Scores(top1, loss, best ? top1 : bestTop1, best ? epoch : bestEpoch);
        }

        /** The same if the weights of the best epoch are lost: whatever comes next is the best. */
        Scores withoutBest() {
            return new Scores(top1, loss, 0, 0);
        }

        /** The same if they are lost, and those of the last epoch, which has just ended, take their place. */
        Scores withLastAsBest(int epochs) {
            return new Scores(top1, loss, top1, epochs);
        }

        boolean isPossible(int epochs) {
            return top1 >= 0 && top1 <= 1 && bestTop1 >= 0 && bestTop1 <= 1 && bestEpoch >= 0 && bestEpoch <= epochs;
        }
    }

    /**
     * What a run has taken.
     *
     * @param trainedImages in all completed epochs
     * @param trainSeconds the same, without validation and checkpoints
     * @param seconds all in all, with them
     */
    record Effort(long trainedImages, double trainSeconds, double seconds) {
        static final Effort NONE = new Effort(0, 0, 0);

        /** With one more epoch, at whose end the run has taken {@code seconds}. */
        Effort and(EpochPart epoch, double seconds) {
            return new Effort(trainedImages + epoch.images(), trainSeconds + epoch.seconds(), seconds);
        }

        double imagesPerSecond() {
            return trainedImages / trainSeconds;
        }

        boolean isPossible() {
            return trainedImages >= 0 && isTime(trainSeconds) && isTime(seconds);
        }
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
