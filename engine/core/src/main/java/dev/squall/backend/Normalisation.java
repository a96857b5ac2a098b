package dev.squall.backend;

import dev.squall.tensor.Storage;

/**
 * Batch normalisation over images {@code [N, C, H, W]} (or {@code [N, C]}); all other operands are {@code [C]}. See {@link Norm} for the formula.
 * Beside it, what layer normalisation needs.
 */
public interface Normalisation {
    /** The mean and the biased variance (divided by n = N H W) of each channel. */
    void statistics(Storage x, Storage mean, Storage variance);

    /** The same, and moves running statistics towards them; x has more than one value for each channel. */
    default void statistics(Storage x, Storage mean, Storage variance, Running running) {
        statistics(x, mean, variance);
        running.move(x, mean, variance);
    }

    /**
     * Running statistics, which move towards those of each batch of n = N H W values for each channel:
     *
     * <pre>
     * mean     = (1 - momentum) * mean + momentum * batch mean
     * variance = (1 - momentum) * variance + momentum * n / (n - 1) * batch variance
     * </pre>
     *
     * @param mean {@code [C]}
     * @param variance {@code [C]}, unbiased
     * @param momentum the weight of the newest batch
     */
    record Running(Storage mean, Storage variance, float momentum) {
        /** The factor of the batch's variance, which makes it unbiased too, where {@code x} is the batch. */
        public float varianceMomentum(Storage x) {
            int n = x.shape().batch() * x.shape().plane();
            return (float) ((double) momentum * n / (n - 1));
        }

        /** Moves them, for a backend that has no pass of its own for that. */
        public void move(Storage x, Storage batchMean, Storage batchVariance) {
            Elementwise elementwise = ((Backend) x.memory()).elementwise();
            elementwise.axpby(1 - momentum, mean, momentum, batchMean, mean);
            elementwise.axpby(1 - momentum, variance, varianceMomentum(x), batchVariance, variance);
        }
    }

    /** {@link #statistics} and {@link #apply} with them, for training; y may be x. */
    default void normalise(
            Storage x,
            Storage mean,
            Storage variance,
            Running running,
            Storage weight,
            Storage bias,
            Norm norm,
            Storage y) {
        statistics(x, mean, variance, running);
        apply(x, mean, variance, weight, bias, norm, y);
    }

    /** y = f(normalised x); y may be x. */
    default void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        try (ComposedNorm composed = new ComposedNorm(x, norm)) {
            composed.apply(x, mean, variance, weight, bias, y);
        }
    }

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
    default void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        try (ComposedNorm composed = new ComposedNorm(y, norm)) {
            composed.backwardFromOutput(y, variance, weight, bias, dy, batchStatistics, dx, dweight, dbias);
        }
    }

    /**
     * y = (x - mean) / sqrt(variance + epsilon) with the mean and the biased variance over some dimensions, any rank: what layer normalisation scales
     * and shifts.
     *
     * @param dimensions as in {@link Reduction#reduce}
     * @param inverse 1 / sqrt(variance + epsilon), with 1s for the dimensions
     * @param y not x
     */
    default void standardise(Storage x, int[] dimensions, float epsilon, Storage inverse, Storage y) {
        try (Temporaries temporaries = new Temporaries(x)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Reduction reduction = temporaries.backend().reduction();
            Storage squares = temporaries.like(x);
            reduction.reduce(Reduction.Kind.MEAN, x, dimensions, inverse);
            elementwise.binary(Binary.SUBTRACT, x, inverse, y);
            // Far from zero the mean is rounded to a float that may be a deviation away, which shows as a mean of what
            // was centred.
            reduction.reduce(Reduction.Kind.MEAN, y, dimensions, inverse);
            elementwise.binary(Binary.SUBTRACT, y, inverse, y);
            elementwise.binary(Binary.MULTIPLY, y, y, squares);
            reduction.reduce(Reduction.Kind.MEAN, squares, dimensions, inverse);
            elementwise.unary(Unary.linear(1, epsilon), inverse, inverse);
            elementwise.unary(Unary.power(-0.5f), inverse, inverse);
            elementwise.binary(Binary.MULTIPLY, y, inverse, y);
        }
    }

    /**
     * dx = inverse * (dy - mean of dy - y * mean of dy * y), the means over the dimensions.
     *
     * @param dx neither y nor dy
     */
    default void standardiseBackward(Storage y, Storage inverse, Storage dy, int[] dimensions, Storage dx) {
        try (Temporaries temporaries = new Temporaries(y)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Reduction reduction = temporaries.backend().reduction();
            Storage perVector = temporaries.like(inverse);
            elementwise.binary(Binary.MULTIPLY, dy, y, dx);
            reduction.reduce(Reduction.Kind.MEAN, dx, dimensions, perVector);
            elementwise.binary(Binary.MULTIPLY, y, perVector, dx);
            elementwise.binary(Binary.SUBTRACT, dy, dx, dx);
            reduction.reduce(Reduction.Kind.MEAN, dy, dimensions, perVector);
            elementwise.binary(Binary.SUBTRACT, dx, perVector, dx);
            elementwise.binary(Binary.MULTIPLY, dx, inverse, dx);
        }
    }
}
