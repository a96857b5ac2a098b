package dev.squall.bench.peers;

import static dev.squall.bench.peers.OnnxWriter.attribute;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.OnnxWriter.Message;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.bench.peers.Weights.Folded;
import java.util.ArrayList;
import java.util.List;

/** Writes a network in evaluation mode as an ONNX model, norms folded into the convolutions, as PyTorch's exporter does. */
final class OnnxProgram implements Operations<OnnxProgram.Value> {
    /** The name of the model's input. */
    static final String IMAGES = "images";

    private final OnnxWriter writer = new OnnxWriter();
    private final Weights weights;

    /** The name of images in the model. */
    record Value(String name, int channels) {}

    private OnnxProgram(Weights weights) {
        this.weights = weights;
    }

    /** The model of {@code graph} for images of {@code shape}. */
    static byte[] model(Weights weights, Graph graph, long[] shape) {
        OnnxProgram program = new OnnxProgram(weights);
        Value logits = graph.apply(program, new Value(IMAGES, (int) shape[1]));
        return program.writer.finish(IMAGES, shape, logits.name, new long[] {shape[0], logits.channels});
    }

    @Override
    public Value spaceToDepth(Value x) {
        return node("SpaceToDepth", 16 * x.channels, List.of(x.name), attribute("blocksize", 4L));
    }

    @Override
    public Value convolution(Value x, Layer layer) {
        return activated(linear(x, layer, 0), layer.activation());
    }

    private Value linear(Value x, Layer layer, int from) {
        Folded folded = weights.folded(layer, from);
        String name = layer.convolution();
        return conv(
                x,
                weights.channels(layer),
                layer.geometry(),
                writer.constant(name + ".weight", folded.weight()),
                writer.constant(name + ".bias", folded.bias()));
    }

    @Override
    public Value mixed(Value x, Mixed layer) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        int to = 0;
        for (int k = 0; k < layer.geometries().size(); k++) {
            int channels = layer.channels().get(k);
            String name = layer.convolution() + "." + k;
            Value part = node(
                    "Slice",
                    channels,
                    List.of(
                            x.name,
                            writer.constant(name + ".from", (long) from),
                            writer.constant(name + ".to", (long) from + channels),
                            writer.constant(name + ".axes", 1L)));
            Value result = linear(part, layer.part(k), to);
            parts.add(result.name);
            from += channels;
            to += result.channels;
        }
        return activated(node("Concat", to, parts, attribute("axis", 1L)), layer.activation());
    }

    private Value conv(Value x, int channels, ConvGeometry g, String weight, String bias) {
        return node(
                "Conv",
                channels,
                List.of(x.name, weight, bias),
                attribute("kernel_shape", g.kernelH(), g.kernelW()),
                attribute("strides", g.strideH(), g.strideW()),
                attribute("pads", g.padH(), g.padW(), g.padH(), g.padW()),
                attribute("group", (long) g.groups()));
    }

    private Value activated(Value x, Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY -> x;
            case RELU -> node("Relu", x.channels, List.of(x.name));
            case LEAKY_RELU -> node("LeakyRelu", x.channels, List.of(x.name), attribute("alpha", activation.slope()));
            case SIGMOID -> node("Sigmoid", x.channels, List.of(x.name));
            case SILU ->
                node(
                        "Mul",
                        x.channels,
                        List.of(x.name, activated(x, Activation.SIGMOID).name));
            case HARD_SIGMOID ->
                node(
                        "HardSigmoid",
                        x.channels,
                        List.of(x.name),
                        attribute("alpha", 1f / 6),
                        attribute("beta", 0.5f));
            case HARD_SWISH -> node("HardSwish", x.channels, List.of(x.name));
            case RELU6, TANH, GELU, GELU_TANH -> throw new IllegalArgumentException("no network here has " + activation);
        };
    }

    @Override
    public Value convolutionAddRelu(Value x, Layer layer, Value residual) {
        return addRelu(convolution(x, layer), residual);
    }

    @Override
    public Value blur(Value x) {
        String pads = writer.constant("pads" + x.name, 0, 0, 1, 1, 0, 0, 1, 1);
        Value padded = node("Pad", x.channels, List.of(x.name, pads), attribute("mode", "reflect"));
        ConvGeometry geometry = ConvGeometry.square(3, 2, 0).grouped(x.channels);
        String kernel = writer.constant("blur" + x.name, Weights.blurKernel(x.channels));
        String bias = writer.constant("zero" + x.name, new Constant(new float[x.channels], x.channels));
        return conv(padded, x.channels, geometry, kernel, bias);
    }

    @Override
    public Value averagePool(Value x) {
        return node(
                "AveragePool",
                x.channels,
                List.of(x.name),
                attribute("kernel_shape", 2, 2),
                attribute("strides", 2, 2));
    }

    @Override
    public Value maxPool(Value x) {
        return node(
                "MaxPool",
                x.channels,
                List.of(x.name),
                attribute("kernel_shape", 3, 3),
                attribute("strides", 2, 2),
                attribute("pads", 1, 1, 1, 1));
    }

    @Override
    public Value squeezeExcitation(Value x, Gate gate) {
        Value squeezed = node("GlobalAveragePool", x.channels, List.of(x.name));
        Value hidden = activated(pointwise(squeezed, gate.first()), gate.activation());
        Value factors = activated(pointwise(hidden, gate.second()), gate.gate());
        return node("Mul", x.channels, List.of(x.name, factors.name));
    }

    @Override
    public Value pointwise(Value x, String name, Activation activation) {
        Constant weight = weights.constant(name + ".weight");
        int channels = Math.toIntExact(weight.shape()[0]);
        Value y = node(
                "Gemm",
                channels,
                List.of(
                        x.name,
                        writer.constant(name + ".weight", new Constant(weight.values(), channels, x.channels)),
                        writer.constant(name + ".bias", weights.constant(name + ".bias"))),
                attribute("transB", 1L));
        return activated(y, activation);
    }

    @Override
    public Value add(Value x, Value residual) {
        return node("Add", x.channels, List.of(x.name, residual.name));
    }

    private Value pointwise(Value x, String name) {
        Constant bias = weights.constant(name + ".bias");
        return conv(
                x,
                bias.values().length,
                ConvGeometry.square(1, 1, 0),
                writer.constant(name + ".weight", weights.constant(name + ".weight")),
                writer.constant(name + ".bias", bias));
    }

    @Override
    public Value addRelu(Value x, Value residual) {
        return activated(add(x, residual), Activation.RELU);
    }

    @Override
    public Value globalAverage(Value x) {
        Value averages = node("GlobalAveragePool", x.channels, List.of(x.name));
        return node("Flatten", x.channels, List.of(averages.name));
    }

    @Override
    public Value linear(Value x, String name) {
        Constant bias = weights.constant(name + ".bias");
        return node(
                "Gemm",
                bias.values().length,
                List.of(
                        x.name,
                        writer.constant(name + ".weight", weights.constant(name + ".weight")),
                        writer.constant(name + ".bias", bias)),
                attribute("transB", 1L));
    }

    private Value node(String operation, int channels, List<String> inputs, Message... attributes) {
        return new Value(writer.node(operation, inputs, attributes), channels);
    }
}
