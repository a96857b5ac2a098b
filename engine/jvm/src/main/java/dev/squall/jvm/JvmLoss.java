package dev.squall.jvm;

import dev.squall.backend.Loss;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.tensor.Storage;

/** Row by row in double precision: there are few logits beside all the features before them. */
final class JvmLoss implements Loss {

    @Override
    public void softmax(Storage x, Storage y) {
        int classes = x.shape().channels();
        for (int n = 0; n < x.shape().batch(); n++) {
            double[] row = row(x, n);
            softmax(row);
            for (int c = 0; c < classes; c++) {
                set(y, n, c, row[c]);
            }
        }
    }

    private static double largest(double[] row) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : row) {
            max = Math.max(max, value);
        }
        return max;
    }

    /** Replaces logits by probabilities; returns the logarithm of the sum of exp(logit - the largest). */
    private static double softmax(double[] row) {
        double max = largest(row);
        double sum = 0;
        for (int c = 0; c < row.length; c++) {
            row[c] = Math.exp(row[c] - max);
            sum += row[c];
        }
        for (int c = 0; c < row.length; c++) {
            row[c] /= sum;
        }
        return Math.log(sum);
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, Storage dx) {
        for (int n = 0; n < y.shape().batch(); n++) {
            double[] probabilities = row(y, n);
            double[] gradient = row(dy, n);
            double dot = 0;
            for (int c = 0; c < gradient.length; c++) {
                dot += gradient[c] * probabilities[c];
            }
            for (int c = 0; c < gradient.length; c++) {
                set(dx, n, c, probabilities[c] * (gradient[c] - dot));
            }
        }
    }

    @Override
    public void crossEntropy(Storage x, Storage targets, Storage loss, Storage dx) {
        int batch = x.shape().batch();
        double total = 0;
        for (int n = 0; n < batch; n++) {
            double[] logits = row(x, n);
            double[] probabilities = logits.clone();
            double logSum = softmax(probabilities);
            double max = largest(logits);
            double[] target = row(targets, n);
            double weight = 0;
            for (int c = 0; c < target.length; c++) {
                weight += target[c];
                // Not max + logSum: beside a maximum of 1e38 the logarithm would vanish.
                total += target[c] * (logSum - (logits[c] - max));
            }
            for (int c = 0; c < target.length; c++) {
                set(dx, n, c, (probabilities[c] * weight - target[c]) / batch);
            }
        }
        Lanes.set(JvmStorage.of(loss).address(), (float) (total / batch));
    }

    private static double[] row(Storage x, int n) {
        double[] row = new double[x.shape().channels()];
        long address = address(x, n);
        for (int c = 0; c < row.length; c++) {
            row[c] = Lanes.get(address + (long) c * Float.BYTES);
        }
        return row;
    }

    private static void set(Storage x, int n, int c, double value) {
        Lanes.set(address(x, n) + (long) c * Float.BYTES, (float) value);
    }

    private static long address(Storage x, int n) {
        return JvmStorage.of(x).address() + (long) n * x.shape().channels() * Float.BYTES;
    }
}
