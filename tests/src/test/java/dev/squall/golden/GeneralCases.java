package dev.squall.golden;

import static dev.squall.op.Ops.*;

import dev.squall.backend.ConvGeometry;
import dev.squall.op.ConvTranspose2d;
import dev.squall.op.LayerNorm;
import dev.squall.op.Pad;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How the cases of the general operations run; their settings have the names and the defaults of PyTorch's arguments. */
final class GeneralCases {
    private GeneralCases() {}

    /** A reduction over dimensions. */
    private interface Over {
        Tensor apply(Tensor x, boolean keepDimensions, int... dimensions);
    }

    static final Map<String, OperationCases.Operation> ALL = all();

    private static Map<String, OperationCases.Operation> all() {
        Map<String, OperationCases.Operation> all = new HashMap<>();
        ofOne(all);
        ofTwo(all);
        reductions(all);
        movements(all);
        all.put("layer_norm", GeneralCases::layerNorm);
        all.put("softmax", (o, attrs) -> o.differentiate(softmax(o.activation("x"), dimension(attrs))));
        all.put("log_softmax", (o, attrs) -> o.differentiate(logSoftmax(o.activation("x"), dimension(attrs))));
        all.put("adaptive_avg_pool", (o, attrs) -> {
            int[] to = ints(attrs.required("output"));
            return o.differentiate(adaptiveAveragePool(o.activation("x"), to[0], to[1]));
        });
        all.put("upsample_bilinear", (o, attrs) -> {
            int[] to = ints(attrs.required("output"));
            boolean corners = attrs.path("align_corners").asBoolean(false);
            return o.differentiate(upsampleBilinear(o.activation("x"), to[0], to[1], corners));
        });
        all.put("upsample_nearest", (o, attrs) -> {
            int[] to = ints(attrs.required("output"));
            return o.differentiate(upsampleNearest(o.activation("x"), to[0], to[1]));
        });
        all.put("mixed_depthwise_conv", GeneralCases::mixedDepthwise);
        all.put("conv_transpose2d", GeneralCases::convTranspose2d);
        all.put(
                "mse",
                (o, attrs) -> loss(o, attrs, (x, target) -> {
                    Tensor difference = subtract(x, target);
                    return multiply(difference, difference);
                }));
        all.put(
                "bce_with_logits",
                (o, attrs) -> loss(
                        o,
                        attrs,
                        (x, target) -> eachBinaryCrossEntropy(
                                x, target, o.has("pos_weight") ? o.constant("pos_weight") : null)));
        return all;
    }

    private static void ofOne(Map<String, OperationCases.Operation> all) {
        Map<String, UnaryOperator<Tensor>> functions = Map.ofEntries(
                Map.entry("exp", x -> exp(x)),
                Map.entry("log", x -> log(x)),
                Map.entry("sqrt", x -> sqrt(x)),
                Map.entry("abs", x -> abs(x)),
                Map.entry("neg", x -> negate(x)),
                Map.entry("tanh", x -> tanh(x)),
                Map.entry("relu6", x -> relu6(x)),
                Map.entry("silu", x -> silu(x)),
                Map.entry("softplus", x -> softplus(x)),
                Map.entry("hard_swish", x -> hardSwish(x)),
                Map.entry("hard_sigmoid", x -> hardSigmoid(x)));
        functions.forEach((name, f) -> all.put(name, (o, attrs) -> o.differentiate(f.apply(o.activation("x")))));
        all.put(
                "gelu",
                (o, attrs) -> o.differentiate(
                        attrs.path("approximate").asString("none").equals("tanh")
                                ? geluTanh(o.activation("x"))
                                : gelu(o.activation("x"))));
        all.put(
                "leaky_relu",
                (o, attrs) -> o.differentiate(
                        leakyRelu(o.activation("x"), attrs.path("slope").floatValue(0.01f))));
        all.put(
                "clamp",
                (o, attrs) -> o.differentiate(clamp(
                        o.activation("x"),
                        attrs.path("min").floatValue(Float.NEGATIVE_INFINITY),
                        attrs.path("max").floatValue(Float.POSITIVE_INFINITY))));
        all.put(
                "pow",
                (o, attrs) -> attrs.has("exponent")
                        ? o.differentiate(pow(
                                o.activation("x"), attrs.required("exponent").floatValue()))
                        : o.differentiate(pow(o.activation("a"), o.activation("b"))));
    }

