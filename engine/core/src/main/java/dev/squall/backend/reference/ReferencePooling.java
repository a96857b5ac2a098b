package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.PoolGeometry;
import dev.squall.backend.Pooling;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** {@link Pooling}, plane by plane. Backward passes scatter into a plane of doubles. */
final class ReferencePooling implements Pooling {
    @Override
    public void globalAverage(Storage x, Storage y) {
        float[] from = values(x);
        float[] to = values(y);
        int size = x.shape().plane();
        for (int plane = 0; plane < to.length; plane++) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += from[plane * size + i];
            }
            to[plane] = (float) (sum / size);
        }
    }

    @Override
    public void globalAverageBackward(Storage dy, Storage dx) {
        float[] from = values(dy);
        float[] to = values(dx);
        int size = dx.shape().plane();
        for (int i = 0; i < to.length; i++) {
            to[i] = from[i / size] / size;
        }
    }

    @Override
    public void average(Storage x, PoolGeometry geometry, Storage y) {
        Shape in = x.shape();
        Shape out = y.shape();
        float[] from = values(x);
        float[] to = values(y);
        for (int plane = 0; plane < planes(in); plane++) {
            for (int i = 0; i < out.height(); i++) {
                for (int j = 0; j < out.width(); j++) {
                    Pixels pixels = Pixels.under(geometry, in, i, j);
                    double sum = 0;
                    for (int h = pixels.top; h < pixels.bottom; h++) {
                        for (int w = pixels.left; w < pixels.right; w++) {
                            sum += from[index(in, plane, h, w)];
                        }
                    }
                    int divisor = geometry.divisor(in.height(), in.width(), i, j);
                    to[index(out, plane, i, j)] = (float) (sum / divisor);
                }
            }
        }
    }

    @Override
    public void averageBackward(Storage dy, PoolGeometry geometry, Storage dx) {
        Shape in = dx.shape();
        Shape out = dy.shape();
        float[] from = values(dy);
        double[] sums = new double[in.plane()];
        for (int plane = 0; plane < planes(in); plane++) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < out.height(); i++) {
                for (int j = 0; j < out.width(); j++) {
                    Pixels pixels = Pixels.under(geometry, in, i, j);
                    int divisor = geometry.divisor(in.height(), in.width(), i, j);
                    double share = (double) from[index(out, plane, i, j)] / divisor;
                    for (int h = pixels.top; h < pixels.bottom; h++) {
                        for (int w = pixels.left; w < pixels.right; w++) {
                            sums[h * in.width() + w] += share;
                        }
                    }
                }
            }
            round(sums, dx, plane);
        }
    }

    @Override
    public void max(Storage x, PoolGeometry geometry, Storage y) {
        Shape in = x.shape();
        Shape out = y.shape();
        float[] from = values(x);
        float[] to = values(y);
        for (int plane = 0; plane < planes(in); plane++) {
            for (int i = 0; i < out.height(); i++) {
                for (int j = 0; j < out.width(); j++) {
                    to[index(out, plane, i, j)] = from[maximum(from, in, plane, Pixels.under(geometry, in, i, j))];
                }
            }
        }
    }

    @Override
    public void maxBackward(Storage x, Storage dy, PoolGeometry geometry, Storage dx) {
        Shape in = x.shape();
        Shape out = dy.shape();
        float[] from = values(dy);
        double[] sums = new double[in.plane()];
        for (int plane = 0; plane < planes(in); plane++) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < out.height(); i++) {
                for (int j = 0; j < out.width(); j++) {
                    int winner = maximum(values(x), in, plane, Pixels.under(geometry, in, i, j));
                    sums[winner - plane * in.plane()] += from[index(out, plane, i, j)];
                }
            }
            round(sums, dx, plane);
        }
    }

    /** The index of the first maximum, or of the last NaN, so that one does not go unseen. */
    private static int maximum(float[] x, Shape in, int plane, Pixels pixels) {
        int best = index(in, plane, pixels.top, pixels.left);
        for (int h = pixels.top; h < pixels.bottom; h++) {
            for (int w = pixels.left; w < pixels.right; w++) {
                int candidate = index(in, plane, h, w);
                if (x[candidate] > x[best] || Float.isNaN(x[candidate])) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    /** The pixels of the image that a window covers: rows top to bottom - 1, columns left to right - 1. */
    private record Pixels(int top, int bottom, int left, int right) {
        static Pixels under(PoolGeometry g, Shape image, int i, int j) {
            int h = i * g.strideH() - g.padH();
            int w = j * g.strideW() - g.padW();
            return new Pixels(
                    Math.max(h, 0),
                    Math.min(h + g.kernelH(), image.height()),
                    Math.max(w, 0),
                    Math.min(w + g.kernelW(), image.width()));
        }
    }

    private static int planes(Shape shape) {
        return shape.batch() * shape.channels();
    }

    private static int index(Shape shape, int plane, int h, int w) {
        return (plane * shape.height() + h) * shape.width() + w;
    }

    private static void round(double[] sums, Storage dx, int plane) {
        float[] to = values(dx);
        for (int i = 0; i < sums.length; i++) {
            to[plane * sums.length + i] = (float) sums[i];
        }
    }
}
