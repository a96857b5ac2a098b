package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.io.HostTensor;
import dev.squall.nn.ForwardHook;
import dev.squall.nn.Module;
import dev.squall.nn.NormLayer;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Networks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** A published network at full size with weights by formula: logits, statistics of each stage, and for one of them a training pass. */
final class FullNetworkCase {
    private static final double DEFAULT_GAIN = 24;

    /**
     * What the signs of a few ReLUs near zero do to the norm of a gradient, and to its projection: 1.4e-3 and 4.4e-3 were measured between the
     * reference and a backend in single precision, each as exact as the other.
     */
    private static final double FLIPPED_NORM = 2e-3;

    private static final double FLIPPED_PROJECTION = 1e-2;

    /** Of a gradient that is zero but for rounding. */
    private static final double ZERO_TOLERANCE = 1e-5;

    /** Sums over thousands of values, none of which is given by itself. */
    private static final double RUNNING_SUM_TOLERANCE = 1e-5;

    /** Single elements deviate far more than norms: by up to 2e-2 in single precision, and by 3e-3 with sums in double. */
    private static final double FIRST_ELEMENT_TOLERANCE = 5e-2;

    /**
     * What another library may make of a single element of a stage, relative to the stage's values. Of each stage the errors of eight elements are
     * known; the largest is 1.8e-6 in one stage and 0 in others, by luck, so that less than 1e-6 is nothing to judge by. The mean and the deviation of
     * a stage, which are over all of its elements, show what is wrong more sharply.
     */
    private static final double ERROR_OF_AN_ELEMENT = 1e-6;

    private final GoldenCase golden;
    private final JsonNode expected;
    private final Backend backend;
    private final Accuracy accuracy;
    private final Module network;
    private final boolean hasRelus;

    private FullNetworkCase(Backend backend, Accuracy accuracy, GoldenCase golden) {
        this.golden = golden;
        this.backend = backend;
        this.accuracy = accuracy;
        expected = golden.directory().json(golden.json().required("json").asString());
        network = Networks.preset(golden.attrs().required("model").asString())
                .config()
                .build(backend);
        hasRelus = norms(network).anyMatch(norm -> norm.config().activation().equals(Activation.RELU));
        FormulaInit formula = new FormulaInit(
                NetworkState.shapes(network), golden.attrs().path("conv_gain").asDouble(DEFAULT_GAIN));
        NetworkState.fill(network, formula::values);
    }

    private static Stream<NormLayer> norms(Module network) {
        Stream.Builder<NormLayer> norms = Stream.builder();
        network.visit((name, module) -> {
            if (module instanceof NormLayer norm) {
                norms.add(norm);
            }
        });
        return norms.build();
    }

    static void check(Backend backend, Accuracy accuracy, GoldenCase golden) {
        FullNetworkCase c = new FullNetworkCase(backend, accuracy, golden);
        try (c.network) {
            assertThat(c.network.parameterCount())
                    .isEqualTo(c.expected.required("params").asLong());
            c.evaluation();
            if (c.expected.has("train")) {
                c.training(c.expected.required("train"));
            }
        }
    }

    /** Without gradients, where norms are folded into convolutions; and where that hides a module, once more with them. */
    private void evaluation() {
        network.eval();
        Map<String, Stage> stages = stages(expected.required("stats_eval"), expected.required("f32_dev_eval"));
        Shape images = shape(golden.attrs().required("input"));
        Autograd.withoutGradients(() -> evaluate(images, stages));
        if (!stages.isEmpty()) {
            evaluate(images, stages);
        }
        assertThat(stages.keySet()).as("modules that the network does not have").isEmpty();
    }

    private Void evaluate(Shape images, Map<String, Stage> stages) {
        double deviation =
                expected.required("f32_dev_eval").required("logits_max_abs_err").asDouble();
        try (Scope scope = Scope.open()) {
            checkLogits("logits_eval", deviation, watched(images, stages));
            return null;
        }
    }