    private static void ofTwo(Map<String, OperationCases.Operation> all) {
        Map<String, BinaryOperator<Tensor>> functions = Map.of(
                "add", (a, b) -> add(a, b),
                "sub", (a, b) -> subtract(a, b),
                "mul", (a, b) -> multiply(a, b),
                "div", (a, b) -> divide(a, b),
                "maximum", (a, b) -> maximum(a, b),
                "minimum", (a, b) -> minimum(a, b),
                "matmul", (a, b) -> matmul(a, b));
        functions.forEach((name, f) ->
                all.put(name, (o, attrs) -> o.differentiate(f.apply(o.activation("a"), o.activation("b")))));
        all.put(
                "where",
                (o, attrs) -> o.differentiate(where(o.constant("condition"), o.activation("a"), o.activation("b"))));
    }

    private static void reductions(Map<String, OperationCases.Operation> all) {
        Map<String, Over> functions = Map.of(
                "reduce_sum", (x, keep, d) -> sum(x, keep, d),
                "reduce_mean", (x, keep, d) -> mean(x, keep, d),
                "reduce_max", (x, keep, d) -> max(x, keep, d),
                "reduce_min", (x, keep, d) -> min(x, keep, d),
                "logsumexp", (x, keep, d) -> logSumExp(x, keep, d));
        functions.forEach((name, f) -> all.put(
                name,
                (o, attrs) -> o.differentiate(
                        f.apply(o.activation("x"), attrs.path("keepdim").asBoolean(false), dimensions(attrs)))));
        all.put(
                "reduce_var",
                (o, attrs) -> o.differentiate(variance(
                        o.activation("x"),
                        attrs.has("unbiased")
                                ? (attrs.required("unbiased").asBoolean() ? 1 : 0)
                                : attrs.path("correction").asInt(1),
                        attrs.path("keepdim").asBoolean(false),
                        dimensions(attrs))));
        all.put(
                "argmax",
                (o, attrs) -> Map.of(
                        "y",
                        argMax(
                                        o.constant("x"),
                                        dimension(attrs),
                                        attrs.path("keepdim").asBoolean(false))
                                .toArray()));
    }

    private static void movements(Map<String, OperationCases.Operation> all) {
        all.put("permute", (o, attrs) -> o.differentiate(permute(o.activation("x"), ints(attrs.required("dims")))));
        all.put("pad", GeneralCases::pad);
        all.put("slice", (o, attrs) -> {
            int[] starts = ints(attrs.required("starts"));
            int[] ends = ints(attrs.required("ends"));
            int[] steps = attrs.has("steps")
                    ? ints(attrs.required("steps"))
                    : IntStream.of(starts).map(i -> 1).toArray();
            Tensor y = o.activation("x");
            for (int d = 0; d < starts.length; d++) {
                y = slice(y, d, starts[d], ends[d], steps[d]);
            }
            return o.differentiate(y);
        });
        all.put("flip", (o, attrs) -> o.differentiate(flip(o.activation("x"), ints(attrs.required("dims")))));
        all.put(
                "expand",
                (o, attrs) -> o.differentiate(expand(o.activation("x"), Shape.of(ints(attrs.required("shape"))))));
        all.put(
                "reshape",
                (o, attrs) -> o.differentiate(reshape(o.activation("x"), Shape.of(ints(attrs.required("shape"))))));
        all.put("concat", (o, attrs) -> o.differentiate(concat(numbered(o, "x"), dimension(attrs))));
        all.put(
                "stack",
                (o, attrs) -> o.differentiate(
                        stack(numbered(o, "x"), attrs.path("dim").asInt(0))));
        all.put(
                "index_select",
                (o, attrs) -> o.differentiate(indexSelect(o.activation("x"), dimension(attrs), o.labels("index"))));
        all.put("gather", (o, attrs) -> {
            int[] index = o.labels("index");
            float[] numbers = new float[index.length];
            for (int i = 0; i < index.length; i++) {
                numbers[i] = index[i];
            }
            Tensor x = o.activation("x");
            Tensor at = Tensor.fromArray(x.memory(), o.shape("index"), numbers);
            return o.differentiate(gather(x, dimension(attrs), at));
        });
        all.put(
                "embedding",
                (o, attrs) -> o.differentiate(embedding(
                        o.parameter("weight"),
                        o.labels("index"),
                        o.shape("index"),
                        attrs.path("padding_idx").asInt(-1))));
    }

