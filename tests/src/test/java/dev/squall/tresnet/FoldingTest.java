package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms that are taken into the convolutions for good leave every answer as it was. */
@Tag("fast")
class FoldingTest {
    private static final int SIDE = 32;

    @ParameterizedTest
    @ValueSource(strings = {"tresnet_tiny", "seresnext50_32x4d", "mixnet_l", "mobilenetv3_large_100"})
    void theLogitsStay(String name) {
        try (Backend backend = Backends.open("jvm", BackendOptions.DEFAULT).backend();
                Module network = Networks.create(name, backend, 3, 7)) {
            randomise(network.initialise(1));
            network.eval();
            float[] before = logits(backend, network);

            ConvAbn.foldNorms(network);

            assertThat(logits(backend, network)).isEqualTo(before);
            assertThat(network.buffers()).isEmpty();
            assertThat(network.counters()).isEmpty();
            // And so they do where the backward pass is asked for, in several operations then.
            try (Scope _ = Scope.open()) {
                Tensor logits = network.forward(images(backend));
                float largest = 0;
                for (float logit : before) {
                    largest = Math.max(largest, Math.abs(logit));
                }
                assertThat(logits.toArray()).containsExactly(before, within(1e-4f * largest));
                Autograd.backward(CrossEntropy.crossEntropy(logits, new int[] {1, 2}, 0));
                assertThat(network.parameters().values()).allMatch(parameter -> parameter.gradient() != null);
            }
        }
    }

    private static void randomise(Module network) {
        Random random = new Random(2);
        Map<String, Tensor> vectors = new LinkedHashMap<>(network.parameters());
        vectors.keySet().removeIf(name -> name.contains("fc") || name.contains("se."));
        vectors.values().removeIf(tensor -> tensor.shape().rank() != 1);
        vectors.putAll(network.buffers());
        vectors.forEach((name, tensor) -> {
            float[] values = new float[tensor.shape().elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.5f + random.nextFloat();
            }
            tensor.upload(values);
        });
    }

    private static Tensor images(Backend backend) {
        float[] pixels = new float[2 * 3 * SIDE * SIDE];
        Random random = new Random(3);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = random.nextFloat();
        }
        return Tensor.fromArray(backend, Shape.of(2, 3, SIDE, SIDE), pixels);
    }

    private static float[] logits(Backend backend, Module network) {
        try (Scope _ = Scope.open()) {
            return Autograd.withoutGradients(() -> network.forward(images(backend)))
                    .toArray();
        }
    }
}
