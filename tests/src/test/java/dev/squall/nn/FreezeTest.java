package dev.squall.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is frozen stays as it is, and costs no more than in inference. */
@Tag("fast")
class FreezeTest {
    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    private Module network(NormKind kind) {
        ConvAbn.Config config = ConvAbn.Config.of(4, 4, 3, 1)
                .withActivation(Activation.leakyRelu(0.01f))
                .withNorm(kind);
        return new Sequential(
                new ConvAbn(backend, ConvAbn.Config.of(3, 4, 3, 1).withNorm(kind)),
                new Sequential(new ConvAbn(backend, config), new SqueezeExcitation(backend, 4, 2), new DropPath(0.5f)),
                new ConvAbn(backend, config),
                new GlobalAveragePool(),
                new Linear(backend, 4, 3));
    }

    private Map<String, float[]> state(Module network) {
        Map<String, float[]> state = new LinkedHashMap<>();
        network.parameters().forEach((name, tensor) -> state.put(name, tensor.toArray()));
        network.buffers().forEach((name, tensor) -> state.put(name, tensor.toArray()));
        network.counters().forEach((name, counter) -> state.put(name, new float[] {counter.get()}));
        return state;
    }

    private void step(Module network) {
        Map<String, Tensor> learned = new LinkedHashMap<>(network.parameters());
        learned.values().removeIf(parameter -> !parameter.requiresGradient());
        network.train();
        try (Sgd optimizer = new Sgd(ParameterGroup.single(learned, 0.01f), 0.9f, true);
                Scope _ = Scope.open()) {
            Tensor logits = network.forward(NetworkExamples.normal(backend, 1, 4, 3, 6, 6));
            Autograd.backward(CrossEntropy.crossEntropy(logits, new int[] {0, 1, 2, 0}, 0));
            optimizer.step(0.5f);
            optimizer.zeroGradients();
        }
    }

    @ParameterizedTest
    @EnumSource
    void parametersAndStatisticsStayToTheBit(NormKind kind) {
        Module network = network(kind).initialise(3);
        step(network);
        assertThat(network.freeze(name -> name.startsWith("0.") || name.startsWith("1.")))
                .hasSize(3 + 3 + 4);
        assertThat(network.learned().keySet())
                .allMatch(name -> name.startsWith("2.") || name.startsWith("4."))
                .contains("2.1.running_mean");
        Map<String, float[]> before = state(network);
        step(network);
        step(network);
        state(network).forEach((name, values) -> {
            if (network.learned().containsKey(name) || name.equals("2.1.num_batches_tracked")) {
                assertThat(values).as(name).isNotEqualTo(before.get(name));
            } else {
                assertThat(values).as(name).isEqualTo(before.get(name));
            }
        });
    }

    /** A frozen front keeps nothing for a backward pass, and runs folded as in inference. */
    @ParameterizedTest
    @EnumSource
    void aFrozenFrontKeepsNothing(NormKind kind) {
        Module network = network(kind).initialise(3);
        network.train();
        long before = backend.liveBytes();
        long kept = kept(network) - before;
        network.freeze(name -> !name.startsWith("4."));
        network.train();
        kept(network);
        long folded = backend.liveBytes();
        long keptOfHead = kept(network) - folded;
        // The images, the logits and what the linear layer reads.
        assertThat(keptOfHead).isEqualTo(4L * (4 * 3 * 6 * 6 + 4 * 3 + 4 * 4));
        assertThat(kept).isGreaterThan(5 * keptOfHead);
    }

    private long kept(Module network) {
        try (Scope _ = Scope.open()) {
            network.forward(NetworkExamples.normal(backend, 1, 4, 3, 6, 6));
            return backend.liveBytes();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLearnedBehindAFrozenFrontHasTheSameGradientAsInEvaluation(NormKind kind) {
        Module network = network(kind).initialise(3);
        step(network);
        float[] expected = headGradient(network.eval());
        network.freeze(name -> !name.startsWith("4."));
        assertThat(headGradient(network.train())).containsExactly(expected, within(1e-6f));
    }

    private float[] headGradient(Module network) {
        try (Scope _ = Scope.open()) {
            Tensor logits = network.forward(NetworkExamples.normal(backend, 1, 4, 3, 6, 6));
            Autograd.backward(CrossEntropy.crossEntropy(logits, new int[] {0, 1, 2, 0}, 0));
            float[] gradient = network.parameters().get("4.weight").gradient().toArray();
            network.parameters().values().forEach(parameter -> parameter.setGradient(null));
            return gradient;
        }
    }

    /** In the middle, gradients flow through to what is learned before it. */
    @ParameterizedTest
    @EnumSource
    void aFrozenMiddleLetsGradientsThrough(NormKind kind) {
        Module network = network(kind).initialise(3);
        step(network);
        network.freeze(name -> name.startsWith("1.") || name.startsWith("2."));
        Map<String, float[]> before = state(network);
        step(network);
        assertThat(state(network).get("0.0.weight")).isNotEqualTo(before.get("0.0.weight"));
        for (String name : List.of("1.0.0.weight", "1.0.1.running_var", "1.1.fc1.weight", "2.1.weight")) {
            assertThat(state(network).get(name)).as(name).isEqualTo(before.get(name));
        }
    }

    /** A norm alone: the convolution before it goes on learning, by the norm's running statistics. */
    @ParameterizedTest
    @EnumSource
    void aNormMayBeFrozenAlone(NormKind kind) {
        Module network = network(kind).initialise(3);
        step(network);
        network.freeze(name -> name.startsWith("2.1."));
        Map<String, float[]> before = state(network);
        step(network);
        assertThat(state(network).get("2.1.running_mean")).isEqualTo(before.get("2.1.running_mean"));
        assertThat(state(network).get("2.1.num_batches_tracked")).isEqualTo(before.get("2.1.num_batches_tracked"));
        assertThat(state(network).get("2.0.weight")).isNotEqualTo(before.get("2.0.weight"));
    }

    /** With one of its parameters still learned, a norm goes on measuring. */
    @Test
    void aNormOfWhichOnlyTheWeightIsFrozenGoesOnMeasuring() {
        Module network = network(NormKind.BATCHNORM).initialise(3);
        network.freeze(name -> name.equals("2.1.weight"));
        Map<String, float[]> before = state(network);
        step(network);
        assertThat(state(network).get("2.1.weight")).isEqualTo(before.get("2.1.weight"));
        assertThat(state(network).get("2.1.running_mean")).isNotEqualTo(before.get("2.1.running_mean"));
    }
}
