package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * {@link Convolution} as the sums that define it. The sums of one row are formed side by side, because a loop along a row is what the
 * just-in-time compiler turns into vector instructions. Channels or images run in parallel; no sum is split among threads.
 */
final class ReferenceConvolution implements Convolution {
    @Override
    public void forward(Storage x, Storage w, ConvGeometry geometry, Epilogue epilogue, Storage y) {
        Loops l = new Loops(x.shape(), w.shape(), y.shape(), geometry);
        float[] image = values(x);
        float[] weights = values(w);
        float[] result = values(y);
        IntStream.range(0, l.batch * l.outChannels).parallel().forEach(nk -> {
            int n = nk / l.outChannels;
            int k = nk % l.outChannels;
            double[] sums = new double[l.outWidth];
            for (int i = 0; i < l.outHeight; i++) {
                Arrays.fill(sums, bias(epilogue, k));
                for (int c = 0; c < l.groupChannels; c++) {
                    for (int a = 0; a < l.kernelH; a++) {
                        if (l.rows[a].contains(i)) {
                            int row = l.inputRow(n, l.firstChannel(k) + c, l.rows[a].input(i));
                            for (int b = 0; b < l.kernelW; b++) {
                                addToOutputs(weights[l.weight(k, c, a, b)], image, row, l.columns[b], sums);
                            }
                        }
                    }
                }
                finish(sums, epilogue, result, l.outputRow(n, k, i));
            }
        });
    }

    /** sums[j] += weight * x[row + j * stride + offset]. */
    private static void addToOutputs(double weight, float[] x, int row, Window columns, double[] sums) {
        int start = row + columns.offset();
        if (columns.stride() == 1) {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j] += weight * x[start + j];
            }
        } else {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j] += weight * x[start + j * columns.stride()];
            }
        }
    }

    private static double bias(Epilogue epilogue, int k) {
        return epilogue.bias() == null ? 0 : values(epilogue.bias())[k];
    }

    private static void finish(double[] sums, Epilogue epilogue, float[] y, int row) {
        Activation f = epilogue.activation();
        for (int j = 0; j < sums.length; j++) {
            double residual = epilogue.residual() == null ? 0 : values(epilogue.residual())[row + j];
            y[row + j] = (float) Functions.apply(f, sums[j] + residual);
        }
    }

    @Override
    public void backwardInput(Storage dy, Storage w, ConvGeometry geometry, Storage dx) {
        Loops l = new Loops(dx.shape(), w.shape(), dy.shape(), geometry);
        float[] weights = values(w);
        float[] outputGradient = values(dy);
        float[] inputGradient = values(dx);
        IntStream.range(0, l.batch * l.inChannels).parallel().forEach(nc -> {
            int n = nc / l.inChannels;
            int channel = nc % l.inChannels;
            int c = channel % l.groupChannels;
            int firstOutput = channel / l.groupChannels * l.groupOutputs;
            double[] sums = new double[l.inWidth];
            for (int h = 0; h < l.inHeight; h++) {
                Arrays.fill(sums, 0);
                for (int k = firstOutput; k < firstOutput + l.groupOutputs; k++) {
                    for (int a = 0; a < l.kernelH; a++) {
                        int i = Math.floorDiv(h - l.rows[a].offset(), l.rows[a].stride());
                        if (l.rows[a].contains(i) && l.rows[a].input(i) == h) {
                            int row = l.outputRow(n, k, i);
                            for (int b = 0; b < l.kernelW; b++) {
                                addToInputs(weights[l.weight(k, c, a, b)], outputGradient, row, l.columns[b], sums);
                            }
                        }
                    }
                }
                int row = l.inputRow(n, channel, h);
                for (int j = 0; j < sums.length; j++) {
                    inputGradient[row + j] = (float) sums[j];
                }
            }
        });
    }

    /** sums[j * stride + offset] += weight * dy[row + j]. */
    private static void addToInputs(double weight, float[] dy, int row, Window columns, double[] sums) {
        int offset = columns.offset();
        if (columns.stride() == 1) {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j + offset] += weight * dy[row + j];
            }
        } else {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j * columns.stride() + offset] += weight * dy[row + j];
            }
        }
    }

    @Override
    public void backwardWeight(Storage x, Storage dy, ConvGeometry geometry, Storage dw) {
        Loops l = new Loops(x.shape(), dw.shape(), dy.shape(), geometry);
        float[] image = values(x);
        float[] outputGradient = values(dy);
        float[] weightGradient = values(dw);
        IntStream.range(0, l.outChannels).parallel().forEach(k -> {
            double[] sums = new double[l.outWidth];
            for (int c = 0; c < l.groupChannels; c++) {
                for (int a = 0; a < l.kernelH; a++) {
                    for (int b = 0; b < l.kernelW; b++) {
                        Arrays.fill(sums, 0);
                        for (int n = 0; n < l.batch; n++) {
                            for (int i = l.rows[a].from(); i < l.rows[a].to(); i++) {
                                int row = l.inputRow(n, l.firstChannel(k) + c, l.rows[a].input(i));
                                addProducts(outputGradient, l.outputRow(n, k, i), image, row, l.columns[b], sums);
                            }
                        }
                        weightGradient[l.weight(k, c, a, b)] = (float) Arrays.stream(sums).sum();
                    }
                }
            }
        });
    }

    /** sums[j] += dy[outputRow + j] * x[inputRow + j * stride + offset]. */
    private static void addProducts(float[] dy, int outputRow, float[] x, int inputRow, Window columns, double[] sums) {
        int start = inputRow + columns.offset();
        if (columns.stride() == 1) {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j] += (double) dy[outputRow + j] * x[start + j];
            }
        } else {
            for (int j = columns.from(); j < columns.to(); j++) {
                sums[j] += (double) dy[outputRow + j] * x[start + j * columns.stride()];
            }
        }
    }

    /** The extents of the loops, and where rows and weights lie in the arrays. */
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
        final int groupChannels;
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
            groupChannels = w.dim(1);
            groupOutputs = outChannels / g.groups();
            rows = Window.all(kernelH, inHeight, outHeight, g.strideH(), g.padH(), g.dilationH());
            columns = Window.all(kernelW, inWidth, outWidth, g.strideW(), g.padW(), g.dilationW());
        }

        /** The first input channel of output channel k's group. */
        int firstChannel(int k) {
            return k / groupOutputs * groupChannels;
        }

        int inputRow(int n, int channel, int h) {
            return ((n * inChannels + channel) * inHeight + h) * inWidth;
        }

        int outputRow(int n, int k, int i) {
            return ((n * outChannels + k) * outHeight + i) * outWidth;
        }

        int weight(int k, int c, int a, int b) {
            return ((k * groupChannels + c) * kernelH + a) * kernelW + b;
        }
    }
}