    private void training(JsonNode train) {
        network.train();
        JsonNode deviations = train.required("f32_dev");
        int[] labels = StreamSupport.stream(train.required("target").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        Shape images = shape(
                train.has("input") ? train.required("input") : golden.attrs().required("input"));
        Map<String, Stage> stages = stages(train.required("stats"), deviations);
        try (Scope scope = Scope.open()) {
            Tensor logits = watched(images, stages);
            assertThat(stages.keySet())
                    .as("modules that the network does not have")
                    .isEmpty();
            checkLogits("logits_train", deviations.required("logits").asDouble(), logits);
            Tensor loss = CrossEntropy.crossEntropy(logits, labels, 0f);
            double value = train.required("loss_value").asDouble();
            double tolerance = accuracy.logitsTolerance(
                    Expectation.tolerance(deviations.required("loss").asDouble(), value), value);
            assertThat((double) loss.item()).as("loss").isCloseTo(value, within(tolerance));
            train.required("running_sum_after1").forEachEntry(this::checkRunningSum);
            Autograd.backward(loss);
            Set<String> zeros = StreamSupport.stream(train.path("grad_zero").spliterator(), false)
                    .map(JsonNode::asString)
                    .collect(Collectors.toSet());
            network.parameters().forEach((name, parameter) -> {
                if (zeros.contains(name)) {
                    checkZeroGradient(name, parameter);
                } else {
                    checkGradient(train, name, parameter);
                }
            });
        }
    }

    /**
     * What must come out of a module.
     *
     * @param statistics of its result
     * @param deviations of the same in single precision
     */
    private record Stage(JsonNode statistics, JsonNode deviations) {}

    /**
     * The listed statistics by the names of our modules. Where a network has a norm and its activation apart, they are one module here; where
     * several convolutions have a module around them that is none here, its result is that of the last.
     */
    private Map<String, Stage> stages(JsonNode statistics, JsonNode deviations) {
        List<String> modules = new ArrayList<>();
        network.visit((name, module) -> modules.add(name));
        Map<String, Stage> stages = new TreeMap<>();
        statistics.forEachEntry((name, values) -> {
            Stage stage = new Stage(values, deviations.required("stats").required(name));
            String norm = name.replaceFirst("^bn", "act");
            if (modules.contains(name)) {
                boolean activationFollows = !norm.equals(name) && statistics.has(norm) && !modules.contains(norm);
                if (!activationFollows) {
                    stages.put(name, stage);
                }
            } else if (name.startsWith("act")) {
                stages.put(name.replaceFirst("^act", "bn"), stage);
            } else {
                stages.put(
                        modules.reversed().stream()
                                .filter(module -> module.startsWith(name + "."))
                                .findFirst()
                                .orElse(name),
                        stage);
            }
        });
        return stages;
    }

    /** The forward pass, in which every stage that the network goes through is checked and taken from {@code stages}. */
    private Tensor watched(Shape images, Map<String, Stage> stages) {
        ForwardHook hook = (name, module, input, output) -> {
            Stage stage = stages.remove(name);
            if (stage != null) {
                checkStage(name, stage.statistics, stage.deviations, output);
            }
        };
        try (Module.Watching watching = network.watch(hook)) {
            return network.forward(Tensor.fromArray(backend, images, FormulaInit.input(images)));
        }
    }

    private void checkStage(String name, JsonNode stage, JsonNode deviations, Tensor output) {
        assertThat(output.shape()).as(name).isEqualTo(shape(stage.required("shape")));
        float[] values = output.toArray();
        double mean = mean(values, 0, values.length);
        double squares = 0;
        for (float v : values) {
            squares += (v - mean) * (v - mean);
        }
        double std = Math.sqrt(squares / values.length);
        double scale = Math.abs(mean) + std;
        double meanTolerance = accuracy.tolerance(
                Expectation.tolerance(deviations.required("mean").asDouble(), scale));
        assertClose(name + " mean", mean, stage.required("mean").asDouble(), meanTolerance);
        assertClose(
                name + " std",
                std,
                stage.required("std").asDouble(),
                accuracy.tolerance(
                        Expectation.tolerance(deviations.required("std").asDouble(), scale)));
        JsonNode images = stage.required("per_image_mean");
        int image = values.length / images.size();
        for (int n = 0; n < images.size(); n++) {
            double actual = mean(values, n * image, image);
            assertClose(name + " mean of image " + n, actual, images.required(n).asDouble(), meanTolerance);
        }
        JsonNode first = stage.required("first8");
        double error = Math.max(deviations.required("first8").asDouble(), ERROR_OF_AN_ELEMENT * scale);
        double firstTolerance = accuracy.tolerance(Expectation.tolerance(error, scale));
        for (int i = 0; i < first.size(); i++) {
            assertClose(name + " element " + i, values[i], first.required(i).asDouble(), firstTolerance);
        }
    }

    private static Shape shape(JsonNode extents) {
        return Shape.of(StreamSupport.stream(extents.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray());
    }

    private static double mean(float[] values, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += values[i];
        }
        return sum / count;
    }

    private static void assertClose(String what, double actual, double expected, double tolerance) {
        assertThat(actual).as(what).isCloseTo(expected, within(tolerance));
    }

    private void checkLogits(String name, double deviation, Tensor logits) {
        HostTensor tensor = golden.tensors().get(name);
        Expectation.absolute(tensor.floats(), deviation).logitsIn(accuracy).check(name, logits.toArray());
    }

    private void checkRunningSum(String name, JsonNode sum) {
        double actual = 0;
        double magnitude = 0;
        for (float v : network.buffers().get(name).toArray()) {
            actual += v;
            magnitude += Math.abs(v);
        }
        assertClose(name, actual, sum.asDouble(), accuracy.tolerance(RUNNING_SUM_TOLERANCE * magnitude));
    }

    /**
     * The norm and the first element of a parameter's gradient. In single precision some activations flip their sign, at random, so
     * that what another library lost on one parameter says little about what is lost here.
     */
    private void checkGradient(JsonNode train, String name, Tensor parameter) {
        JsonNode deviations = train.required("f32_dev");
        double relative = Math.max(
                Math.max(
                        3 * deviations.required("grad_l2_rel").asDouble(),
                        8
                                * deviations
                                        .required("grad_l2_rel_by_param")
                                        .required(name)
                                        .asDouble()),
                hasRelus ? FLIPPED_NORM : 0);
        Tensor gradient = parameter.gradient();
        assertThat(gradient).as("gradient of %s", name).isNotNull();
        float[] values = gradient.toArray();
        double norm = train.required("grad_l2").required(name).asDouble();
        assertClose("norm of the gradient of " + name, norm(values), norm, accuracy.tolerance(relative * norm));
        double first = train.required("grad_first").required(name).asDouble();
        double typical = norm / Math.sqrt(values.length);
        assertClose(
                "first element of the gradient of " + name,
                values[0],
                first,
                FIRST_ELEMENT_TOLERANCE * Math.max(Math.abs(first), typical));
        if (train.has("grad_proj")) {
            assertClose(
                    "projection of the gradient of " + name,
                    FormulaInit.projection("grad:" + name, values),
                    train.required("grad_proj").required(name).asDouble(),
                    accuracy.tolerance(projectionTolerance(train, name, norm)));
        }
    }

    /** As for the norm: 8 times what another library lost on this parameter, or 3 times what it lost, relative to the norm, on its worst. */
    private double projectionTolerance(JsonNode train, String name, double norm) {
        JsonNode deviations = train.required("f32_dev").required("grad_proj_by_param");
        double worst = deviations.properties().stream()
                .mapToDouble(entry -> entry.getValue().asDouble()
                        / train.required("grad_l2").required(entry.getKey()).asDouble())
                .max()
                .orElse(0);
        return Math.max(
                8 * deviations.required(name).asDouble(),
                Math.max(3 * worst, hasRelus ? FLIPPED_PROJECTION : 0) * norm);
    }

    /** The bias of a norm whose result is normalised again has no gradient, and rounding leaves little. */
    private void checkZeroGradient(String name, Tensor parameter) {
        Tensor gradient = parameter.gradient();
        assertThat(gradient).as("gradient of %s", name).isNotNull();
        double norm = norm(gradient.toArray());
        assertThat(norm).as("norm of the gradient of %s", name).isLessThan(accuracy.tolerance(ZERO_TOLERANCE));
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float v : values) {
            squares += (double) v * v;
        }
        return Math.sqrt(squares);
    }
}
