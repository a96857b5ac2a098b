package dev.squall.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Scale;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("fast")
class ModuleTest {
    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void namesAreThePathJoinedWithDots() {
        Module network = NetworkExamples.small(backend, NormKind.INPLACE, 3);
        assertThat(network.parameters().keySet())
                .containsExactly(
                        "1.0.weight",
                        "1.1.weight",
                        "1.1.bias",
                        "2.conv.0.weight",
                        "2.conv.1.weight",
                        "2.conv.1.bias",
                        "3.0.0.weight",
                        "3.0.1.weight",
                        "3.0.1.bias",
                        "4.fc1.weight",
                        "4.fc1.bias",
                        "4.fc2.weight",
                        "4.fc2.bias",
                        "6.weight",
                        "6.bias");
        assertThat(network.buffers().keySet())
                .containsExactly(
                        "1.1.running_mean",
                        "1.1.running_var",
                        "2.conv.1.running_mean",
                        "2.conv.1.running_var",
                        "3.0.1.running_mean",
                        "3.0.1.running_var");
        assertThat(network.counters().keySet())
                .containsExactly(
                        "1.1.num_batches_tracked", "2.conv.1.num_batches_tracked", "3.0.1.num_batches_tracked");
        assertThat(network.parameterCount())
                .isEqualTo(6 * 8 * 9 + 12 + 2 * (6 * 6 * 9 + 12) + (6 * 4 + 4) + (4 * 6 + 6) + 6 * 3 + 3);
    }

    @Test
    void namesMustBeNewAndNotEmpty() {
        class Twice extends Module {
            Twice(String first, String second) {
                child(first, new Flatten());
                child(second, new Flatten());
            }

            @Override
            protected Tensor compute(Tensor x) {
                return x;
            }
        }
        assertThatThrownBy(() -> new Twice("a", "a")).hasMessageContaining("has a 'a' already");
        assertThatThrownBy(() -> new Twice("a", "b..c")).hasMessageContaining("must not be empty");
    }

