package dev.squall.onnx;

import static dev.squall.onnx.OnnxGraph.attribute;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Norm;
import dev.squall.backend.PoolGeometry;
import dev.squall.onnx.schema.Onnx.AttributeProto;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What each primitive is in ONNX's standard operators. A method has the name and the parameters of the primitive that it translates; where one is missing, {@link
 * RecordingBackend} says so.
 */
final class Translation {
    private final OnnxGraph graph;

    Translation(OnnxGraph graph) {
        this.graph = graph;
    }

    private String name(Storage storage) {
        return ((RecordedStorage) storage).name(graph);
    }

    private void define(Storage out, String name) {
        ((RecordedStorage) out).setName(name);
    }

    private void define(Storage out, String operation, List<String> inputs, AttributeProto... attributes) {
        define(out, graph.node(operation, inputs, attributes));
    }

    // Convolution.

    void forward(Storage x, Storage w, ConvGeometry g, Epilogue epilogue, Storage y) {
        List<String> inputs = new ArrayList<>(List.of(name(x), name(w)));
        if (epilogue.bias() != null) {
            inputs.add(name(epilogue.bias()));
        }
        String sum = graph.node(
                "Conv",
                inputs,
                attribute("kernel_shape", g.kernelH(), g.kernelW()),
                attribute("strides", g.strideH(), g.strideW()),
                attribute("pads", g.padH(), g.padW(), g.padH(), g.padW()),
                attribute("dilations", g.dilationH(), g.dilationW()),
                attribute("group", (long) g.groups()));
        if (epilogue.residual() != null) {
            sum = graph.node("Add", List.of(sum, name(epilogue.residual())));
        }
        define(y, activated(epilogue.activation(), sum));
    }

    private String activated(Activation f, String x) {
        return switch (f.kind()) {
            case IDENTITY -> x;
            case RELU -> graph.node("Relu", List.of(x));
            case LEAKY_RELU -> graph.node("LeakyRelu", List.of(x), attribute("alpha", f.slope()));
            case SIGMOID -> graph.node("Sigmoid", List.of(x));
            case TANH -> graph.node("Tanh", List.of(x));
            case SILU -> graph.node("Mul", List.of(x, graph.node("Sigmoid", List.of(x))));
            case HARD_SWISH -> graph.node("HardSwish", List.of(x));
            case HARD_SIGMOID ->
                graph.node("HardSigmoid", List.of(x), attribute("alpha", 1f / 6), attribute("beta", 0.5f));
            case RELU6 -> graph.node("Clip", List.of(x, number(0), number(6)));
            // x/2 (1 + erf(x / sqrt 2)) and x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
            case GELU -> gelu(x, graph.node("Erf", List.of(scaled(Math.sqrt(0.5), x))));
            case GELU_TANH -> {
                String cube = graph.node("Mul", List.of(x, graph.node("Mul", List.of(x, x))));
                String inner = graph.node("Add", List.of(x, scaled(0.044715, cube)));
                yield gelu(x, graph.node("Tanh", List.of(scaled(Math.sqrt(2 / Math.PI), inner))));
            }
        };
    }

    private String gelu(String x, String function) {
        return graph.node("Mul", List.of(scaled(0.5, x), graph.node("Add", List.of(function, number(1)))));
    }

    private String number(double value) {
        return graph.constant("number", new float[] {(float) value});
    }

    private String scaled(double alpha, String x) {
        return alpha == 1 ? x : graph.node("Mul", List.of(x, number(alpha)));
    }

    // Elements.

    void activate(Activation f, Storage x, Storage out) {
        define(out, activated(f, name(x)));
    }

    void copy(Storage x, Storage out) {
        define(out, name(x));
    }

    /** The first dimension stays what it is where it is the number of images. */
    void reshape(Storage x, Storage out) {
        long[] extents = extents(out.shape());
        if (extents.length > 0 && x.shape().rank() > 0 && x.shape().dim(0) == extents[0]) {
            extents[0] = 0;
        }
        define(out, "Reshape", List.of(name(x), graph.constant("shape", extents)));
    }

    private static long[] extents(Shape shape) {
        return Arrays.stream(shape.toArray()).asLongStream().toArray();
    }

    void scale(float alpha, Storage x, Storage out) {
        define(out, scaled(alpha, name(x)));
    }

    void axpby(float alpha, Storage x, float beta, Storage y, Storage out) {
        define(out, "Add", List.of(scaled(alpha, name(x)), scaled(beta, name(y))));
    }

    void multiply(Storage x, Storage y, Storage out) {
        define(out, "Mul", List.of(name(x), name(y)));
    }

    void addRelu(Storage x, Storage y, Storage out) {
        define(out, "Relu", List.of(graph.node("Add", List.of(name(x), name(y)))));
    }

    void exciteAddRelu(Storage x, Storage s, Storage y, Storage out) {
        String excited = graph.node("Mul", List.of(name(x), perChannel(s, x)));
        define(out, "Relu", List.of(graph.node("Add", List.of(excited, name(y)))));
    }

    void multiplyChannels(Storage x, Storage s, Storage out) {
        define(out, "Mul", List.of(name(x), perChannel(s, x)));
    }

