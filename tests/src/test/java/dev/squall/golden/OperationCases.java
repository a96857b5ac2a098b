package dev.squall.golden;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.op.AveragePool;
import dev.squall.op.BatchNorm;
import dev.squall.op.BlurPool;
import dev.squall.op.Conv2d;
import dev.squall.op.CrossEntropy;
import dev.squall.op.GlobalAveragePool;
import dev.squall.op.InplaceAbn;
import dev.squall.op.Linear;
import dev.squall.op.MaxPool;
import dev.squall.op.MultiplyChannels;
import dev.squall.op.Relu;
import dev.squall.op.RunningStatistics;
import dev.squall.op.Scale;
import dev.squall.op.Sigmoid;
import dev.squall.op.SpaceToDepth;
import dev.squall.tensor.Tensor;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** How the cases of one operation run: forward, and backward from the file's {@code dy} to every operand. */
final class OperationCases {
    private static final ConvGeometry POINTWISE = ConvGeometry.square(1, 1, 0);

    private OperationCases() {}

    /** An operation under test, from operands and settings to all results by their golden names. */
    interface Operation {
        Map<String, float[]> run(Operands operands, JsonNode attrs);
    }

    static final Map<String, Operation> ALL = Map.ofEntries(
            Map.entry("conv2d", OperationCases::conv2d),
            Map.entry("linear", OperationCases::linear),
            Map.entry("batchnorm", OperationCases::batchNorm),
            Map.entry("inplace_abn", OperationCases::inplaceAbn),
            Map.entry("se", OperationCases::squeezeAndExcite),
            Map.entry("avgpool", OperationCases::averagePool),
            Map.entry("maxpool", OperationCases::maxPool),
            Map.entry("blurpool", (o, attrs) -> o.differentiate(BlurPool.blurPool(o.activation("x")))),
            Map.entry(
                    "global_avg_pool",
                    (o, attrs) -> o.differentiate(GlobalAveragePool.globalAveragePool(o.activation("x")))),
            Map.entry(
                    "space_to_depth",
                    (o, attrs) -> o.differentiate(SpaceToDepth.spaceToDepth(
                            o.activation("x"), attrs.required("block").asInt()))),
            Map.entry("relu", (o, attrs) -> o.differentiate(Relu.relu(o.activation("x")))),
            Map.entry("sigmoid", (o, attrs) -> o.differentiate(Sigmoid.sigmoid(o.activation("x")))),
            Map.entry("cross_entropy", OperationCases::crossEntropy),
            Map.entry(
                    "cross_entropy_soft",
                    (o, attrs) -> o.differentiateLoss(
                            CrossEntropy.crossEntropy(o.activation("logits"), o.constant("target")))));

    private static Map<String, float[]> conv2d(Operands o, JsonNode attrs) {
        JsonNode kernel = attrs.required("kernel");
        JsonNode stride = attrs.required("stride");
        JsonNode padding = attrs.required("padding");
        JsonNode dilation = attrs.required("dilation");
        ConvGeometry geometry = new ConvGeometry(
                kernel.required(0).asInt(),
                kernel.required(1).asInt(),
                stride.required(0).asInt(),
                stride.required(1).asInt(),
                padding.required(0).asInt(),
                padding.required(1).asInt(),
                dilation.required(0).asInt(),
                dilation.required(1).asInt(),
                attrs.required("groups").asInt());
        Tensor bias = attrs.required("bias").asBoolean() ? o.parameter("b") : null;
        return o.differentiate(Conv2d.conv2d(o.activation("x"), o.parameter("w"), bias, geometry));
    }

    private static Map<String, float[]> linear(Operands o, JsonNode attrs) {
        Tensor bias = o.has("b") ? o.parameter("b") : null;
        return o.differentiate(Linear.linear(o.activation("x"), o.parameter("w"), bias));
    }

    private static Map<String, float[]> batchNorm(Operands o, JsonNode attrs) {
        return o.differentiate(BatchNorm.batchNorm(
                o.activation("x"),
                o.parameter("weight"),
                o.parameter("bias"),
                running(o, attrs),
                attrs.required("eps").floatValue(),
                attrs.required("training").asBoolean()));
    }

    private static Map<String, float[]> inplaceAbn(Operands o, JsonNode attrs) {
        Activation activation = switch (attrs.required("activation").asString()) {
            case "identity" -> Activation.IDENTITY;
            case "leaky_relu" -> Activation.leakyRelu(attrs.required("slope").floatValue());
            default -> throw new AssertionError("unknown activation in " + attrs);
        };
        // A leaf must not be overwritten, so the operation gets a copy.
        Tensor x = Scale.scale(1f, o.activation("x"));
        return o.differentiate(InplaceAbn.inplaceAbn(
                x,
                o.parameter("weight"),
                o.parameter("bias"),
                running(o, attrs),
                attrs.required("eps").floatValue(),
                activation,
                attrs.required("training").asBoolean()));
    }

    private static RunningStatistics running(Operands o, JsonNode attrs) {
        return new RunningStatistics(
                o.buffer("running_mean"),
                o.buffer("running_var"),
                attrs.required("momentum").floatValue());
    }

    private static Map<String, float[]> squeezeAndExcite(Operands o, JsonNode attrs) {
        Tensor x = o.activation("x");
        Tensor pooled = GlobalAveragePool.globalAveragePoolKeepDims(x);
        Tensor squeezed = Relu.relu(Conv2d.conv2d(pooled, o.parameter("w1"), o.parameter("b1"), POINTWISE));
        Tensor excited = Sigmoid.sigmoid(Conv2d.conv2d(squeezed, o.parameter("w2"), o.parameter("b2"), POINTWISE));
        return o.differentiate(MultiplyChannels.multiplyChannels(x, excited));
    }

    private static Map<String, float[]> averagePool(Operands o, JsonNode attrs) {
        return o.differentiate(AveragePool.averagePool(
                o.activation("x"),
                window(
                        attrs,
                        attrs.required("ceil_mode").asBoolean(),
                        attrs.required("count_include_pad").asBoolean())));
    }

    private static Map<String, float[]> maxPool(Operands o, JsonNode attrs) {
        return o.differentiate(MaxPool.maxPool(o.activation("x"), window(attrs, false, false)));
    }

    private static PoolGeometry window(JsonNode attrs, boolean ceilMode, boolean countPadding) {
        int kernel = attrs.required("kernel").asInt();
        int stride = attrs.required("stride").asInt();
        int padding = attrs.required("padding").asInt();
        return new PoolGeometry(kernel, kernel, stride, stride, padding, padding, ceilMode, countPadding);
    }

    private static Map<String, float[]> crossEntropy(Operands o, JsonNode attrs) {
        return o.differentiateLoss(CrossEntropy.crossEntropy(
                o.activation("logits"),
                o.labels("target"),
                attrs.required("label_smoothing").floatValue()));
    }
}
