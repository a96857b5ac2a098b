package dev.squall.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.NetworkExamples;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Scale;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class OptimizerTest {
    private final Backend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    private Tensor parameter(float value, float gradient) {
        Tensor parameter = Tensor.parameter(backend, Shape.of(1), value);
        parameter.setGradient(Tensor.buffer(backend, Shape.of(1), gradient));
        return parameter;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sgdEqualsItsFormula(boolean nesterov) {
        Tensor w = parameter(2, 0.5f);
        Optimizer sgd = new Sgd(ParameterGroup.single(Map.of("w", w), 0.1f), 0.9f, nesterov);
        double value = 2;
        double buffer = 0;
        for (int step = 0; step < 4; step++) {
            sgd.step(0.3f);
            double g = 0.5 + 0.1 * value;
            buffer = step == 0 ? g : 0.9 * buffer + g;
            value -= 0.3 * (nesterov ? g + 0.9 * buffer : buffer);
        }
        assertThat((double) w.item()).isCloseTo(value, within(1e-6));
        assertThat(sgd.steps()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void adamEqualsItsFormula(boolean decoupled) {
        Tensor w = parameter(2, 0.5f);
        Optimizer adam = new Adam(
                ParameterGroup.single(Map.of("w", w), 0.1f), decoupled ? Adam.Settings.ADAM_W : Adam.Settings.ADAM);
        double value = 2;
        double mean = 0;
        double square = 0;
        for (int t = 1; t <= 4; t++) {
            adam.step(0.3f);
            double g = decoupled ? 0.5 : 0.5 + 0.1 * value;
            value *= decoupled ? 1 - 0.3 * 0.1 : 1;
            mean = 0.9 * mean + 0.1 * g;
            square = 0.999 * square + 0.001 * g * g;
            value -= 0.3 * mean / (1 - Math.pow(0.9, t)) / (Math.sqrt(square / (1 - Math.pow(0.999, t))) + 1e-8);
        }
        assertThat((double) w.item()).isCloseTo(value, within(1e-5));
    }

    @Test
    void biasesAndNormsAreNotDecayed() {
        Module network = NetworkExamples.small(backend, NormKind.INPLACE, 3).initialise(1);
        List<ParameterGroup> groups = ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 0.5f);
        assertThat(groups.get(0).parameters().keySet())
                .allMatch(name -> name.endsWith("weight"))
                .contains("6.weight");
        assertThat(groups.get(1).parameters().keySet()).contains("1.1.weight", "1.1.bias", "6.bias");
        network.parameters().values().forEach(parameter -> {
            Tensor zero = Tensor.buffer(
                    backend, parameter.shape(), new float[parameter.shape().elements()]);
            parameter.setGradient(zero);
        });
        float[] weight = network.parameters().get("6.weight").toArray();
        float[] bias = network.parameters().get("6.bias").toArray();
        new Sgd(groups, 0, false).step(1f);
        assertThat(network.parameters().get("6.weight").toArray()[0]).isEqualTo(weight[0] / 2);
        assertThat(network.parameters().get("6.bias").toArray()).isEqualTo(bias);
    }

    @Test
    void aParameterWithoutAGradientIsLeftAlone() {
        Tensor frozen = Tensor.parameter(backend, Shape.of(1), 3f);
        Tensor learned = parameter(2, 1);
        new Sgd(ParameterGroup.single(Map.of("a", frozen, "b", learned), 0.1f), 0.9f, false).step(1f);
        assertThat(frozen.item()).isEqualTo(3f);
        assertThat(learned.item()).isNotEqualTo(2f);
    }

    @Test
    void aStepChangesTheVersionByWhichBackendsCache() {
        Tensor w = parameter(2, 1);
        int before = w.storage().version();
        new Sgd(ParameterGroup.single(Map.of("w", w), 0), 0, false).step(1f);
        assertThat(w.storage().version()).isGreaterThan(before);
    }

    @Test
    void aStepBeforeTheBackwardPassIsAnError() {
        Module network = new Sequential(new Linear(backend, 3, 2), new Linear(backend, 2, 2)).initialise(1);
        Optimizer sgd = new Sgd(ParameterGroup.single(network.parameters(), 0), 0, false);
        try (Scope _ = Scope.open()) {
            Tensor x = NetworkExamples.normal(backend, 1, 2, 3);
            Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {0, 1}, 0));
            network.forward(x);
            assertThatThrownBy(() -> sgd.step(1f)).hasMessageContainingAll("Sgd", "linear");
        }
    }

    @Test
    void stateGoesOnElsewhere() {
        Tensor w = parameter(2, 0.5f);
        Tensor v = parameter(2, 0.5f);
        Optimizer first = new Adam(ParameterGroup.single(Map.of("w", w), 0), Adam.Settings.ADAM);
        Optimizer second = new Adam(ParameterGroup.single(Map.of("w", v), 0), Adam.Settings.ADAM);
        first.step(0.1f);
        first.step(0.2f);
        v.upload(w.toArray());
        first.state().forEach((name, tensor) -> second.state().get(name).upload(tensor.toArray()));
        second.resumeAt(first.steps());
        assertThat(first.state().keySet()).containsExactly("mean.w", "square.w");
        first.step(0.3f);
        second.step(0.3f);
        assertThat(v.item()).isEqualTo(w.item());
    }

    @Test
    void clippingScalesToTheNorm() {
        Tensor a = parameter(0, 3);
        Tensor b = parameter(0, 4);
        assertThat(GradientClipping.byGlobalNorm(List.of(a, b), 10)).isEqualTo(5f);
        assertThat(a.gradient().item()).isEqualTo(3f);
        assertThat(GradientClipping.byGlobalNorm(List.of(a, b), 1)).isEqualTo(5f);
        assertThat(a.gradient().item()).isCloseTo(0.6f, within(1e-6f));
        assertThat(b.gradient().item()).isCloseTo(0.8f, within(1e-6f));
    }

    @Test
    void accumulatedGradientsEqualThoseOfTheLargeBatch() {
        Module network = new Sequential(new Linear(backend, 5, 4), new Linear(backend, 4, 3)).initialise(1);
        float[] images = NetworkExamples.normal(backend, 3, 6, 5).toArray();
        int[] labels = {0, 1, 2, 2, 1, 0};
        backward(network, images, labels, 1f);
        float[] whole = network.parameters().get("0.weight").gradient().toArray();
        network.parameters().values().forEach(parameter -> parameter.setGradient(null));
        for (int part = 0; part < 3; part++) {
            backward(
                    network,
                    Arrays.copyOfRange(images, part * 10, part * 10 + 10),
                    Arrays.copyOfRange(labels, part * 2, part * 2 + 2),
                    1f / 3);
        }
        assertThat(network.parameters().get("0.weight").gradient().toArray()).containsExactly(whole, within(1e-7f));
    }

    private void backward(Module network, float[] images, int[] labels, float weight) {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(labels.length, 5), images);
            Autograd.backward(Scale.scale(weight, CrossEntropy.crossEntropy(network.forward(x), labels, 0)));
        }
    }
}