    private static Map<String, float[]> pad(Operands o, JsonNode attrs) {
        Tensor x = o.activation("x");
        int rank = x.shape().rank();
        int[] before = new int[rank];
        int[] after = new int[rank];
        if (attrs.has("pad")) {
            // As PyTorch's: two numbers for each dimension, the last dimension first.
            int[] pairs = ints(attrs.required("pad"));
            for (int i = 0; i < pairs.length / 2; i++) {
                before[rank - 1 - i] = pairs[2 * i];
                after[rank - 1 - i] = pairs[2 * i + 1];
            }
        } else {
            before[rank - 1] = attrs.path("pad_left").asInt(0);
            after[rank - 1] = attrs.path("pad_right").asInt(0);
            if (rank > 1) {
                before[rank - 2] = attrs.path("pad_top").asInt(0);
                after[rank - 2] = attrs.path("pad_bottom").asInt(0);
            }
        }
        return o.differentiate(
                switch (attrs.path("mode").asString("constant")) {
                    case "constant" ->
                        Pad.pad(x, before, after, attrs.path("value").floatValue(0f));
                    case "reflect" -> Pad.pad(x, before, after, Pad.Mode.REFLECT);
                    case "replicate", "edge" -> Pad.pad(x, before, after, Pad.Mode.REPLICATE);
                    default -> throw new AssertionError("unknown mode in " + attrs);
                });
    }

    private static Map<String, float[]> layerNorm(Operands o, JsonNode attrs) {
        return o.differentiate(LayerNorm.layerNorm(
                o.activation("x"),
                Shape.of(ints(attrs.required("normalized_shape"))),
                o.has("weight") ? o.parameter("weight") : null,
                o.has("bias") ? o.parameter("bias") : null,
                attrs.path("eps").floatValue(1e-5f)));
    }

    /** Each part of the channels with a depthwise convolution of its own size (Tan and Le, "MixConv"). */
    private static Map<String, float[]> mixedDepthwise(Operands o, JsonNode attrs) {
        int[] kernels = ints(attrs.required("kernels"));
        int[] splits = ints(attrs.required("splits"));
        int stride = attrs.path("stride").asInt(1);
        Tensor x = o.activation("x");
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int k = 0; k < kernels.length; k++) {
            ConvGeometry geometry = ConvGeometry.square(kernels[k], stride, (stride - 1 + kernels[k] - 1) / 2)
                    .grouped(splits[k]);
            parts.add(conv2d(slice(x, 1, from, from + splits[k]), o.parameter("w" + k), null, geometry));
            from += splits[k];
        }
        return o.differentiate(concat(parts, 1));
    }

    private static Map<String, float[]> convTranspose2d(Operands o, JsonNode attrs) {
        Tensor x = o.activation("x");
        Tensor w = o.parameter("w");
        int[] stride = pair(attrs.path("stride"), 1);
        int[] padding = pair(attrs.path("padding"), 0);
        int[] dilation = pair(attrs.path("dilation"), 1);
        int[] extra = pair(attrs.path("output_padding"), 0);
        ConvGeometry geometry = new ConvGeometry(
                w.shape().dim(2),
                w.shape().dim(3),
                stride[0],
                stride[1],
                padding[0],
                padding[1],
                dilation[0],
                dilation[1],
                attrs.path("groups").asInt(1));
        @Nullable Tensor bias = o.has("b") ? o.parameter("b") : null;
        return o.differentiate(ConvTranspose2d.convTranspose2d(x, w, bias, geometry, extra[0], extra[1]));
    }

    /** The loss of each element, reduced as {@code reduction} says. */
    private static Map<String, float[]> loss(Operands o, JsonNode attrs, BinaryOperator<Tensor> each) {
        Tensor losses = each.apply(o.activation("x"), o.constant("target"));
        return switch (attrs.path("reduction").asString("mean")) {
            case "mean" -> o.differentiateLoss(mean(losses));
            case "sum" -> o.differentiateLoss(sum(losses));
            case "none" -> o.differentiate(losses);
            default -> throw new AssertionError("unknown reduction in " + attrs);
        };
    }

    /** The operands name0, name1, ... that the file has. */
    private static List<Tensor> numbered(Operands o, String name) {
        List<Tensor> operands = new ArrayList<>();
        while (o.has(name + operands.size())) {
            operands.add(o.activation(name + operands.size()));
        }
        return operands;
    }

    private static int dimension(JsonNode attrs) {
        return attrs.has("dim")
                ? attrs.required("dim").asInt()
                : attrs.required("axis").asInt();
    }

    /** Those that {@code dims} lists, or {@code dim} names; none stands for all. */
    private static int[] dimensions(JsonNode attrs) {
        if (attrs.has("dims")) {
            return ints(attrs.required("dims"));
        }
        return attrs.has("dim") ? ints(attrs.required("dim")) : new int[0];
    }

    private static int[] pair(JsonNode value, int otherwise) {
        if (value.isArray()) {
            return ints(value);
        }
        int both = value.asInt(otherwise);
        return new int[] {both, both};
    }

    private static int[] ints(JsonNode value) {
        if (!value.isArray()) {
            return new int[] {value.asInt()};
        }
        return IntStream.range(0, value.size())
                .map(i -> value.required(i).asInt())
                .toArray();
    }
}
