package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Cross entropy between the softmax of logits and targets, mean over the batch: {@code loss = 1/N sum over n,c of -t[n,c] log softmax(x)[n,c]};
 * {@code dx = dloss * (softmax(x) * sum over c of t - t) / N}, computed in the forward pass already.
 */
public final class CrossEntropy {
    private CrossEntropy() {}

    /**
     * Cross entropy against class labels, smoothed: {@code t[n,c] = (1 - s) [c = label n] + s / C} with s the smoothing (Szegedy et al.,
     * "Rethinking the Inception Architecture", section 7).
     *
     * @param x logits {@code [N, C]}
     * @param labels N classes, each from 0 to C - 1
     * @param smoothing from 0, no smoothing, up to but not including 1
     * @return the loss, a scalar
     */
    public static Tensor crossEntropy(Tensor x, int[] labels, float smoothing) {
        Check.features("crossEntropy", x);
        int batch = x.shape().batch();
        int classes = x.shape().channels();
        if (labels.length != batch) {
            throw new IllegalArgumentException(
                    "crossEntropy needs one label for each of the " + batch + " rows of logits, got " + labels.length);
        }
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("crossEntropy needs a label smoothing in [0, 1), got " + smoothing);
        }
        float[] targets = new float[batch * classes];
        Arrays.fill(targets, smoothing / classes);
        for (int n = 0; n < batch; n++) {
            if (labels[n] < 0 || labels[n] >= classes) {
                throw new IllegalArgumentException("crossEntropy needs labels from 0 to " + (classes - 1) + ", got "
                        + labels[n] + " at position " + n);
            }
            targets[n * classes + labels[n]] += 1 - smoothing;
        }
        try (Tensor t = Tensor.fromArray(Backend.of(x), x.shape(), targets)) {
            return crossEntropy(x, t);
        }
    }

    /**
     * Cross entropy against target probabilities.
     *
     * @param x logits {@code [N, C]}
     * @param targets {@code [N, C]}, usually with rows that sum to 1; no gradient flows to them
     * @return the loss, a scalar
     */
    public static Tensor crossEntropy(Tensor x, Tensor targets) {
        Check.features("crossEntropy", x);
        Check.sameShape("crossEntropy", x, targets);
        Backend backend = Backend.of(x);
        Tensor loss = Tensor.empty(backend, Shape.SCALAR);
        try (Tensor gradient = x.like()) {
            backend.loss().crossEntropy(x.storage(), targets.storage(), loss.storage(), gradient.storage());
            return Autograd.record("crossEntropy", loss, List.of(x), List.of(gradient), dloss -> {
                backend.elementwise().scaleBy(dloss.storage(), 1f, gradient.storage(), gradient.storage());
                return new Tensor[] {gradient.detach()};
            });
        }
    }
}