    void addChannels(Storage x, Storage s, Storage out) {
        define(out, "Add", List.of(name(x), perChannel(s, x)));
    }

    /** One value for each channel in a shape that broadcasts to that of {@code x}. */
    private String perChannel(Storage s, Storage x) {
        int rank = x.shape().rank();
        if (s.shape().rank() == rank || (rank == 2 && s.shape().rank() == 1)) {
            return name(s);
        }
        boolean eachImage = s.shape().rank() > 1;
        long[] shape = {eachImage ? 0 : 1, x.shape().channels(), 1, 1};
        return graph.node("Reshape", List.of(name(s), graph.constant("shape", Arrays.copyOf(shape, rank))));
    }

    /** A slice, or a part of what is joined along the channels, which is complete when all parts have come. */
    void copyChannels(Storage x, int fromChannel, Storage out, int toChannel, int count) {
        String part = count == x.shape().channels()
                ? name(x)
                : graph.node(
                        "Slice",
                        List.of(
                                name(x),
                                graph.constant("starts", new long[] {fromChannel}),
                                graph.constant("ends", new long[] {fromChannel + (long) count}),
                                graph.constant("axes", new long[] {1})));
        if (count == out.shape().channels()) {
            define(out, part);
            return;
        }
        Map<Integer, String> parts = ((RecordedStorage) out).parts();
        parts.put(toChannel, part);
        define(out, "Concat", List.copyOf(parts.values()), attribute("axis", 1L));
    }

    // Pooling.

    /** Padded by reflection, then a convolution of each channel with the binomial kernel. */
    void blur(Storage x, Storage y) {
        int channels = x.shape().channels();
        String padded = graph.node(
                "Pad", List.of(name(x), graph.constant("pads", 0, 0, 1, 1, 0, 0, 1, 1)), attribute("mode", "reflect"));
        float[] kernel = new float[9 * channels];
        float[] line = {0.25f, 0.5f, 0.25f};
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = line[i / 3 % 3] * line[i % 3];
        }
        define(
                y,
                "Conv",
                List.of(padded, graph.constant("blur", kernel, channels, 1, 3, 3)),
                attribute("kernel_shape", 3, 3),
                attribute("strides", 2, 2),
                attribute("group", (long) channels));
    }

    void spaceToDepth(Storage x, int block, Storage y) {
        define(y, "SpaceToDepth", List.of(name(x)), attribute("blocksize", (long) block));
    }

    void globalAverage(Storage x, Storage y) {
        String average = graph.node("GlobalAveragePool", List.of(name(x)));
        define(y, y.shape().rank() == 2 ? graph.node("Flatten", List.of(average)) : average);
    }

    void average(Storage x, PoolGeometry g, Storage y) {
        define(
                y,
                graph.node(
                        "AveragePool",
                        List.of(name(x)),
                        window(g, attribute("count_include_pad", g.countPadding() ? 1L : 0L))));
    }

    void max(Storage x, PoolGeometry g, Storage y) {
        define(y, graph.node("MaxPool", List.of(name(x)), window(g)));
    }

    private static AttributeProto[] window(PoolGeometry g, AttributeProto... more) {
        List<AttributeProto> attributes = new ArrayList<>(List.of(
                attribute("kernel_shape", g.kernelH(), g.kernelW()),
                attribute("strides", g.strideH(), g.strideW()),
                attribute("pads", g.padH(), g.padW(), g.padH(), g.padW()),
                attribute("ceil_mode", g.ceilMode() ? 1L : 0L)));
        attributes.addAll(List.of(more));
        return attributes.toArray(AttributeProto[]::new);
    }

    // Products and norms.

    void matmul(Storage a, boolean transposeA, Storage b, boolean transposeB, Storage c) {
        define(
                c,
                "Gemm",
                List.of(name(a), name(b)),
                attribute("transA", transposeA ? 1L : 0L),
                attribute("transB", transposeB ? 1L : 0L));
    }

    /** A norm that no convolution took in: one factor and one summand for each channel. */
    void apply(Storage x, Storage mean, Storage variance, Storage weight, Storage bias, Norm norm, Storage y) {
        float[] means = ((RecordedStorage) mean).values();
        float[] variances = ((RecordedStorage) variance).values();
        float[] factors = ((RecordedStorage) weight).values().clone();
        float[] summands = ((RecordedStorage) bias).values().clone();
        for (int c = 0; c < factors.length; c++) {
            double gamma = norm.absoluteWeight() ? Math.abs(factors[c]) + (double) norm.epsilon() : factors[c];
            double factor = gamma / Math.sqrt(variances[c] + (double) norm.epsilon());
            factors[c] = (float) factor;
            summands[c] = (float) (summands[c] - factor * means[c]);
        }
        long[] shape = x.shape().rank() == 4 ? new long[] {1, factors.length, 1, 1} : new long[] {1, factors.length};
        String scaled = graph.node("Mul", List.of(name(x), graph.constant("scale", factors, shape)));
        String shifted = graph.node("Add", List.of(scaled, graph.constant("shift", summands, shape)));
        define(y, activated(norm.activation(), shifted));
    }
}
