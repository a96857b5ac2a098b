package dev.squall.train;

import dev.squall.data.Batch;
import java.util.Arrays;

/** Counts right and wrong predictions, and sums the loss, over some batches. */
final class Predictions {
    private static final int FIVE = 5;

    private final int[][] confusion;
    private double lossSum;
    private int images;
    private int correct;
    private int amongFive;

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
            float[] ofImage = Arrays.copyOfRange(logits, n * classes, (n + 1) * classes);
            int predicted = mostLikely(ofImage);
            int label = batch.labels()[n];
            confusion[label][predicted]++;
            if (predicted == label) {
                correct++;
            }
            if (rank(label, ofImage) < FIVE) {
                amongFive++;
            }
        }
        lossSum += (double) loss * batch.size();
        images += batch.size();
    }

    /** The class with the highest of {@code values}, the first of several. */
    static int mostLikely(float[] values) {
        int most = 0;
        for (int c = 1; c < values.length; c++) {
            if (values[c] > values[most]) {
                most = c;
            }
        }
        return most;
    }

    /** How many classes come before {@code label}; a NaN is no answer, and any class comes before it. */
    private static int rank(int label, float[] values) {
        int before = 0;
        for (int c = 0; c < values.length; c++) {
            boolean behind = c < label ? values[c] < values[label] : values[c] <= values[label];
            if (c != label && !behind) {
                before++;
            }
        }
        return before;
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
        return new Evaluation(accuracy(), (double) amongFive / images, loss(), images, seconds, confusion);
    }
}
