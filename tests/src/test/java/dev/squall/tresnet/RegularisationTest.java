package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.nn.DropPath;
import dev.squall.nn.Dropout;
import dev.squall.nn.Module;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.NetworkConfig.Regularisation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dropout and drop path, in every network. */
@Tag("fast")
class RegularisationTest {
    private static final Backend BACKEND = BackendsUnderTest.others().getFirst();

    private static float[] logits(Module network) {
        try (Scope scope = Scope.open()) {
            float[] pixels = new float[2 * 3 * 32 * 32];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = i * 37 % 101 / 101f;
            }
            Tensor x = Tensor.fromArray(BACKEND, Shape.of(2, 3, 32, 32), pixels);
            return Autograd.withoutGradients(() -> network.forward(x)).toArray();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tresnet_m",
                "resnet50",
                "seresnext50_32x4d",
                "efficientnet_b1",
                "mixnet_l",
                "mobilenetv3_large_100"
            })
    void changesTrainingAndNothingElse(String name) {
        NetworkConfig config = Networks.preset(name).config().withClasses(5);
        try (Module plain = config.build(BACKEND);
                Module dropping =
                        config.withRegularisation(new Regularisation(0.3, 0.5)).build(BACKEND)) {
            plain.initialise(1);
            dropping.initialise(1);
            // Branches that begin with weight 0 would be the same if they were left out.
            for (Module network : new Module[] {plain, dropping}) {
                network.parameters().values().stream()
                        .filter(parameter ->
                                parameter.shape().rank() == 1 && parameter.toArray()[0] == 0)
                        .forEach(parameter -> BACKEND.fill(parameter.storage(), 0.5f));
            }
            assertThat(dropping.parameters().keySet())
                    .isEqualTo(plain.parameters().keySet());
            assertThat(logits(dropping.eval())).isEqualTo(logits(plain.eval()));
            dropping.train();
            dropping.reseed(3);
            float[] first = logits(dropping);
            assertThat(logits(dropping)).isNotEqualTo(first);
            dropping.reseed(3);
            assertThat(logits(dropping)).isEqualTo(first);
        }
    }

    @Test
    void theRateGrowsFromZeroToTheLastBlock() {
        NetworkConfig config = Networks.preset("resnet50").config().withRegularisation(new Regularisation(0, 0.3));
        try (Module network = config.build(BACKEND)) {
            int[] paths = {0, 0};
            network.visit((name, module) -> {
                paths[0] += module instanceof DropPath ? 1 : 0;
                paths[1] += module instanceof Dropout ? 1 : 0;
            });
            assertThat(paths).containsExactly(15, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void aRateIsAProbabilityBelowOne(double rate) {
        assertThatThrownBy(() -> new Regularisation(rate, 0)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> new Regularisation(0, rate)).isInstanceOf(BadInputException.class);
    }
}
