package dev.squall.train;

import dev.squall.data.DataLoader;
import dev.squall.train.RunState.EpochPart;

/** How far an epoch has come, and what has been learned in it. */
final class EpochCounts {
    private final DataLoader loader;
    private final PredictionCounts predictions;
    private final double secondsBefore;
    private final long began = System.nanoTime();
    private int batches;
    private int images;
    private int skipped;
    private int skippedInARow;

    /**
     * Goes on counting.
     *
     * @param loader of the images
     * @param part what is done of the epoch
     * @param skippedInARow how many steps before were left out, since one was taken
     */
    EpochCounts(DataLoader loader, EpochPart part, int skippedInARow) {
        this.loader = loader;
        this.predictions = new PredictionCounts(loader.dataset().classes(), part);
        this.secondsBefore = part.seconds();
        this.batches = part.batches();
        this.images = part.images();
        this.skipped = part.skipped();
        this.skippedInARow = skippedInARow;
    }

    void addBatches(int number) {
        batches += number;
    }

    void addImages(int number) {
        images += number;
    }

    /** So many steps were left out. */
    void addSkipped(int steps) {
        skipped += steps;
    }

    /** The latest steps were left out too; returns how many in a row that makes. */
    int addSkippedInARow(int steps) {
        skippedInARow += steps;
        return skippedInARow;
    }

    /** A step was taken. */
    void endRow() {
        skippedInARow = 0;
    }

    /** How many batches of the epoch it has gone through. */
    int batches() {
        return batches;
    }

    /** How many images of the epoch it has gone through. */
    int images() {
        return images;
    }

    /** How many steps in a row, up to the last, were left out. */
    int skippedInARow() {
        return skippedInARow;
    }

    /** What has been learned in this epoch so far. */
    PredictionCounts predictions() {
        return predictions;
    }

    /** What is done of the epoch. */
    EpochPart part() {
        return new EpochPart(
                batches,
                images,
                skipped,
                predictions.images(),
                predictions.correct(),
                predictions.lossSum(),
                secondsBefore + seconds());
    }

    /** Since counting began here. */
    double seconds() {
        return (System.nanoTime() - began) * 1e-9;
    }

    /**
     * Requires at the end of the epoch that images could be read.
     *
     * @throws dev.squall.error.BadInputException if none could
     */
    void requireAny() {
        if (skipped == 0) {
            Evaluator.requireAny(predictions, loader);
        }
    }
}
