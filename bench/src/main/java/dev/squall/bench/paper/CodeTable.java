package dev.squall.bench.paper;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.bench.Composed;
import dev.squall.bench.paper.Statistics.Estimate;
import dev.squall.op.AdaptiveAveragePool;
import dev.squall.op.BatchNorm;
import dev.squall.op.BlurPool;
import dev.squall.op.GlobalAveragePool;
import dev.squall.op.InplaceAbn;
import dev.squall.op.LeakyRelu;
import dev.squall.op.RunningStatistics;
import dev.squall.op.Scale;
import dev.squall.op.SpaceToDepth;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.page.Block.Column;
import dev.squall.tresnet.page.Block.Grid;
import dev.squall.tresnet.page.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** The paper's code optimisations: the same result by one kernel and by several, in place and not, by the fast pooling and by a general one. */
final class CodeTable implements Experiment {
    private static final String NAME = "code";
    private static final String FAST = "/fast";
    private static final String PLAIN = "/plain";
    private static final String FORWARD = "/forward";
    private static final String BOTH = "/forward-backward";
    private static final String KEPT = "/keptBytes";

    private static final int BLOCK = 4;
    private static final float SLOPE = 1e-3f;
    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;
    /** The largest difference of results, relative to the largest value, that two ways to compute the same may have. */
    private static final double TOLERANCE = 1e-4;

    /** Two ways to compute the same from images; each is made anew for a backend. */
    private record Pair(String id, String title, String claim, int[] shape, Maker fast, Maker plain) {}

    private interface Maker {
        UnaryOperator<Tensor> on(Backend backend, int channels);
    }

    @Override
    public String name() {
        return NAME;
    }

    private static List<Pair> pairs(int batch) {
        return List.of(
                new Pair(
                        "blur",
                        "blur as one kernel, composed of reshape, slice, concat, scale, add; 64x56x56",
                        "about 2x by JIT compilation",
                        new int[] {batch, 64, 56, 56},
                        (_, _) -> BlurPool::blurPool,
                        (_, _) -> Composed::blurPool),
                new Pair(
                        "space-to-depth",
                        "SpaceToDepth(4) as one kernel, composed of reshape, slice, concat; 3x224x224",
                        "about 2x by JIT compilation",
                        new int[] {batch, 3, 224, 224},
                        (_, _) -> x -> SpaceToDepth.spaceToDepth(x, BLOCK),
                        (_, _) -> x -> Composed.spaceToDepth(x, BLOCK)),
                new Pair(
                        "inplace-abn",
                        "Inplace-ABN, batch norm and leaky ReLU; 64x56x56",
                        "nearly twice the batch",
                        new int[] {batch, 64, 56, 56},
                        CodeTable::inplace,
                        CodeTable::outOfPlace),
                new Pair(
                        "global-average",
                        "fast global average pooling, general adaptive pooling; 2048x7x7",
                        "up to 5x",
                        new int[] {batch, 2048, 7, 7},
                        (_, _) -> GlobalAveragePool::globalAveragePoolKeepDims,
                        (_, _) -> x -> AdaptiveAveragePool.adaptiveAveragePool(x, 1, 1)));
    }

    /** Both begin with a copy, so that the one that works in place finds the same input each time. */
    private static UnaryOperator<Tensor> inplace(Backend backend, int channels) {
        Tensor weight = Tensor.parameter(backend, Shape.of(channels), filled(channels, 1));
        Tensor bias = Tensor.parameter(backend, Shape.of(channels), filled(channels, 0));
        RunningStatistics running = running(backend, channels);
        return x -> InplaceAbn.inplaceAbn(
                Scale.scale(1, x), weight, bias, running, EPSILON, Activation.leakyRelu(SLOPE), true);
    }

    private static UnaryOperator<Tensor> outOfPlace(Backend backend, int channels) {
        Tensor weight = Tensor.parameter(backend, Shape.of(channels), filled(channels, 1 + EPSILON));
        Tensor bias = Tensor.parameter(backend, Shape.of(channels), filled(channels, 0));
        RunningStatistics running = running(backend, channels);
        return x -> LeakyRelu.leakyRelu(
                BatchNorm.batchNorm(Scale.scale(1, x), weight, bias, running, EPSILON, true), SLOPE);
    }

