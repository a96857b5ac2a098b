package dev.squall.op;

import dev.squall.backend.Backend;
import dev.squall.tensor.Storage;
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

    /** Moves both towards those of a batch of {@code n} values for each channel. */
    void update(String op, Storage batchMean, Storage batchVariance, int n) {
        Backend backend = Backend.of(mean);
        Storage runningMean = mean.overwrite(op);
        backend.elementwise().axpby(1 - momentum, runningMean, momentum, batchMean, runningMean);
        Storage runningVariance = variance.overwrite(op);
        float unbiased = (float) ((double) momentum * n / (n - 1));
        backend.elementwise().axpby(1 - momentum, runningVariance, unbiased, batchVariance, runningVariance);
    }
}
