package dev.squall.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.bench.peers.Weights.Folded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes a network in TorchScript, a line for each operation. The program's parameters are {@code x} (the images), {@code w} (what is learned)
 * and {@code b} (what is not); its weights are in {@link #learned} and {@link #constants}.
 */
final class TorchProgram implements Operations<TorchProgram.Value> {
    private final Torch torch;
    private final Weights weights;
    private final Form form;
    private final Layout layout;
    private final int batch;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, NDArray> learned = new LinkedHashMap<>();
    private final NDList constants = new NDList();

    /** How a convolution with its norm is written. */
    enum Form {
        /** A convolution with folded weights, then the activation in place. */
        INFERENCE,
        /** One operation with folded, pre-packed weights: what torch.compile makes of it on a CPU. Channels last. */
        FUSED,
        /** A convolution, a batch norm that gathers statistics, and the activation in place. */
        TRAINING,
        /** As the network is defined: a convolution, a batch norm with the running statistics, the activation. */
        EVALUATION;

        private boolean normsApart() {
            return this == TRAINING || this == EVALUATION;
        }
    }

    /**
     * A variable that holds images.
     *
     * @param side height and width; 0 for features
     */
    record Value(String name, int channels, int side) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** For networks whose state is {@code weights}. */
    TorchProgram(Torch torch, Weights weights, Form form, Layout layout, int batch) {
        this.torch = torch;
        this.weights = weights;
        this.form = form;
        this.layout = layout;
        this.batch = batch;
    }

    /** The images that the program is given. */
    static Value images(int side) {
        return new Value("x[0]", 3, side);
    }

    /** The lines so far. */
    List<String> lines() {
        return lines;
    }

    /** The tensors {@code w}, by the name of our parameter with the same gradient. */
    Map<String, NDArray> learned() {
        return learned;
    }

    /** The tensors {@code b}. */
    NDList constants() {
        return constants;
    }

    @Override
    public Value spaceToDepth(Value x) {
        int side = x.side / 4;
        String view =
                String.format(Locale.ROOT, "torch.view(%s, [%d, %d, %d, 4, %d, 4])", x, batch, x.channels, side, side);
        String moved = "torch.reshape(torch.permute(" + view + ", [0, 3, 5, 1, 2, 4]), [" + batch + ", "
                + 16 * x.channels + ", " + side + ", " + side + "])";
        int format = layout == Layout.CHANNELS_LAST ? 2 : 0;
        return assign(16 * x.channels, side, "torch.contiguous(" + moved + ", memory_format=" + format + ")");
    }

    @Override
    public Value convolution(Value x, Layer layer) {
        if (form == Form.FUSED) {
            return fused(x, layer);
        }
        return activated(convolved(x, layer), layer.activation());
    }

    private Value convolved(Value x, Layer layer) {
        if (form.normsApart()) {
            return normalised(unnormalised(x, layer), layer.norm());
        }
        if (layout == Layout.CHANNELS_LAST && TorchLinear.isNeeded(layer)) {
            return linear(x, layer, TorchLinear.UNARY_NONE, 0);
        }
        return folded(x, layer, 0);
    }

    /** A convolution whose first output is channel {@code from} of the norm in its weights. */
    private Value folded(Value x, Layer layer, int from) {
        Folded folded = weights.folded(layer, from);
        return assign(
                weights.channels(layer),
                layer.geometry().outputHeight(x.side),
                conv2d(x, constant(folded.weight()), constant(folded.bias()), layer.geometry()));
    }

    private Value unnormalised(Value x, Layer layer) {
        ConvGeometry geometry = layer.geometry();
        int channels = weights.channels(layer);
        String weight = variable(layer.convolution() + ".weight");
        boolean asLinear = layout == Layout.CHANNELS_LAST && TorchLinear.isNeeded(layer);
        return assign(
                channels,
                geometry.outputHeight(x.side),
                asLinear ? TorchLinear.plain(x, weight, channels, geometry) : conv2d(x, weight, "None", geometry));
    }

    private Value normalised(Value x, String norm) {
        return assign(
                x.channels,
                x.side,
                call(
                        "batch_norm",
                        x,
                        variable(norm + ".weight", weights.scale(norm)),
                        variable(norm + ".bias"),
                        constant(weights.constant(norm + ".running_mean")),
                        constant(weights.constant(norm + ".running_var")),
                        (form == Form.TRAINING ? "True" : "False") + ", 0.1, 1e-5, False"));
    }

    @Override
    public Value mixed(Value x, Mixed layer) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        int to = 0;
        int side = 0;
        for (int k = 0; k < layer.geometries().size(); k++) {
            int channels = layer.channels().get(k);
            Value part =
                    assign(channels, x.side, "torch.slice(" + x + ", 1, " + from + ", " + (from + channels) + ", 1)");
            Value result = form.normsApart() ? unnormalised(part, layer.part(k)) : part(part, layer.part(k), to);
            parts.add(result.name);
            from += channels;
            to += result.channels;
            side = result.side;
        }
        Value joined = assign(to, side, "torch.cat([" + String.join(", ", parts) + "], 1)");
        return activated(form.normsApart() ? normalised(joined, layer.norm()) : joined, layer.activation());
    }

    private Value part(Value x, Layer layer, int from) {
        return layout == Layout.CHANNELS_LAST && TorchLinear.isNeeded(layer)
                ? linear(x, layer, TorchLinear.UNARY_NONE, from)
                : folded(x, layer, from);
    }

    private Value activated(Value x, Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY -> x;
            case RELU -> assign(x.channels, x.side, call("relu_", x));
            case LEAKY_RELU -> assign(x.channels, x.side, call("leaky_relu_", x, activation.slope()));
            // Where a gradient needs the input, it must stay.
            case SILU -> assign(x.channels, x.side, call(form == Form.TRAINING ? "silu" : "silu_", x));
            case HARD_SWISH ->
                assign(x.channels, x.side, "torch.hardswish" + (form == Form.TRAINING ? "" : "_") + "(" + x + ")");
            case HARD_SIGMOID -> assign(x.channels, x.side, "torch.hardsigmoid(" + x + ")");
            case SIGMOID -> assign(x.channels, x.side, call("sigmoid", x));
            case RELU6, TANH, GELU, GELU_TANH ->
                throw new IllegalArgumentException("no network here has " + activation);
        };
    }

    private Value fused(Value x, Layer layer) {
        String activation = switch (layer.activation().kind()) {
            case IDENTITY -> TorchLinear.UNARY_NONE;
            case RELU -> unary("relu", "");
            case LEAKY_RELU ->
                unary("leaky_relu", Float.toString(layer.activation().slope()));
            case SILU -> unary("swish", "");
            case HARD_SWISH -> unary("hardswish", "");
            case SIGMOID, HARD_SIGMOID, RELU6, TANH, GELU, GELU_TANH ->
                throw new IllegalArgumentException("no network here has " + layer);
        };
        if (TorchLinear.isNeeded(layer)) {
            return linear(x, layer, activation, 0);
        }
        return assign(
                weights.channels(layer),
                layer.geometry().outputHeight(x.side),
                "ops.mkldnn._convolution_pointwise(" + x + ", " + packed(x, layer) + ", " + activation + ")");
    }

    private static String unary(String kind, String scalars) {
        return '"' + kind + "\", annotate(List[Optional[number]], [" + scalars + "]), \"\"";
    }

    /** A 1x1 convolution as a fully connected layer, see {@link TorchLinear}. */
    private Value linear(Value x, Layer layer, String activation, int from) {
        Folded folded = weights.folded(layer, from);
        int channels = weights.channels(layer);
        ConvGeometry geometry = layer.geometry();
        int side = geometry.outputHeight(x.side);
        Constant matrix = new Constant(folded.weight().values(), channels, x.channels);
        try (NDArray weight = torch.tensor(matrix, layout);
                TorchFunction pack = torch.function(
                        "return [ops.mkldnn._reorder_linear_weight(x[0], " + batch * side * side + ")]")) {
            constants.add(pack.call(new NDList(weight)).getFirst());
        }
        String packed = "b[" + (constants.size() - 1) + "]";
        return assign(
                channels,
                side,
                TorchLinear.fused(
                        x, packed, constant(folded.bias()), activation, new int[] {batch, side, channels}, geometry));
    }

    /** Pre-packed weight, bias and geometry. */
    private String packed(Value x, Layer layer) {
        ConvGeometry g = layer.geometry();
        Folded folded = weights.folded(layer);
        String pad = pair(g.padH(), g.padW());
        String rest = pad + ", " + pair(g.strideH(), g.strideW()) + ", [1, 1], " + g.groups();
        try (NDArray weight = torch.tensor(folded.weight(), layout);
                TorchFunction pack = torch.function("return [ops.mkldnn._reorder_convolution_weight(x[0], " + rest
                        + ", [" + batch + ", " + x.channels + ", " + x.side + ", " + x.side + "])]")) {
            constants.add(pack.call(new NDList(weight)).getFirst());
        }
        String name = "b[" + (constants.size() - 1) + "]";
        return name + ", " + constant(folded.bias()) + ", " + rest;
    }

    @Override
    public Value convolutionAddRelu(Value x, Layer layer, Value residual) {
        if (form != Form.FUSED || TorchLinear.isNeeded(layer)) {
            return addRelu(form == Form.FUSED ? fused(x, layer) : convolved(x, layer), residual);
        }
        // Writes over the residual, which is not used again.
        return assign(
                residual.channels,
                residual.side,
                "ops.mkldnn._convolution_pointwise_(" + residual + ", " + x + ", " + packed(x, layer)
                        + ", \"add\", 1.0, " + unary("relu", "") + ")");
    }

    @Override
    public Value blur(Value x) {
        Value padded = assign(x.channels, x.side + 2, call("reflection_pad2d", x, "[1, 1, 1, 1]"));
        String kernel = constant(Weights.blurKernel(x.channels));
        return assign(
                x.channels,
                Math.ceilDiv(x.side, 2),
                call("conv2d", padded, kernel, "None, [2, 2], [0, 0], [1, 1]", x.channels));
    }

    @Override
    public Value averagePool(Value x) {
        return assign(x.channels, x.side / 2, call("avg_pool2d", x, "[2, 2], [2, 2]"));
    }

    @Override
    public Value maxPool(Value x) {
        return assign(x.channels, Math.ceilDiv(x.side, 2), call("max_pool2d", x, "[3, 3], [2, 2], [1, 1]"));
    }

    @Override
    public Value squeezeExcitation(Value x, Gate gate) {
        Value hidden = pointwise(globalAverage(x), gate.first(), gate.activation());
        Value factors = pointwise(hidden, gate.second(), gate.gate());
        Value viewed = assign(x.channels, 1, "torch.view(" + factors + ", [" + batch + ", " + x.channels + ", 1, 1])");
        return assign(x.channels, x.side, call(form == Form.TRAINING ? "mul" : "mul_", x, viewed));
    }

    @Override
    public Value pointwise(Value x, String name, Activation activation) {
        return activated(pointwise(x, name), activation);
    }

    @Override
    public Value add(Value x, Value residual) {
        return assign(x.channels, x.side, call("add_", x, residual));
    }

    /** A 1x1 convolution of features. */
    private Value pointwise(Value x, String name) {
        int channels = Math.toIntExact(weights.constant(name + ".bias").shape()[0]);
        String matrix = "torch.reshape(" + variable(name + ".weight") + ", [" + channels + ", " + x.channels + "])";
        return assign(channels, 0, call("linear", x, matrix, variable(name + ".bias")));
    }

    @Override
    public Value addRelu(Value x, Value residual) {
        return assign(x.channels, x.side, "torch.relu_(" + call("add_", x, residual) + ")");
    }

    @Override
    public Value globalAverage(Value x) {
        return assign(x.channels, 0, call("mean", x, "[2, 3]"));
    }

    @Override
    public Value linear(Value x, String name) {
        return assign(0, 0, call("linear", x, variable(name + ".weight"), variable(name + ".bias")));
    }

    /** A parameter of ours that goes in as it is. */
    private String variable(String name) {
        return variable(name, weights.constant(name));
    }

    private String variable(String name, Constant values) {
        return form == Form.TRAINING ? learned(name, values) : constant(values);
    }

    private String learned(String name, Constant values) {
        NDArray array = torch.tensor(values, layout);
        array.setRequiresGradient(true);
        learned.put(name, array);
        return "w[" + (learned.size() - 1) + "]";
    }

    private String constant(Constant values) {
        constants.add(torch.tensor(values, layout));
        return "b[" + (constants.size() - 1) + "]";
    }

    private Value assign(int channels, int side, String expression) {
        String name = "v" + lines.size();
        lines.add(name + " = " + expression);
        return new Value(name, channels, side);
    }

    private static String conv2d(Value x, String weight, String bias, ConvGeometry g) {
        return call(
                "conv2d",
                x,
                weight,
                bias,
                pair(g.strideH(), g.strideW()),
                pair(g.padH(), g.padW()),
                "[1, 1]",
                g.groups());
    }

    private static String pair(int h, int w) {
        return "[" + h + ", " + w + "]";
    }

    private static String call(String function, Object... arguments) {
        return List.of(arguments).stream()
                .map(Object::toString)
                .collect(Collectors.joining(", ", "torch." + function + "(", ")"));
    }
}
