package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Reduction;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** {@link Reduction}, in row-major order. */
final class ReferenceReduction implements Reduction {
    @Override
    public void reduce(Kind kind, Storage x, int[] dimensions, Storage out) {
        float[] from = values(x);
        int[] target = Broadcast.indicesWithout(dimensions, x.shape());
        double[] results = new double[out.shape().elements()];
        Arrays.fill(
                results,
                switch (kind) {
                    case SUM, MEAN -> 0;
                    case MAX -> Double.NEGATIVE_INFINITY;
                    case MIN -> Double.POSITIVE_INFINITY;
                });
        for (int i = 0; i < from.length; i++) {
            double before = results[target[i]];
            results[target[i]] = switch (kind) {
                case SUM, MEAN -> before + from[i];
                case MAX -> Math.max(before, from[i]);
                case MIN -> Math.min(before, from[i]);
            };
        }
        for (int i = 0; i < results.length && kind == Kind.MEAN; i++) {
            results[i] /= (double) from.length / results.length;
        }
        round(results, out);
    }

    @Override
    public void indexOf(Kind kind, Storage x, int dimension, Storage out) {
        float[] from = values(x);
        int size = x.shape().dim(dimension);
        int step = 1;
        for (int d = dimension + 1; d < x.shape().rank(); d++) {
            step *= x.shape().dim(d);
        }
        for (int o = 0; o < out.shape().elements(); o++) {
            int first = o / step * step * size + o % step;
            int best = 0;
            for (int i = 1; i < size; i++) {
                float value = from[first + i * step];
                float leading = from[first + best * step];
                boolean leads = kind == Kind.MAX ? value > leading : value < leading;
                if (!Float.isNaN(leading) && (leads || Float.isNaN(value))) {
                    best = i;
                }
            }
            values(out)[o] = best;
        }
    }

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
