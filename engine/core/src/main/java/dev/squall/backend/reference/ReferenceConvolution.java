package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.stream.IntStream;

/**
 * {@link Convolution} as the sums that define it. The innermost loop always runs over channels, which a copy puts side by side first: it is long
 * whatever the geometry, and the just-in-time compiler turns it into vector instructions. Rows or channels run in parallel; no sum is
 * split among threads.
 */
final class ReferenceConvolution implements Convolution {
    @Override
    public void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Loops l = new Loops(x.shape(), w.shape(), y.shape(), geometry);
        float[] image = values(x);
        float[] weights = outputsInnermost(values(w), l);
        IntStream.range(0, l.batch * l.outHeight).parallel().forEach(ni -> {
            int n = ni / l.outHeight;
            int i = ni % l.outHeight;
            double[] sums = new double[l.outWidth * l.outChannels];
            for (int channel = 0; channel < l.inChannels; channel++) {
                int firstOutput = channel / l.groupInputs * l.groupOutputs;
                for (int a = 0; a < l.kernelH; a++) {
                    if (!l.rows[a].contains(i)) {
                        continue;
                    }
                    int row = l.input(n, channel, l.rows[a].input(i), 0);
                    for (int b = 0; b < l.kernelW; b++) {
                        int from = l.tap(channel % l.groupInputs, a, b) * l.outChannels + firstOutput;
                        for (int j = l.columns[b].from(); j < l.columns[b].to(); j++) {
                            float pixel = image[row + l.columns[b].input(j)];
                            addScaled(pixel, weights, from, l.groupOutputs, sums, j * l.outChannels + firstOutput);
                        }
                    }
                }
            }
            finish(l, n, i, sums, epilogue, values(y));
        });
        epilogue.fillStatistics(y);
    }

    private static void finish(Loops l, int n, int i, double[] sums, Epilogue epilogue, float[] y) {
        float[] bias = epilogue.bias() == null ? null : values(epilogue.bias());
        float[] residual = epilogue.residual() == null ? null : values(epilogue.residual());
        for (int k = 0; k < l.outChannels; k++) {
            for (int j = 0; j < l.outWidth; j++) {
                int at = l.output(n, k, i, j);
                double sum = sums[j * l.outChannels + k];
                sum += bias == null ? 0 : bias[k];
                sum += residual == null ? 0 : residual[at];
                y[at] = (float) Functions.apply(epilogue.activation(), sum);
            }
        }
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        Loops l = new Loops(dx.shape(), w.shape(), dy.shape(), geometry);
        float[] outputGradient = values(dy);
        float[] inputGradient = values(dx);
        float[] weights = inputsInnermost(values(w), l);
        IntStream.range(0, l.batch * l.inHeight).parallel().forEach(nh -> {
            int n = nh / l.inHeight;
            int h = nh % l.inHeight;
            double[] sums = new double[l.inWidth * l.inChannels];
            for (int k = 0; k < l.outChannels; k++) {
                int firstInput = k / l.groupOutputs * l.groupInputs;
                for (int a = 0; a < l.kernelH; a++) {
                    int i = l.rows[a].output(h);
                    if (i < 0) {
                        continue;
                    }
                    int row = l.output(n, k, i, 0);
                    for (int b = 0; b < l.kernelW; b++) {
                        int from = ((k * l.kernelH + a) * l.kernelW + b) * l.groupInputs;
                        for (int j = l.columns[b].from(); j < l.columns[b].to(); j++) {
                            int to = l.columns[b].input(j) * l.inChannels + firstInput;
                            addScaled(outputGradient[row + j], weights, from, l.groupInputs, sums, to);
                        }
                    }
                }
            }
            for (int channel = 0; channel < l.inChannels; channel++) {
                for (int j = 0; j < l.inWidth; j++) {
                    inputGradient[l.input(n, channel, h, j)] = (float) sums[j * l.inChannels + channel];
                }
            }
        });
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw) {
        Loops l = new Loops(x.shape(), dw.shape(), dy.shape(), geometry);
        float[] image = values(x);
        float[] outputGradient = channelsInnermost(values(dy), dy.shape());
        IntStream.range(0, l.inChannels).parallel().forEach(channel -> {
            int firstOutput = channel / l.groupInputs * l.groupOutputs;
            double[] sums = new double[l.kernelH * l.kernelW * l.groupOutputs];
            for (int n = 0; n < l.batch; n++) {
                for (int a = 0; a < l.kernelH; a++) {
                    for (int i = l.rows[a].from(); i < l.rows[a].to(); i++) {
                        int row = l.input(n, channel, l.rows[a].input(i), 0);
                        for (int b = 0; b < l.kernelW; b++) {
                            int to = (a * l.kernelW + b) * l.groupOutputs;
                            for (int j = l.columns[b].from(); j < l.columns[b].to(); j++) {
                                float pixel = image[row + l.columns[b].input(j)];
                                int from = ((n * l.outHeight + i) * l.outWidth + j) * l.outChannels + firstOutput;
                                addScaled(pixel, outputGradient, from, l.groupOutputs, sums, to);
                            }
                        }
                    }
                }
            }
            for (int a = 0; a < l.kernelH; a++) {
                for (int b = 0; b < l.kernelW; b++) {
                    for (int k = 0; k < l.groupOutputs; k++) {
                        values(dw)[l.weight(firstOutput + k, channel % l.groupInputs, a, b)] =
                                (float) sums[(a * l.kernelW + b) * l.groupOutputs + k];
                    }
                }
            }
        });
    }

    /** sums[to + k] += factor * row[from + k] for {@code count} channels k. */
    private static void addScaled(double factor, float[] row, int from, int count, double[] sums, int to) {
        for (int k = 0; k < count; k++) {
            sums[to + k] += factor * row[from + k];
        }
    }

    /** [K, C/groups, kernelH, kernelW] to [C/groups, kernelH, kernelW, K]. */
    private static float[] outputsInnermost(float[] w, Loops l) {
        float[] result = new float[w.length];
        int taps = w.length / l.outChannels;
        for (int k = 0; k < l.outChannels; k++) {
            for (int tap = 0; tap < taps; tap++) {
                result[tap * l.outChannels + k] = w[k * taps + tap];
            }
        }
        return result;
    }

    /** [K, C/groups, kernelH, kernelW] to [K, kernelH, kernelW, C/groups]. */
    private static float[] inputsInnermost(float[] w, Loops l) {
        return channelsInnermost(w, Shape.of(l.outChannels, l.groupInputs, l.kernelH, l.kernelW));
    }

    /** [N, C, H, W] to [N, H, W, C]. */
    private static float[] channelsInnermost(float[] x, Shape shape) {
        int channels = shape.channels();
        int plane = shape.plane();
        float[] result = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            int n = i / (channels * plane);
            int c = i / plane % channels;
            result[(n * plane + i % plane) * channels + c] = x[i];
        }
        return result;
    }

    /** The extents of the loops, and where elements lie in the arrays. */
    private static final class Loops {
        final int batch;
        final int inChannels;
        final int inHeight;
        final int inWidth;
        final int outChannels;
        final int outHeight;
        final int outWidth;
        final int kernelH;
        final int kernelW;
        final int groupInputs;
        final int groupOutputs;
        final Window[] rows;
        final Window[] columns;

        Loops(Shape x, Shape w, Shape y, ConvGeometry g) {
            batch = x.batch();
            inChannels = x.channels();
            inHeight = x.height();
            inWidth = x.width();
            outChannels = y.channels();
            outHeight = y.height();
            outWidth = y.width();
            kernelH = g.kernelH();
            kernelW = g.kernelW();
            groupInputs = w.dim(1);
            groupOutputs = outChannels / g.groups();
            rows = Window.all(kernelH, inHeight, outHeight, g.strideH(), g.padH(), g.dilationH());
            columns = Window.all(kernelW, inWidth, outWidth, g.strideW(), g.padW(), g.dilationW());
        }

        int input(int n, int channel, int h, int w) {
            return ((n * inChannels + channel) * inHeight + h) * inWidth + w;
        }

        int output(int n, int k, int i, int j) {
            return ((n * outChannels + k) * outHeight + i) * outWidth + j;
        }

        int weight(int k, int c, int a, int b) {
            return k * groupInputs * kernelH * kernelW + tap(c, a, b);
        }

        /** Numbers the weights of one output channel; c counts from the first channel of its group. */
        int tap(int c, int a, int b) {
            return (c * kernelH + a) * kernelW + b;
        }
    }
}
