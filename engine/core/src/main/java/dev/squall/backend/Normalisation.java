package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Batch normalisation over images {@code [N, C, H, W]} (or {@code [N, C]}); all other operands are {@code [C]}. See {@link Norm} for the formula. */
public interface Normalisation {
    /** The mean and the biased variance (divided by n = N H W) of each channel. */
    void statistics(Storage x, Storage mean, Storage variance);

    /** y = f(normalised x); y may be x. */
    void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y);

    /**
     * The derivatives of {@link #apply} with an identity activation, from the input x. With g = gamma / sqrt(variance + epsilon) and
     * xhat = (x - mean) / sqrt(variance + epsilon):
     *
     * <pre>
     * dbias = sum dy,  s = sum dy * xhat,  dweight = s (-s if gamma is |weight| + epsilon and weight is below 0)
     * dx = g * (dy - dbias/n - xhat * s/n)   if the statistics are the batch's
     * dx = g * dy                            else
     * </pre>
     *
     * @param dx may be dy
     */
    void backward(
            Storage x,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias);

    /**
     * The same from the output y, of which x is recovered: with z = y for y &ge; 0 and y / slope below, xhat = (z - bias) / gamma; and with dy
     * replaced by dy * (y &ge; 0 ? 1 : slope).
     *
     * @param dx may be dy, and may be y
     */
    void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias);
}
