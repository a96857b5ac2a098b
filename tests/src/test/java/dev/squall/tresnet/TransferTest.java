package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.data.ImageShape;
import dev.squall.data.Normalize;
import dev.squall.io.HostTensor;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.Optimizer;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.Recipe;
import dev.squall.train.StateDict;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole networks with the weights of others: a new head, frozen parts, steps on the rest. */
@Tag("fast")
class TransferTest {
    private static final int SIDE = 64;

    @ParameterizedTest
    @CsvSource({
        "tresnet_m, body.conv1 body.layer[123], body.layer4",
        "efficientnet_b1, conv_stem bn1 blocks.[0-5], blocks.6",
    })
    void frozenPartsStayToTheBitAndTheHeadIsNew(String name, String frozen, String learned) {
        try (Backend backend = Backends.open("jvm", BackendOptions.DEFAULT).backend()) {
            StoredNetwork stored = stored(name, backend);
            List<String> classNames = List.of("cat", "dog", "other");
            try (Module network = Networks.create(name, backend, 3, 3)) {
                network.initialise(2);
                assertThat(stored.fill(network, classNames)).isFalse();
                String head = Networks.preset(name).config().classifier();
                Map<String, HostTensor> before = StateDict.of(network);
                before.forEach((key, tensor) -> {
                    if (!key.startsWith(head)) {
                        assertThat(tensor).as(key).isEqualTo(stored.tensors().get(key));
                    }
                });

                Recipe recipe = Recipe.STANDARD.with("freeze", frozen).with("layer-decay", 0.9);
                recipe.freeze(network);
                steps(network, recipe);

                List<String> starts = Arrays.stream(frozen.split(" "))
                        .map(start -> start.replaceAll("\\[.*", ""))
                        .toList();
                Predicate<String> isFrozen =
                        key -> starts.stream().anyMatch(key::startsWith) && !key.startsWith(learned);
                StateDict.of(network).forEach((key, tensor) -> {
                    if (isFrozen.test(key)) {
                        assertThat(tensor).as(key).isEqualTo(before.get(key));
                    } else if (key.endsWith(".weight")) {
                        assertThat(tensor).as(key).isNotEqualTo(before.get(key));
                    }
                });
            }
        }
    }

    private static StoredNetwork stored(String name, Backend backend) {
        try (Module network = Networks.create(name, backend, 3, 5)) {
            network.initialise(1);
            NetworkConfig config = Networks.preset(name).config();
            ModelCard card = new ModelCard(
                    name,
                    List.of("a", "b", "c", "d", "e"),
                    new ImageShape(3, SIDE, SIDE),
                    Normalize.identity(3),
                    1,
                    config.norm());
            return new StoredNetwork(
                    Path.of("some.safetensors"), card, true, StateDict.of(network), Map.of(), List.of());
        }
    }

    private static void steps(Module network, Recipe recipe) {
        try (Optimizer optimizer = recipe.optimizer(network);
                ExponentialMovingAverage average = new ExponentialMovingAverage(network.learned(), 0.5f)) {
            network.train();
            for (int step = 0; step < 2; step++) {
                try (Scope _ = Scope.open()) {
                    float[] pixels = new float[2 * 3 * SIDE * SIDE];
                    for (int i = 0; i < pixels.length; i++) {
                        pixels[i] = (i * 31 + step) % 97 / 97f;
                    }
                    Tensor x = Tensor.fromArray(network.backend(), Shape.of(2, 3, SIDE, SIDE), pixels);
                    Autograd.backward(CrossEntropy.crossEntropy(network.forward(x), new int[] {0, 2}, 0));
                    optimizer.step(0.1f);
                    optimizer.zeroGradients();
                    average.update();
                }
            }
            average.swapIn();
        }
    }
}
