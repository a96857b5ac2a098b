package dev.squall.backend;

import dev.squall.tensor.Storage;
import java.util.List;

/** Updates of many parameters at once; the lists run in parallel, one entry for each parameter. */
public interface Update {
    /**
     * Stochastic gradient descent as in PyTorch (no dampening):
     *
     * <pre>
     * g = gradient + weightDecay * parameter
     * buffer = first ? g : momentum * buffer + g        (only if momentum is not 0)
     * parameter -= learningRate * (nesterov ? g + momentum * buffer : buffer)
     * </pre>
     *
     * @param buffers empty if momentum is 0
     */
    void sgd(List<Storage> parameters, List<Storage> gradients, List<Storage> buffers, Sgd settings);

    /**
     * Adam (Kingma and Ba 2015), or AdamW (Loshchilov and Hutter 2019) if decoupled; t counts steps from 1:
     *
     * <pre>
     * decoupled: parameter *= 1 - learningRate * weightDecay;  else: g += weightDecay * parameter
     * mean = beta1 * mean + (1 - beta1) * g;  square = beta2 * square + (1 - beta2) * g^2
     * parameter -= learningRate / (1 - beta1^t) * mean / (sqrt(square / (1 - beta2^t)) + epsilon)
     * </pre>
     */
    void adam(
            List<Storage> parameters,
            List<Storage> gradients,
            List<Storage> means,
            List<Storage> squares,
            Adam settings);

    /** average = decay * average + (1 - decay) * value. */
    void interpolate(List<Storage> averages, List<Storage> values, float decay);

    /** See {@link Update#sgd}; {@code first} is true at a parameter's first step. */
    record Sgd(float learningRate, float momentum, float weightDecay, boolean nesterov, boolean first) {}

    /** See {@link Update#adam}. The betas are doubles because 1 - 0.999f has only four digits in common with 0.001. */
    record Adam(
            float learningRate,
            double beta1,
            double beta2,
            float epsilon,
            float weightDecay,
            boolean decoupled,
            int step) {}
}
