package dev.squall.train;

import dev.squall.data.Batch;

/** Counts right and wrong predictions, and sums the loss, over some batches. */
final class Predictions {
    private final int[][] confusion;
    private double lossSum;
    private int images;
    private int correct;

    Predictions(int classes) {
        confusion = new int[classes][classes];
    }

    /** Goes on after {@code part} of an epoch; which classes were confused in it is not known any more. */
    Predictions(int classes, RunState.EpochPart part) {
        this(classes);
        images = part.counted();
        correct = part.correct();
        lossSum = part.lossSum();
    }

    /**
     * Takes in one batch.
     *
     * @param logits {@code [N, C]}, row-major
     * @param loss the mean over the batch
     */
    void add(float[] logits, Batch batch, float loss) {
        int classes = logits.length / batch.size();
        for (int n = 0; n < batch.size(); n++) {
            int predicted = 0;
            for (int c = 1; c < classes; c++) {
                if (logits[n * classes + c] > logits[n * classes + predicted]) {
                    predicted = c;
                }
            }
            int label = batch.labels()[n];
            confusion[label][predicted]++;
            if (predicted == label) {
                correct++;
            }
        }
        lossSum += (double) loss * batch.size();
        images += batch.size();
    }

    int images() {
        return images;
    }

    int correct() {
        return correct;
    }

    double lossSum() {
        return lossSum;
    }

    double accuracy() {
        return (double) correct / images;
    }

    double loss() {
        return lossSum / images;
    }

    Evaluation evaluation(double seconds) {
        return new Evaluation(accuracy(), loss(), images, seconds, confusion);
    }
}
