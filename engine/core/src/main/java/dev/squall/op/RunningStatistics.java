package dev.squall.op;

import dev.squall.backend.Normalisation;
import dev.squall.tensor.Tensor;

/**
 * Mean and variance of each channel over past batches, by which evaluation normalises:
 *
 * <pre>
 * mean     = (1 - momentum) * mean + momentum * batch mean
 * variance = (1 - momentum) * variance + momentum * n / (n - 1) * batch variance
 * </pre>
 *
 * with n = N H W. (PyTorch's momentum; the original paper's is 1 less this one.)
 *
 * @param mean {@code [C]}, a buffer, initially 0
 * @param variance {@code [C]}, a buffer, initially 1
 * @param momentum the weight of the newest batch, usually 0.1
 */
public record RunningStatistics(Tensor mean, Tensor variance, float momentum) {

    /** For a backend to move towards those of a batch. */
    Normalisation.Running written(String op) {
        return new Normalisation.Running(mean.overwrite(op), variance.overwrite(op), momentum);
    }
}
