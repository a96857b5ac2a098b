package dev.squall.bench.device;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.bench.device.Contender.Work;
import dev.squall.bench.device.DeviceRow.Plan;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;

/** Matrix products and convolutions: what arithmetic limits. */
final class ProductRows {
    private static final int N = 1024;
    private static final int BATCH = 8;
    private static final double PRODUCT_BAR = 0.6;
    private static final double CONVOLUTION_BAR = 0.5;
    /** The JVM backend convolves 3x3 by a faster algorithm, which rounds more. */
    private static final double WINOGRAD_TOLERANCE = 1e-4;

    private ProductRows() {}

    private enum Pass {
        FORWARD,
        BACKWARD_DATA,
        BACKWARD_WEIGHT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** A convolution with stride 1 that keeps the size of its images. */
    private record Case(int kernel, int in, int out, int side, int groups) {
        ConvGeometry geometry() {
            return ConvGeometry.square(kernel, 1, kernel / 2).grouped(groups);
        }

        Work work() {
            return Work.multiplyAdds((double) BATCH * side * side * in / groups * out * kernel * kernel);
        }

        @Override
        public String toString() {
            String kind = groups == 1 ? "" : groups == in ? " depthwise" : " in " + groups + " groups";
            return "conv " + kernel + "x" + kernel + " " + in + "->" + out + kind + " at " + side + "x" + side;
        }
    }

    static List<Plan> all() {
        List<Plan> plans = new ArrayList<>();
        String product = "SGEMM " + N + "^3";
        plans.add(new Plan(product + ", weights on the right", engines -> product(engines, true)));
        plans.add(new Plan(product + ", both new", engines -> product(engines, false)));
        Case required = new Case(3, 64, 64, 56, 1);
        plans.add(new Plan(required + ", forward", engines -> besideProduct(engines, required)));
        for (Case c : List.of(
                required,
                new Case(3, 256, 256, 14, 1),
                new Case(1, 256, 64, 56, 1),
                new Case(3, 128, 128, 28, 128),
                new Case(5, 128, 128, 28, 128),
                new Case(3, 128, 128, 28, 32),
                new Case(3, 128, 128, 56, 32))) {
            for (Pass pass : Pass.values()) {
                plans.add(new Plan(
                        c + ", " + pass, engines -> DeviceRow.onBoth(engines, c.work(), convolution(c, pass))));
            }
        }
        return plans;
    }

    /** The device's product beside the hand-written one. A right-hand side that is a parameter is packed once, another in every call. */
    private static DeviceRow product(Engines engines, boolean parameter) {
        Backend backend = engines.device();
        DeviceOperands operands = new DeviceOperands(backend);
        Tensor a = operands.activation(N, N);
        Tensor b = parameter ? operands.parameter(N, N) : operands.activation(N, N);
        Tensor c = a.like();
        Contender ours = Contender.of("tornado", Work.multiplyAdds((double) N * N * N), () -> {
            backend.matmul().matmul(a.storage(), false, b.storage(), false, c.storage());
            return c;
        });
        return DeviceRow.of(ours, new HandWrittenGemm(engines.openCl(), N, a.toArray(), b.toArray()), PRODUCT_BAR);
    }

    /** The device's convolution beside the hand-written product. */
    private static DeviceRow besideProduct(Engines engines, Case c) {
        Contender jvm = DeviceRow.onJvm(engines, c.work(), convolution(c, Pass.FORWARD));
        DeviceOperands operands = new DeviceOperands(engines.jvm());
        float[] a = operands.activation(N, N).toArray();
        float[] b = operands.activation(N, N).toArray();
        return new DeviceRow(
                DeviceRow.onDevice(engines, c.work(), convolution(c, Pass.FORWARD)),
                new HandWrittenGemm(engines.openCl(), N, a, b),
                jvm::result,
                WINOGRAD_TOLERANCE,
                CONVOLUTION_BAR);
    }

    private static Function<DeviceOperands, Supplier<Tensor>> convolution(Case c, Pass pass) {
        return operands -> {
            Tensor x = operands.activation(BATCH, c.in, c.side, c.side);
            Tensor w = operands.parameter(c.out, c.in / c.groups, c.kernel, c.kernel);
            Tensor dy = operands.activation(BATCH, c.out, c.side, c.side);
            Tensor result = pass == Pass.FORWARD ? dy.like() : pass == Pass.BACKWARD_DATA ? x.like() : w.like();
            var convolution = operands.backend().convolution();
            ConvGeometry g = c.geometry();
            return () -> {
                switch (pass) {
                    case FORWARD -> convolution.forward(x.storage(), w.storage(), g, Epilogue.NONE, result.storage());
                    case BACKWARD_DATA -> convolution.backwardInput(dy.storage(), w.storage(), g, result.storage());
                    case BACKWARD_WEIGHT -> convolution.backwardWeight(x.storage(), dy.storage(), g, result.storage());
                }
                return result;
            };
        };
    }
}
