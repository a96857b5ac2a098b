package dev.squall.nn;

import static dev.squall.op.Concat.concat;
import static dev.squall.op.SliceChannels.sliceChannels;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A convolution without bias whose channels are divided into parts, {@code [N, in, H, W]} to {@code [N, out, H', W']}: part k of the output is a
 * convolution of part k of the input, and no part sees another (Tan and Le, "MixConv: Mixed Depthwise Convolutional Kernels", 2019). The children
 * are called "0", "1" and so on. All parts have the same number of channels, and the first takes what remains.
 */
public final class MixedConv2d extends ConvolutionLayer {
    private final List<Conv2d> parts = new ArrayList<>();
    private final int[] inputs;
    private final ConvGeometry whole;

    private MixedConv2d(Backend backend, int in, int out, List<ConvGeometry> geometries, ConvGeometry whole) {
        this.whole = whole;
        inputs = divided(in, geometries.size());
        int[] outputs = divided(out, geometries.size());
        for (int k = 0; k < geometries.size(); k++) {
            Conv2d part = new Conv2d(backend, inputs[k], outputs[k], geometries.get(k), false);
            parts.add(child(Integer.toString(k), part));
        }
    }

    /** Depthwise convolutions with square kernels of different sizes, each with padding {@code kernel / 2}. */
    public static MixedConv2d depthwise(Backend backend, int channels, List<Integer> kernels, int stride) {
        int[] sizes = divided(channels, kernels.size());
        List<ConvGeometry> geometries = new ArrayList<>();
        int largest = 0;
        for (int k = 0; k < sizes.length; k++) {
            int kernel = kernels.get(k);
            geometries.add(ConvGeometry.square(kernel, stride, kernel / 2).grouped(sizes[k]));
            largest = Math.max(largest, kernel);
        }
        ConvGeometry whole = ConvGeometry.square(largest, stride, largest / 2).grouped(channels);
        return new MixedConv2d(backend, channels, channels, geometries, whole);
    }

    /** 1x1 convolutions from each part of the input to that of the output. */
    public static MixedConv2d pointwise(Backend backend, int in, int out, int parts) {
        ConvGeometry pointwise = ConvGeometry.square(1, 1, 0);
        boolean even = in % parts == 0 && out % parts == 0;
        List<ConvGeometry> geometries = Collections.nCopies(parts, pointwise);
        return new MixedConv2d(backend, in, out, geometries, even ? pointwise.grouped(parts) : pointwise);
    }

    private static int[] divided(int channels, int parts) {
        if (channels < parts) {
            throw new IllegalArgumentException(channels + " channels cannot be divided into " + parts + " parts");
        }
        int[] sizes = new int[parts];
        Arrays.fill(sizes, channels / parts);
        sizes[0] += channels % parts;
        return sizes;
    }

    @Override
    protected Tensor compute(Tensor x) {
        List<Tensor> results = new ArrayList<>();
        int from = 0;
        for (int k = 0; k < inputs.length; k++) {
            Tensor part = sliceChannels(x, from, inputs[k]);
            results.add(parts.get(k).forward(part));
            part.close();
            from += inputs[k];
        }
        return concat(results);
    }

    @Override
    public ConvGeometry geometry() {
        return whole;
    }

    @Override
    List<Conv2d> parts() {
        return Collections.unmodifiableList(parts);
    }

    @Override
    Folded fold(@Nullable NormLayer norm) {
        Tensor joined = joined();
        if (norm == null) {
            return new Folded(joined, joinedBiases());
        }
        try (joined) {
            return Conv2d.fold(joined, norm);
        }
    }

    private Tensor joinedBiases() {
        List<float[]> biases =
                parts.stream().map(part -> part.requireBias().toArray()).toList();
        float[] all = new float[biases.stream().mapToInt(bias -> bias.length).sum()];
        int from = 0;
        for (float[] bias : biases) {
            System.arraycopy(bias, 0, all, from, bias.length);
            from += bias.length;
        }
        return Tensor.buffer(Backend.of(parts.getFirst().weight()), Shape.of(all.length), all);
    }

    /** The weights of all parts as those of one convolution: each kernel in the middle of one as large as the largest, zeros where a part sees nothing. */
    private Tensor joined() {
        int rows = parts.stream().mapToInt(part -> part.weight().shape().dim(0)).sum();
        int columns =
                parts.stream().mapToInt(part -> part.weight().shape().dim(1)).sum();
        boolean grouped = whole.groups() > 1;
        int kernel = whole.kernelH();
        Shape shape = Shape.of(rows, grouped ? parts.getFirst().weight().shape().dim(1) : columns, kernel, kernel);
        float[] values = new float[shape.elements()];
        int row = 0;
        int column = 0;
        for (Conv2d part : parts) {
            Shape small = part.weight().shape();
            float[] weights = part.weight().toArray();
            int margin = (kernel - small.dim(2)) / 2;
            for (int i = 0; i < weights.length; i++) {
                int x = i % small.dim(3);
                int y = i / small.dim(3) % small.dim(2);
                int c = i / (small.dim(3) * small.dim(2)) % small.dim(1);
                int k = i / (small.dim(3) * small.dim(2) * small.dim(1));
                int at = (row + k) * shape.dim(1) + c + (grouped ? 0 : column);
                values[(at * kernel + margin + y) * kernel + margin + x] = weights[i];
            }
            row += small.dim(0);
            column += small.dim(1);
        }
        return Tensor.buffer(Backend.of(parts.getFirst().weight()), shape, values);
    }
}