    private static RunningStatistics running(Backend backend, int channels) {
        return new RunningStatistics(
                Tensor.buffer(backend, Shape.of(channels), filled(channels, 0)),
                Tensor.buffer(backend, Shape.of(channels), filled(channels, 1)),
                MOMENTUM);
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    @Override
    public void measure(Backend backend, Measurement measurement) {
        List<Plan> plans = new ArrayList<>();
        for (Pair pair : pairs(measurement.results().settings().batch())) {
            String key = NAME + "/" + pair.id;
            compare(pair, backend);
            for (boolean fast : new boolean[] {true, false}) {
                Maker maker = fast ? pair.fast : pair.plain;
                String side = key + (fast ? FAST : PLAIN);
                plans.add(plan(side + FORWARD, pair, maker, backend, false));
                plans.add(plan(side + BOTH, pair, maker, backend, true));
                measurement.results().figures().put(side + KEPT, keptBytes(pair, maker, backend));
            }
        }
        measurement.time(NAME, plans);
    }

    /** Before anything is timed, both must give the same. */
    private static void compare(Pair pair, Backend backend) {
        Tensor x = images(pair, backend);
        try (x;
                Scope _ = Scope.open()) {
            float[] fast = pair.fast.on(backend, pair.shape[1]).apply(x).toArray();
            float[] plain = pair.plain.on(backend, pair.shape[1]).apply(x).toArray();
            double largest = 0;
            double difference = 0;
            for (int i = 0; i < fast.length; i++) {
                largest = Math.max(largest, Math.abs(plain[i]));
                difference = Math.max(difference, Math.abs(fast[i] - plain[i]));
            }
            if (!(difference <= TOLERANCE * largest)) {
                throw new IllegalStateException(pair.title + ": the two results differ by " + difference);
            }
        }
    }

    /** What stays for the backward pass, beside the input. */
    private static double keptBytes(Pair pair, Maker maker, Backend backend) {
        Tensor x = images(pair, backend).requireGradient();
        UnaryOperator<Tensor> operation = maker.on(backend, pair.shape[1]);
        try (x;
                Scope _ = Scope.open()) {
            long before = backend.liveBytes();
            var _ = operation.apply(x);
            return backend.liveBytes() - before;
        }
    }

    private static Plan plan(String key, Pair pair, Maker maker, Backend backend, boolean backward) {
        return new Plan(key, pair.shape[0], "images", () -> {
            Tensor x = images(pair, backend);
            UnaryOperator<Tensor> operation = maker.on(backend, pair.shape[1]);
            if (!backward) {
                return Plan.Work.of(
                        () -> Autograd.withoutGradients(() -> {
                            try (Scope _ = Scope.open()) {
                                return operation.apply(x);
                            }
                        }),
                        x::close);
            }
            x.requireGradient();
            return Plan.Work.of(
                    () -> {
                        try (Scope _ = Scope.open()) {
                            Tensor y = operation.apply(x);
                            Tensor seed = y.like();
                            backend.fill(seed.storage(), 1);
                            Autograd.backward(y, seed);
                            x.setGradient(null);
                        }
                    },
                    x::close);
        });
    }

    private static Tensor images(Pair pair, Backend backend) {
        var random = new SplittableRandom(3);
        Shape shape = Shape.of(pair.shape);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        Tensor x = Tensor.persistent(backend.allocate(shape, Role.ACTIVATION));
        x.upload(values);
        return x;
    }

    @Override
    public Section section(Results results) {
        Grid grid = new Grid(
                "How many times as fast the first of each pair is; batches of "
                        + results.settings().batch(),
                List.of(
                        Column.text("pair"),
                        Column.number("forward"),
                        Column.number("forward and backward"),
                        Column.number("MiB kept by the first"),
                        Column.number("by the second"),
                        Column.cited("claim", PaperReport.PAPER)));
        for (Pair pair : pairs(results.settings().batch())) {
            String key = NAME + "/" + pair.id;
            grid.row(
                    pair.title,
                    ratio(results, key, FORWARD),
                    ratio(results, key, BOTH),
                    Numbers.mebibytes(results.figures().getOrDefault(key + FAST + KEPT, Double.NaN)),
                    Numbers.mebibytes(results.figures().getOrDefault(key + PLAIN + KEPT, Double.NaN)),
                    pair.claim);
        }
        return new Section(
                NAME,
                "The code optimisations",
                List.of(
                        "Each pair computes the same, which is checked before it is timed. The paper's claims are for a GPU, where"
                                + " the composition of a blur is a few launches of library kernels; here it is a dozen passes over memory."
                                + " \"Kept\" is what the backend's own counter says of the outputs and of what waits for the backward pass."),
                List.of(grid),
                List.of());
    }

    private static String ratio(Results results, String key, String direction) {
        if (!results.has(key + FAST + direction, key + PLAIN + direction)) {
            return Section.NONE;
        }
        Estimate ratio = Statistics.medianWithInterval(Statistics.ratios(
                results.timing(key + PLAIN + direction).samples(),
                results.timing(key + FAST + direction).samples()));
        return Numbers.times(ratio);
    }
}
