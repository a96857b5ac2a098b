package dev.squall.backend;

import dev.squall.tensor.Storage;

/** Softmax over the channels of {@code [N, C]} and the cross entropy on it. */
public interface Loss {
    /** y[n, c] = exp(x[n, c] - m) / sum over c of exp(x[n, c] - m), with m the row's maximum; y may be x. */
    void softmax(Storage x, Storage y);

    /** dx = y * (dy - sum over c of dy * y); dx may be dy. */
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
