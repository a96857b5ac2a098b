package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** {@link Normalisation}, channel by channel, with the variance from the squared distances to the mean. */
final class ReferenceNormalisation implements Normalisation {
    @Override
    public void statistics(Storage x, Storage mean, Storage variance) {
        float[] from = values(x);
        Channel all = Channel.of(x.shape());
        for (int c = 0; c < all.channels; c++) {
            double sum = 0;
            for (int i = 0; i < all.size; i++) {
                sum += from[all.index(c, i)];
            }
            double m = sum / all.size;
            double squares = 0;
            for (int i = 0; i < all.size; i++) {
                double distance = from[all.index(c, i)] - m;
                squares += distance * distance;
            }
            values(mean)[c] = (float) m;
            values(variance)[c] = (float) (squares / all.size);
        }
    }

    @Override
    public void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        float[] from = values(x);
        float[] to = values(y);
        Channel all = Channel.of(x.shape());
        for (int c = 0; c < all.channels; c++) {
            double m = values(mean)[c];
            double scale = gamma(norm, values(weight)[c]) * inverseDeviation(norm, values(variance)[c]);
            double b = values(bias)[c];
            for (int i = 0; i < all.size; i++) {
                int at = all.index(c, i);
                to[at] = (float) Functions.apply(norm.activation(), (from[at] - m) * scale + b);
            }
        }
    }

    @Override
    public void backward(
            Storage x,
            Storage mean,
            Storage variance,
            Storage weight,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        float[] input = values(x);
        float[] upstream = values(dy);
        Channel all = Channel.of(x.shape());
        double[] normalised = new double[all.size];
        double[] gradient = new double[all.size];
        for (int c = 0; c < all.channels; c++) {
            double m = values(mean)[c];
            double inverse = inverseDeviation(norm, values(variance)[c]);
            for (int i = 0; i < all.size; i++) {
                int at = all.index(c, i);
                normalised[i] = (input[at] - m) * inverse;
                gradient[i] = upstream[at];
            }
            finish(normalised, gradient, c, inverse, weight, norm, batchStatistics, dx, dweight, dbias);
        }
    }

    @Override
    public void backwardFromOutput(
            Storage y,
            Storage variance,
            Storage weight,
            Storage bias,
            Storage dy,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        float[] output = values(y);
        float[] upstream = values(dy);
        double slope = switch (norm.activation().kind()) {
            case IDENTITY -> 1;
            case LEAKY_RELU -> norm.activation().slope();
            default ->
                throw new UnsupportedOperationException(
                        "an in-place normalisation can invert identity and leaky ReLU, not " + norm.activation());
        };
        Channel all = Channel.of(y.shape());
        double[] normalised = new double[all.size];
        double[] gradient = new double[all.size];
        for (int c = 0; c < all.channels; c++) {
            double gamma = gamma(norm, values(weight)[c]);
            double b = values(bias)[c];
            for (int i = 0; i < all.size; i++) {
                int at = all.index(c, i);
                boolean positive = output[at] >= 0;
                double z = positive ? output[at] : output[at] / slope;
                normalised[i] = (z - b) / gamma;
                gradient[i] = positive ? upstream[at] : upstream[at] * slope;
            }
            double inverse = inverseDeviation(norm, values(variance)[c]);
            finish(normalised, gradient, c, inverse, weight, norm, batchStatistics, dx, dweight, dbias);
        }
    }

    /** The common end of both: from xhat and dy of one channel to the three derivatives. */
    private static void finish(
            double[] normalised,
            double[] gradient,
            int c,
            double inverseDeviation,
            Storage weight,
            Norm norm,
            boolean batchStatistics,
            Storage dx,
            Storage dweight,
            Storage dbias) {
        double sum = 0;
        double dot = 0;
        for (int i = 0; i < gradient.length; i++) {
            sum += gradient[i];
            dot += gradient[i] * normalised[i];
        }
        float w = values(weight)[c];
        double scale = gamma(norm, w) * inverseDeviation;
        double meanGradient = batchStatistics ? sum / gradient.length : 0;
        double meanDot = batchStatistics ? dot / gradient.length : 0;
        Channel all = Channel.of(dx.shape());
        for (int i = 0; i < gradient.length; i++) {
            values(dx)[all.index(c, i)] = (float) (scale * (gradient[i] - meanGradient - normalised[i] * meanDot));
        }
        values(dweight)[c] = (float) (norm.absoluteWeight() && w < 0 ? -dot : dot);
        values(dbias)[c] = (float) sum;
    }

    private static double gamma(Norm norm, float weight) {
        return norm.absoluteWeight() ? Math.abs(weight) + (double) norm.epsilon() : weight;
    }

    private static double inverseDeviation(Norm norm, float variance) {
        return 1 / Math.sqrt((double) variance + norm.epsilon());
    }

    /** Numbers the {@code size} = N H W elements of a channel, images in order. */
    private record Channel(int channels, int plane, int size) {
        static Channel of(Shape shape) {
            return new Channel(shape.channels(), shape.plane(), shape.batch() * shape.plane());
        }

        int index(int c, int i) {
            return (i / plane * channels + c) * plane + i % plane;
        }
    }
}
