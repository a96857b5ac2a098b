package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.io.HostTensor;
import dev.squall.nn.ForwardHook;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.TResNet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** A published network at full size with weights by formula: logits, statistics of each stage, and for one of them a training pass. */
final class FullNetworkCase {
    private static final Shape IMAGES = Shape.of(2, 3, 224, 224);

    /** Sums over thousands of values, none of which is given by itself. */
    private static final double RUNNING_SUM_TOLERANCE = 1e-5;

    /** Single elements deviate far more than norms: by up to 2e-2 in single precision, and by 3e-3 with sums in double. */
    private static final double FIRST_ELEMENT_TOLERANCE = 5e-2;

    private final GoldenCase golden;
    private final JsonNode expected;
    private final Backend backend;
    private final Accuracy accuracy;
    private final TResNet network;

    private FullNetworkCase(Backend backend, Accuracy accuracy, GoldenCase golden) {
        this.golden = golden;
        this.backend = backend;
        this.accuracy = accuracy;
        expected = golden.directory().json(golden.json().required("json").asString());
        network = new TResNet(
                backend,
                Networks.preset(golden.attrs().required("model").asString()).config());
        FormulaInit formula = new FormulaInit(NetworkState.tensors(network).keySet());
        NetworkState.fill(network, formula::values);
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

    private void evaluation() {
        network.eval();
        JsonNode deviations = expected.required("f32_dev_eval");
        try (Scope scope = Scope.open()) {
            Tensor logits = Autograd.withoutGradients(
                    () -> watched(expected.required("stats_eval"), deviations.required("stats")));
            checkLogits("logits_eval", deviations.required("logits_max_abs_err").asDouble(), logits);
        }
    }

    private void training(JsonNode train) {
        network.train();
        JsonNode deviations = train.required("f32_dev");
        int[] labels = StreamSupport.stream(train.required("target").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        try (Scope scope = Scope.open()) {
            Tensor logits = watched(train.required("stats"), deviations.required("stats"));
            checkLogits("logits_train", deviations.required("logits").asDouble(), logits);
            Tensor loss = CrossEntropy.crossEntropy(logits, labels, 0f);
            double value = train.required("loss_value").asDouble();
            double tolerance = accuracy.logitsTolerance(
                    Expectation.tolerance(deviations.required("loss").asDouble(), value), value);
            assertThat((double) loss.item()).as("loss").isCloseTo(value, within(tolerance));
            train.required("running_sum_after1").forEachEntry(this::checkRunningSum);
            Autograd.backward(loss);
            network.parameters().forEach((name, parameter) -> checkGradient(train, name, parameter));
        }
    }

    /** The forward pass, with the statistics of every stage that {@code stats} lists checked as it goes. */
    private Tensor watched(JsonNode stats, JsonNode deviations) {
        Map<String, JsonNode> waiting = new TreeMap<>();
        stats.forEachEntry(waiting::put);
        ForwardHook hook = (name, module, input, output) -> {
            JsonNode stage = waiting.remove(name);
            if (stage != null) {
                checkStage(name, stage, deviations.required(name), output);
            }
        };
        try (Module.Watching watching = network.watch(hook)) {
            Tensor logits = network.forward(Tensor.fromArray(backend, IMAGES, FormulaInit.input()));
            assertThat(waiting.keySet())
                    .as("stages that the network does not have")
                    .isEmpty();
            return logits;
        }
    }

    private void checkStage(String name, JsonNode stage, JsonNode deviations, Tensor output) {
        assertThat(output.shape()).hasToString(shape(stage));
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
        double firstTolerance = accuracy.tolerance(
                Expectation.tolerance(deviations.required("first8").asDouble(), scale));
        for (int i = 0; i < first.size(); i++) {
            assertClose(name + " element " + i, values[i], first.required(i).asDouble(), firstTolerance);
        }
    }

    private static String shape(JsonNode stage) {
        return Shape.of(StreamSupport.stream(stage.required("shape").spliterator(), false)
                        .mapToInt(JsonNode::asInt)
                        .toArray())
                .toString();
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
                3 * deviations.required("grad_l2_rel").asDouble(),
                8 * deviations.required("grad_l2_rel_by_param").required(name).asDouble());
        Tensor gradient = parameter.gradient();
        assertThat(gradient).as("gradient of %s", name).isNotNull();
        float[] values = gradient.toArray();
        double squares = 0;
        for (float v : values) {
            squares += (double) v * v;
        }
        double norm = train.required("grad_l2").required(name).asDouble();
        assertClose("norm of the gradient of " + name, Math.sqrt(squares), norm, accuracy.tolerance(relative * norm));
        double first = train.required("grad_first").required(name).asDouble();
        double typical = norm / Math.sqrt(values.length);
        assertClose(
                "first element of the gradient of " + name,
                values[0],
                first,
                FIRST_ELEMENT_TOLERANCE * Math.max(Math.abs(first), typical));
    }
}
