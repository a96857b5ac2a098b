package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Storage;

/** {@link Reduction}, in row-major order. */
final class ReferenceReduction implements Reduction {
    @Override
    public void sum(Storage x, Storage out) {
        double sum = 0;
        for (float v : values(x)) {
            sum += v;
        }
        values(out)[0] = (float) sum;
    }

    @Override
    public void dot(Storage x, Storage y, Storage out) {
        float[] first = values(x);
        float[] second = values(y);
        double sum = 0;
        for (int i = 0; i < first.length; i++) {
            sum += (double) first[i] * second[i];
        }
        values(out)[0] = (float) sum;
    }

    @Override
    public void channelSum(Storage x, Storage out) {
        double[] sums = new double[out.shape().elements()];
        float[] from = values(x);
        int plane = x.shape().plane();
        for (int i = 0; i < from.length; i++) {
            // i / plane is n * C + c; without a batch dimension the index is c alone.
            sums[i / plane % sums.length] += from[i];
        }
        round(sums, out);
    }

    @Override
    public void channelDot(Storage x, Storage y, Storage out) {
        double[] sums = new double[out.shape().elements()];
        float[] first = values(x);
        float[] second = values(y);
        int plane = x.shape().plane();
        for (int i = 0; i < first.length; i++) {
            sums[i / plane % sums.length] += (double) first[i] * second[i];
        }
        round(sums, out);
    }

    private static void round(double[] sums, Storage out) {
        float[] to = values(out);
        for (int i = 0; i < to.length; i++) {
            to[i] = (float) sums[i];
        }
    }
}
