package dev.squall.train;

import dev.squall.data.Batch;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.TreeSum;
import java.util.Arrays;

/** Counts right and wrong predictions, and sums the loss, over some batches. */
final class PredictionCounts {
    private static final int FIVE = 5;

    private final int[][] confusion;
    private double lossSum;
    private int images;
    private int correct;
    private int amongFive;

    PredictionCounts(int classes) {
        confusion = new int[classes][classes];
    }

    /** Goes on after {@code part} of an epoch; which classes were confused in it is not known any more. */
    PredictionCounts(int classes, RunState.EpochPart part) {
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

    /** Takes in what was counted elsewhere; which classes were confused in it is not known here. */
    void add(int images, int correct, double lossSum) {
        this.images += images;
        this.correct += correct;
        this.lossSum += lossSum;
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

    /**
     * Those of all workers, as one worker alone would have them.
     *
     * @param losses the mean over each batch that was this worker's, 0 for others
     * @param sizes the images of each batch that was this worker's, 0 for others
     */
    PredictionCounts shared(Communicator communicator, float[] losses, int[] sizes) {
        int classes = confusion.length;
        float[] mine = new float[2 * losses.length + classes * classes + 1];
        System.arraycopy(losses, 0, mine, 0, losses.length);
        for (int i = 0; i < sizes.length; i++) {
            mine[losses.length + i] = sizes[i];
        }
        for (int c = 0; c < classes * classes; c++) {
            mine[2 * losses.length + c] = confusion[c / classes][c % classes];
        }
        mine[mine.length - 1] = amongFive;
        // Of every loss all terms but one are 0, and numbers of images are whole: the order of these sums plays no
        // part.
        TreeSum sum = new TreeSum(communicator.size(), mine.length);
        sum.add(communicator.rank(), mine);
        float[] all = communicator.sum(sum);
        PredictionCounts shared = new PredictionCounts(classes);
        for (int i = 0; i < losses.length; i++) {
            int images = Math.round(all[losses.length + i]);
            shared.add(images, 0, (double) all[i] * images);
        }
        for (int c = 0; c < classes * classes; c++) {
            shared.confusion[c / classes][c % classes] = Math.round(all[2 * losses.length + c]);
        }
        for (int c = 0; c < classes; c++) {
            shared.correct += shared.confusion[c][c];
        }
        shared.amongFive = Math.round(all[all.length - 1]);
        return shared;
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
