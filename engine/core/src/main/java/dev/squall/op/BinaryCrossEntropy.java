package dev.squall.op;

import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Binary cross entropy of the logistic function of logits, composed of other operations: for each element {@code -p t ln s - (1 - t) ln(1 - s)} with s the logistic
 * function of x, written {@code (1 - t) x + (1 + (p - 1) t) ln(1 + e^-x)}, in which nothing overflows and little cancels.
 */
public final class BinaryCrossEntropy {
    private BinaryCrossEntropy() {}

    /** The mean over all elements of {@code x}, logits, and {@code target}, probabilities of its shape; a scalar. */
    public static Tensor binaryCrossEntropy(Tensor x, Tensor target) {
        return Mean.mean(eachBinaryCrossEntropy(x, target, null));
    }

    /**
     * The loss of each element.
     *
     * @param x logits
     * @param target probabilities, of x's shape
     * @param positiveWeight p, what a positive target counts for beside a negative one, broadcast to x's shape; null for 1
     */
    public static Tensor eachBinaryCrossEntropy(Tensor x, Tensor target, @Nullable Tensor positiveWeight) {
        Check.that(x.shape().equals(target.shape()), "binaryCrossEntropy", "two tensors of one shape", x, target);
        Tensor negative = Multiply.multiply(Subtract.subtract(1f, target), x);
        Tensor logarithm = Softplus.softplus(Negate.negate(x));
        if (positiveWeight != null) {
            Tensor weight = Add.add(Multiply.multiply(Subtract.subtract(positiveWeight, 1f), target), 1f);
            logarithm = Multiply.multiply(weight, logarithm);
        }
        return Add.add(negative, logarithm);
    }
}
