package dev.squall.train;

import dev.squall.tensor.Tensor;

/** What a training makes small. */
@FunctionalInterface
public interface Loss {
    /**
     * The loss of one batch.
     *
     * @param outputs what the network gave, {@code [N, classes]} for one that classifies
     * @param labels N classes
     * @return a scalar, the mean over the batch, with its way back recorded
     */
    Tensor of(Tensor outputs, int[] labels);

    /**
     * Cross entropy with the labels.
     *
     * @param smoothing which part of the target is spread evenly over all classes, in [0, 1)
     */
    static Loss crossEntropy(double smoothing) {
        return new SmoothedCrossEntropy(smoothing);
    }

    /** See {@link #crossEntropy}. */
    record SmoothedCrossEntropy(double smoothing) implements Loss {
        @Override
        public Tensor of(Tensor outputs, int[] labels) {
            return dev.squall.op.CrossEntropy.crossEntropy(outputs, labels, (float) smoothing);
        }
    }
}