    @Test
    void aModuleWithSeveralNamesHasItsParametersOnce() {
        Linear shared = new Linear(backend, 3, 3);
        Module network = new Sequential(new Sequential(shared), shared, new Linear(backend, 3, 2)).initialise(7);

        assertThat(network.parameters().keySet()).containsExactly("0.0.weight", "0.0.bias", "2.weight", "2.bias");
        assertThat(network.parameterCount()).isEqualTo(3 * 3 + 3 + 3 * 2 + 2);
        network.close();
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void initialValuesDependOnSeedAndNameOnly() {
        Module one = new Sequential(new Linear(backend, 4, 3), new Linear(backend, 3, 2)).initialise(7);
        Module other = new Sequential(new Linear(backend, 4, 3), new Linear(backend, 3, 2), new Linear(backend, 2, 2));
        other.initialise(7);
        one.parameters()
                .forEach((name, parameter) -> assertThat(
                                other.parameters().get(name).toArray())
                        .as(name)
                        .isEqualTo(parameter.toArray()));
        float[] before = one.parameters().get("0.weight").toArray();
        assertThat(one.initialise(8).parameters().get("0.weight").toArray()).isNotEqualTo(before);
        assertThat(one.initialise(7).parameters().get("0.weight").toArray()).isEqualTo(before);
    }

    /** What somebody who comes from PyTorch expects: U(+-1/sqrt(fanIn)) for weights and biases, norms that change nothing. */
    @Test
    void layersBeginAsInPyTorch() {
        Module network = new Sequential(
                new Conv2d(backend, 32, 64, ConvGeometry.square(3, 1, 1), true),
                new Conv2d(backend, 32, 64, ConvGeometry.square(3, 1, 1).grouped(8), true),
                new Linear(backend, 100, 400),
                new BatchNorm(backend, NormLayer.Config.of(6, Activation.RELU)));
        network.initialise(1);
        Map<String, Tensor> parameters = network.parameters();
        for (String part : List.of("weight", "bias")) {
            assertUniform(parameters.get("0." + part), 1 / Math.sqrt(32 * 9));
            assertUniform(parameters.get("1." + part), 1 / Math.sqrt(4 * 9));
            assertUniform(parameters.get("2." + part), 1 / Math.sqrt(100));
        }
        assertThat(parameters.get("3.weight").toArray()).containsOnly(1f);
        assertThat(parameters.get("3.bias").toArray()).containsOnly(0f);
    }

    private static void assertUniform(Tensor parameter, double bound) {
        DescriptiveStatistics statistics = statistics(parameter);
        assertThat(statistics.getMax()).isBetween(0.9 * bound, bound);
        assertThat(statistics.getMin()).isBetween(-bound, -0.9 * bound);
        assertThat(statistics.getStandardDeviation()).isCloseTo(bound / Math.sqrt(3), within(0.15 * bound));
    }

    @Test
    void layersTakeOtherFirstValues() {
        Module network = new Sequential(
                new Conv2d(backend, 32, 64, ConvGeometry.square(3, 1, 1), Init.kaimingNormalFanOut(), null),
                new Linear(backend, 100, 400, Init.normal(0.01), Init.constant(3)),
                new Linear(backend, 4, 3).weightsFrom(Init.constant(2)),
                new ConvAbn(backend, ConvAbn.Config.of(4, 4, 3, 1)).zeroWeight());
        network.initialise(1);
        Map<String, Tensor> parameters = network.parameters();
        assertThat(statistics(parameters.get("0.weight")).getStandardDeviation())
                .isCloseTo(Math.sqrt(2.0 / (64 * 9)), within(0.001));
        assertThat(statistics(parameters.get("0.weight")).getMean()).isCloseTo(0, within(0.002));
        assertThat(parameters).doesNotContainKey("0.bias");
        assertThat(statistics(parameters.get("1.weight")).getStandardDeviation())
                .isCloseTo(0.01, within(0.0002));
        assertThat(parameters.get("1.bias").toArray()).containsOnly(3f);
        assertThat(parameters.get("2.weight").toArray()).containsOnly(2f);
        assertThat(parameters.get("3.1.weight").toArray()).containsOnly(0f);
        assertThat(network.buffers().get("3.1.running_var").toArray()).containsOnly(1f);
    }

    private static DescriptiveStatistics statistics(Tensor tensor) {
        DescriptiveStatistics statistics = new DescriptiveStatistics();
        for (float value : tensor.toArray()) {
            statistics.addValue(value);
        }
        return statistics;
    }

    @ParameterizedTest
    @EnumSource
    void foldedEvaluationEqualsTheComposition(NormKind norm) {
        Module network = trained(norm).eval();
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 5, 3, 2, 8, 8);
            float[] composed = network.forward(x).toArray();
            float[] fused = Autograd.withoutGradients(() -> network.forward(x)).toArray();
            assertClose(fused, composed, 1e-5f);
        }
    }

    @Test
    void foldedWeightsFollowAChangeOfWeightsOrStatistics() {
        Module network = trained(NormKind.INPLACE).eval();
        for (String changed : List.of("1.0.weight", "1.1.bias")) {
            float[] before = evaluate(network);
            Tensor parameter = network.parameters().get(changed);
            float[] values = parameter.toArray();
            values[0] += 1;
            parameter.upload(values);
            assertThat(evaluate(network)).as(changed).isNotEqualTo(before);
        }
        float[] before = evaluate(network);
        Tensor variance = network.buffers().get("2.conv.1.running_var");
        variance.upload(new float[] {4, 4, 4, 4, 4, 4});
        assertThat(evaluate(network)).isNotEqualTo(before);
    }

    @Test
    void trainingModeFreesTheFoldedWeights() {
        Module network = trained(NormKind.INPLACE);
        long before = backend.liveBytes();
        evaluate(network.eval());
        assertThat(backend.liveBytes()).isGreaterThan(before);
        network.train();
        assertThat(backend.liveBytes()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void aTrainingPassLeavesOnlyGradientsBehind(NormKind norm) {
        Module network = NetworkExamples.small(backend, norm, 3).initialise(2);
        long weights = backend.liveBytes();
        step(network);
        long gradients = 4 * network.parameterCount();
        assertThat(backend.liveBytes()).isEqualTo(weights + gradients);
        step(network);
        assertThat(backend.liveBytes()).isEqualTo(weights + gradients);
        assertThat(network.counters().values()).allMatch(counter -> counter.get() == 2);
        network.close();
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void inferenceFreesEachIntermediateResult() {
        List<Module> layers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            layers.add(new ActivationLayer(Activation.RELU));
        }
        Module network = new Sequential(layers);
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 1, 2, 3, 4, 4);
            long one = backend.liveBytes();
            backend.resetPeak();
            network.forward(x);
            assertThat(backend.liveBytes()).isEqualTo(2 * one);
            assertThat(backend.peakBytes()).isEqualTo(3 * one);
        }
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void aPassOutsideAnyScopeCanBeDifferentiated() {
        Module network = new Sequential(new Linear(backend, 3, 2)).initialise(1);
        Tensor loss = CrossEntropy.crossEntropy(
                network.forward(NetworkExamples.normal(backend, 1, 2, 3)), new int[] {0, 1}, 0);
        Autograd.backward(loss);
        assertThat(network.parameters().get("0.weight").gradient()).isNotNull();
    }

    @Test
    void hooksSeeEveryModuleByName() {
        Module network = NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(3);
        List<String> seen = new ArrayList<>();
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 5, 2, 2, 8, 8);
            try (Module.Watching _ = network.watch((name, module, input, output) ->
                    seen.add(name + " " + module.getClass().getSimpleName() + " " + input + " " + output.shape()))) {
                network.forward(x);
            }
            network.forward(x);
        }
        assertThat(seen)
                .contains(
                        "1.0 Conv2d [2, 8, 4, 4] [2, 6, 4, 4]",
                        "3.1 BlurPool [2, 6, 4, 4] [2, 6, 2, 2]",
                        "6 Linear [2, 6] [2, 3]")
                .endsWith(" Sequential [2, 2, 8, 8] [2, 3]")
                .hasSize(19);
    }

    @Test
    void dropoutRepeatsWithTheSeedAndIsNothingInEvaluation() {
        Module dropout = new Sequential(new Dropout(0.5f));
        Tensor x = Tensor.fromArray(backend, Shape.of(1, 1000), new float[1000]);
        backend.fill(x.storage(), 1);
        dropout.reseed(3);
        float[] first = dropout.forward(x).toArray();
        float[] second = dropout.forward(x).toArray();
        dropout.reseed(3);
        assertThat(dropout.forward(x).toArray()).isEqualTo(first).isNotEqualTo(second);
        assertThat(first).containsOnly(0f, 2f);
        assertThat(dropout.eval().forward(x)).isSameAs(x);
    }

    /** Knows whether it was asked to overwrite. */
    private static final class Overwriting extends Module {
        private boolean asked;

        @Override
        protected Tensor compute(Tensor x) {
            return Scale.scale(2f, x);
        }

        @Override
        public Tensor forwardInPlace(Tensor x) {
            asked = true;
            return forward(x);
        }
    }

    @Test
    void aSequenceOverwritesWhatItMadeButNotWhatItWasGiven() {
        var first = new Overwriting();
        var second = new Overwriting();
        var third = new Overwriting();
        Module inner = new Sequential(new Dropout(0.5f), first);
        Module network = new Sequential(inner, new Sequential(second, third)).eval();
        Tensor x = Tensor.fromArray(backend, Shape.of(1, 3), 1f, 2f, 3f);
        assertThat(network.forward(x).toArray()).containsExactly(8f, 16f, 24f);
        assertThat(x.toArray()).containsExactly(1f, 2f, 3f);
        assertThat(first.asked).isFalse();
        assertThat(second.asked).isTrue();
        assertThat(third.asked).isTrue();
    }

    private Module trained(NormKind norm) {
        Module network = NetworkExamples.small(backend, norm, 3).initialise(2);
        step(network);
        network.parameters().values().forEach(parameter -> parameter.setGradient(null));
        return network;
    }

    private void step(Module network) {
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 9, 4, 2, 8, 8);
            Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {0, 1, 2, 0}, 0.1f));
        }
    }

    private float[] evaluate(Module network) {
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 5, 3, 2, 8, 8);
            return Autograd.withoutGradients(() -> network.forward(x)).toArray();
        }
    }

    private static void assertClose(float[] actual, float[] expected, float tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(tolerance));
        }
    }
}
