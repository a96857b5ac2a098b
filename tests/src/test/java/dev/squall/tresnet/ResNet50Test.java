package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ResNet50Test {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void parametersAndMultiplyAdds(boolean training) {
        try (MetaBackend backend = new MetaBackend();
                ResNet50 network = new ResNet50(backend, 1000);
                Scope _ = Scope.open()) {
            network.setTraining(training);
            long before = backend.counters().multiplyAdds();
            Tensor logits =
                    Autograd.withoutGradients(() -> network.forward(Tensor.empty(backend, Shape.of(1, 3, 224, 224))));

            assertThat(logits.shape()).isEqualTo(Shape.of(1, 1000));
            assertThat(network.parameterCount()).isEqualTo(25_557_032);
            assertThat(backend.counters().multiplyAdds() - before).isEqualTo(4_089_184_256L);
        }
    }

    @Test
    void namesOfTimm() {
        try (MetaBackend backend = new MetaBackend();
                ResNet50 network = new ResNet50(backend, 1000)) {
            assertThat(network.parameters()).hasSize(161);
            assertThat(network.parameters().keySet())
                    .contains(
                            "conv1.weight",
                            "bn1.bias",
                            "layer1.0.conv3.weight",
                            "layer1.0.downsample.0.weight",
                            "layer4.2.bn3.weight",
                            "layer2.0.downsample.1.bias",
                            "fc.weight");
            assertThat(network.buffers().keySet()).contains("bn1.running_mean", "layer3.5.bn2.running_var");
            assertThat(network.counters().keySet()).contains("layer4.0.downsample.1.num_batches_tracked");
        }
    }

    @Test
    void evaluationModeReachesTheGroupsAndNothingStays() {
        try (Backend backend = Backends.open("jvm", BackendOptions.DEFAULT).backend()) {
            ResNet50 network = new ResNet50(backend, 10);
            network.initialise(1).eval();
            try (Scope _ = Scope.open()) {
                Tensor x = Tensor.empty(backend, Shape.of(1, 3, 64, 64));
                backend.fill(x.storage(), 0.5f);
                assertThat(Autograd.withoutGradients(() -> network.forward(x)).toArray())
                        .doesNotContain(Float.NaN);
            }
            network.close();
            assertThat(backend.liveBytes()).isZero();
        }
    }
}
