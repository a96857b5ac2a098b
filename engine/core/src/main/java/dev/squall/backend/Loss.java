package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Softmax and the cross entropy on it. */
public interface Loss {
    /**
     * y = exp(x - m) / sum of exp(x - m) along a dimension, with m the largest element there; any rank.
     *
     * @param y may be x
     */
    default void softmax(Storage x, int dimension, Storage y) {
        if (x.shape().rank() == 2 && dimension == 1) {
            softmax(x, y);
            return;
        }
        try (Temporaries temporaries = new Temporaries(x)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Reduction reduction = temporaries.backend().reduction();
            int[] dimensions = {dimension};
            Storage perVector = temporaries.reduced(x, dimension);
            reduction.reduce(Reduction.Kind.MAX, x, dimensions, perVector);
            elementwise.binary(Binary.SUBTRACT, x, perVector, y);
            elementwise.unary(Unary.EXP, y, y);
            reduction.reduce(Reduction.Kind.SUM, y, dimensions, perVector);
            elementwise.binary(Binary.DIVIDE, y, perVector, y);
        }
    }

    /** dx = y * (dy - sum of dy * y along the dimension); dx may be dy. */
    default void softmaxBackward(Storage y, Storage dy, int dimension, Storage dx) {
        if (y.shape().rank() == 2 && dimension == 1) {
            softmaxBackward(y, dy, dx);
            return;
        }
        try (Temporaries temporaries = new Temporaries(y)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Storage product = temporaries.like(y);
            Storage perVector = temporaries.reduced(y, dimension);
            elementwise.binary(Binary.MULTIPLY, dy, y, product);
            temporaries.backend().reduction().reduce(Reduction.Kind.SUM, product, new int[] {dimension}, perVector);
            elementwise.binary(Binary.SUBTRACT, dy, perVector, dx);
            elementwise.binary(Binary.MULTIPLY, dx, y, dx);
        }
    }

    /** y = x - m - ln(sum of exp(x - m)) along a dimension, with m the largest element there; any rank; y may be x. */
    default void logSoftmax(Storage x, int dimension, Storage y) {
        try (Temporaries temporaries = new Temporaries(x)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Reduction reduction = temporaries.backend().reduction();
            int[] dimensions = {dimension};
            Storage perVector = temporaries.reduced(x, dimension);
            Storage exponentials = temporaries.like(x);
            reduction.reduce(Reduction.Kind.MAX, x, dimensions, perVector);
            elementwise.binary(Binary.SUBTRACT, x, perVector, y);
            elementwise.unary(Unary.EXP, y, exponentials);
            reduction.reduce(Reduction.Kind.SUM, exponentials, dimensions, perVector);
            elementwise.unary(Unary.LOG, perVector, perVector);
            elementwise.binary(Binary.SUBTRACT, y, perVector, y);
        }
    }

    /** dx = dy - exp(y) * sum of dy along the dimension; dx may be dy. */
    default void logSoftmaxBackward(Storage y, Storage dy, int dimension, Storage dx) {
        try (Temporaries temporaries = new Temporaries(y)) {
            Elementwise elementwise = temporaries.backend().elementwise();
            Storage product = temporaries.like(y);
            Storage perVector = temporaries.reduced(y, dimension);
            temporaries.backend().reduction().reduce(Reduction.Kind.SUM, dy, new int[] {dimension}, perVector);
            elementwise.unary(Unary.EXP, y, product);
            elementwise.binary(Binary.MULTIPLY, product, perVector, product);
            elementwise.binary(Binary.SUBTRACT, dy, product, dx);
        }
    }

    /** Over the channels of {@code [N, C]}: y[n, c] = exp(x[n, c] - m) / sum over c of exp(x[n, c] - m), with m the row's maximum; y may be x. */
    void softmax(Storage x, Storage y);

    /** Likewise: dx = y * (dy - sum over c of dy * y); dx may be dy. */
    void softmaxBackward(Storage y, Storage dy, Storage dx);

    /**
     * Cross entropy against target probabilities, mean over the batch, and its gradient in the same pass:
     *
     * <pre>
     * loss = 1/N sum over n, c of -t[n, c] log softmax(x)[n, c]
     * dx[n, c] = (softmax(x)[n, c] * sum over c of t[n, c] - t[n, c]) / N
     * </pre>
     *
     * @param loss one element
     */
    void crossEntropy(Storage x, Storage targets, Storage loss, Storage dx);
}
