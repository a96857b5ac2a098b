package dev.squall.bench.device;

import dev.squall.backend.Activation;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.bench.Composed;
import dev.squall.bench.device.Contender.Work;
import dev.squall.bench.device.DeviceRow.Plan;
import dev.squall.op.BlurPool;
import dev.squall.op.SpaceToDepth;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** What memory limits, and what it costs to start anything at all. */
final class MemoryRows {
    private static final int BATCH = 8;
    private static final int BLOCK = 4;
    private static final double ELEMENTWISE_BAR = 0.7;
    private static final double FUSION_BAR = 2;
    private static final Activation LEAKY_RELU = Activation.leakyRelu(0.01f);
    private static final Norm ABN = Norm.inplaceAbn(1e-5f, Activation.leakyRelu(0.01f));

    private MemoryRows() {}

    static List<Plan> all() {
        List<Plan> plans = new ArrayList<>();
        Map.of(1, "1 M", BATCH, "8 M").entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(size -> {
                    int[] shape = {size.getKey(), 64, 128, 128};
                    String floats = ", " + size.getValue() + " floats";
                    plans.add(new Plan(
                            "add" + floats, e -> DeviceRow.onBoth(e, floats(3, shape), ELEMENTWISE_BAR, add(shape))));
                    plans.add(new Plan(
                            "leaky ReLU" + floats,
                            e -> DeviceRow.onBoth(e, floats(2, shape), ELEMENTWISE_BAR, leakyRelu(shape))));
                });
        int[] blurred = {BATCH, 64, 56, 56};
        int[] image = {BATCH, 3, 224, 224};
        plans.add(fused("blur pool, 64x56x56", blurred, 1.25, BlurPool::blurPool, Composed::blurPool));
        plans.add(fused(
                "SpaceToDepth(4), 3x224x224",
                image,
                2,
                x -> SpaceToDepth.spaceToDepth(x, BLOCK),
                x -> Composed.spaceToDepth(x, BLOCK)));
        plans.add(new Plan(
                "blur pool, 64x56x56",
                e -> DeviceRow.onBoth(e, floats(1.25, blurred), applied(blurred, BlurPool::blurPool))));
        plans.add(new Plan(
                "SpaceToDepth(4), 3x224x224",
                e -> DeviceRow.onBoth(e, floats(2, image), applied(image, x -> SpaceToDepth.spaceToDepth(x, BLOCK)))));
        plans.add(
                new Plan("Inplace-ABN, 64x56x56, forward", e -> DeviceRow.onBoth(e, floats(3, blurred), abn(blurred))));
        plans.add(new Plan(
                "Inplace-ABN, 64x56x56, backward", e -> DeviceRow.onBoth(e, floats(5, blurred), abnBackward(blurred))));
        plans.add(new Plan("launch (add, 8 floats)", e -> DeviceRow.onBoth(e, new Work(1, "a second"), add(1, 8))));
        return plans;
    }

    /** So many tensors of a shape, read or written. */
    private static Work floats(double tensors, int... shape) {
        double floats = tensors;
        for (int extent : shape) {
            floats *= extent;
        }
        return Work.floats(floats);
    }

    /** One kernel beside the composition of others. */
    private static Plan fused(
            String name, int[] shape, double tensors, UnaryOperator<Tensor> kernel, UnaryOperator<Tensor> composition) {
        Work work = floats(tensors, shape);
        return new Plan(name + ", fused", engines -> {
            Tensor x = new DeviceOperands(engines.device()).activation(shape);
            return DeviceRow.of(
                    Contender.of("tornado", work, () -> kernel.apply(x)),
                    Contender.of("composed", work, () -> composition.apply(x)),
                    FUSION_BAR);
        });
    }

    private static Function<DeviceOperands, Supplier<Tensor>> applied(int[] shape, UnaryOperator<Tensor> operation) {
        return operands -> {
            Tensor x = operands.activation(shape);
            return () -> operation.apply(x);
        };
    }

    private static Function<DeviceOperands, Supplier<Tensor>> add(int... shape) {
        return operands -> {
            Tensor x = operands.activation(shape);
            Tensor y = operands.activation(shape);
            Tensor sum = x.like();
            return () -> {
                operands.backend().elementwise().axpby(1f, x.storage(), 1f, y.storage(), sum.storage());
                return sum;
            };
        };
    }

    private static Function<DeviceOperands, Supplier<Tensor>> leakyRelu(int... shape) {
        return operands -> {
            Tensor x = operands.activation(shape);
            Tensor y = x.like();
            return () -> {
                operands.backend().elementwise().activate(LEAKY_RELU, x.storage(), y.storage());
                return y;
            };
        };
    }

    /** Statistics of the batch, then normalisation and activation; into another tensor, so that each pass has the same input. */
    private static Function<DeviceOperands, Supplier<Tensor>> abn(int... shape) {
        return operands -> {
            int channels = shape[1];
            Tensor x = operands.activation(shape);
            Tensor mean = operands.parameter(channels);
            Tensor variance = operands.parameter(channels);
            Tensor weight = operands.parameter(channels);
            Tensor bias = operands.parameter(channels);
            Tensor y = x.like();
            Normalisation normalisation = operands.backend().normalisation();
            return () -> {
                normalisation.statistics(x.storage(), mean.storage(), variance.storage());
                normalisation.apply(
                        x.storage(),
                        mean.storage(),
                        variance.storage(),
                        weight.storage(),
                        bias.storage(),
                        ABN,
                        y.storage());
                return y;
            };
        };
    }

    private static Function<DeviceOperands, Supplier<Tensor>> abnBackward(int... shape) {
        return operands -> {
            int channels = shape[1];
            Tensor y = operands.activation(shape);
            Tensor dy = operands.activation(shape);
            Tensor variance = operands.parameter(0.5, 1.5, channels);
            Tensor weight = operands.parameter(0.5, 1.5, channels);
            Tensor bias = operands.parameter(channels);
            Tensor dx = dy.like();
            Tensor dweight = weight.like();
            Tensor dbias = bias.like();
            return () -> {
                operands.backend()
                        .normalisation()
                        .backwardFromOutput(
                                y.storage(),
                                variance.storage(),
                                weight.storage(),
                                bias.storage(),
                                dy.storage(),
                                ABN,
                                true,
                                dx.storage(),
                                dweight.storage(),
                                dbias.storage());
                return dx;
            };
        };
    }
}
