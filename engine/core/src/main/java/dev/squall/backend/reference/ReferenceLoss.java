package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Loss;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** {@link Loss}, row by row. */
final class ReferenceLoss implements Loss {
    @Override
    public void softmax(Storage x, Storage y) {
        Shape shape = x.shape();
        for (int n = 0; n < shape.batch(); n++) {
            double[] logs = logSoftmax(x, n);
            for (int c = 0; c < logs.length; c++) {
                values(y)[n * logs.length + c] = (float) Math.exp(logs[c]);
            }
        }
    }

    @Override
    public void softmaxBackward(Storage y, Storage dy, Storage dx) {
        float[] output = values(y);
        float[] upstream = values(dy);
        int classes = y.shape().channels();
        for (int row = 0; row < output.length; row += classes) {
            double dot = 0;
            for (int i = row; i < row + classes; i++) {
                dot += (double) upstream[i] * output[i];
            }
            for (int i = row; i < row + classes; i++) {
                values(dx)[i] = (float) (output[i] * (upstream[i] - dot));
            }
        }
    }

    @Override
    public void crossEntropy(Storage x, Storage targets, Storage loss, Storage dx) {
        Shape shape = x.shape();
        int classes = shape.channels();
        float[] target = values(targets);
        double total = 0;
        for (int n = 0; n < shape.batch(); n++) {
            double[] logs = logSoftmax(x, n);
            double mass = 0;
            for (int c = 0; c < classes; c++) {
                mass += target[n * classes + c];
                total -= target[n * classes + c] * logs[c];
            }
            for (int c = 0; c < classes; c++) {
                double gradient = Math.exp(logs[c]) * mass - target[n * classes + c];
                values(dx)[n * classes + c] = (float) (gradient / shape.batch());
            }
        }
        values(loss)[0] = (float) (total / shape.batch());
    }

    /** log softmax of row n: x - m - log(sum of exp(x - m)), with m the maximum so that nothing overflows. */
    private static double[] logSoftmax(Storage x, int n) {
        int classes = x.shape().channels();
        double[] row = new double[classes];
        double maximum = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            row[c] = values(x)[n * classes + c];
            maximum = Math.max(maximum, row[c]);
        }
        double sum = 0;
        for (double v : row) {
            sum += Math.exp(v - maximum);
        }
        double logSum = Math.log(sum);
        for (int c = 0; c < classes; c++) {
            // Not both at once: beside a maximum of 1e38 the logarithm would vanish.
            row[c] = row[c] - maximum - logSum;
        }
        return row;
    }
}
