package dev.squall.tresnet.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether a network knows how sure it may be (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): of the images of which it
 * says 0.8, it should get 8 of 10 right.
 *
 * @param bins of equal width, from the least to the most sure, without empty ones
 * @param error the expected calibration error: the mean over the images of the distance between confidence and accuracy in their bin
 * @param confidence the mean probability that it gives its predictions
 * @param accuracy the fraction of them that are right
 */
public record Calibration(List<Bin> bins, double error, double confidence, double accuracy) {
    /** As in that paper. */
    static final int BINS = 15;

    /**
     * The images whose predictions have about the same probability.
     *
     * @param images their number
     * @param confidence the mean of these probabilities
     * @param accuracy the fraction of them that are right
     */
    public record Bin(int images, double confidence, double accuracy) {}

    /** Of at least one prediction. */
    public static Calibration of(List<Prediction> predictions) {
        int[] images = new int[BINS];
        int[] right = new int[BINS];
        double[] confidence = new double[BINS];
        for (Prediction each : predictions) {
            int bin = Math.clamp((int) Math.ceil(each.probability() * BINS) - 1, 0, BINS - 1);
            images[bin]++;
            right[bin] += each.isRight() ? 1 : 0;
            confidence[bin] += each.probability();
        }
        List<Bin> bins = new ArrayList<>();
        double error = 0;
        double sure = 0;
        int all = 0;
        for (int b = 0; b < BINS; b++) {
            if (images[b] > 0) {
                bins.add(new Bin(images[b], confidence[b] / images[b], (double) right[b] / images[b]));
                error += Math.abs(confidence[b] - right[b]) / predictions.size();
                sure += confidence[b] / predictions.size();
                all += right[b];
            }
        }
        return new Calibration(List.copyOf(bins), error, sure, (double) all / predictions.size());
    }

    /** In a sentence. */
    String verdict() {
        double excess = confidence - accuracy;
        String often = String.format(
                Locale.ROOT,
                "it gives its answers a probability of %.1f %% on average, and %.1f %% of them are right",
                100 * confidence,
                100 * accuracy);
        if (Math.abs(excess) < 0.01) {
            return "The network is about as sure as it may be: " + often + ".";
        }
        return "The network is " + (excess > 0 ? "too sure of itself: " : "less sure of itself than it could be: ")
                + often + ".";
    }
}
