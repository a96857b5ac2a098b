package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import dev.squall.io.ElementType;
import dev.squall.io.HostTensor;
import dev.squall.io.weights.WeightsFile;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.train.StateDict;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class WeightsTest {
    private static final int SIDE = 16;

    private final Backend backend =
            Backends.open("reference", BackendOptions.DEFAULT).backend();
    private final float[] images = images();

    @AfterEach
    void close() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tresnet_m", "tresnet_l_v2"})
    void namesAreThoseOfTimm(String name) {
        for (String[] row : Spec.rows(name + ".timm_names", "official")) {
            assertThat(TimmNames.of(row[0])).as(row[0]).isEqualTo(row[1]);
        }
    }

    @Test
    void officialNamesGiveTheSameBits() {
        try (Module network = randomised(NormKind.INPLACE);
                Module loaded = create(NormKind.INPLACE)) {
            Map<String, HostTensor> state = StateDict.of(network);
            Weights.load(loaded, state, NormKind.INPLACE, "test");

            assertThat(StateDict.of(loaded)).isEqualTo(state);
            assertThat(logits(loaded)).isEqualTo(logits(network));
        }
    }

    @ParameterizedTest
    @EnumSource(NormKind.class)
    void namesOfTimmGiveEqualLogits(NormKind norm) {
        try (Module network = randomised(NormKind.INPLACE);
                Module loaded = create(norm)) {
            Weights.load(loaded, asTimmStoresIt(StateDict.of(network)), NormKind.INPLACE, "test");

            assertClose(logits(loaded), logits(network));
        }
    }

    @Test
    void aNetworkWithBatchNormTakesTheWeightsOfOneWithInplaceAbn() {
        try (Module network = randomised(NormKind.INPLACE);
                Module loaded = create(NormKind.BATCHNORM)) {
            Weights.load(loaded, StateDict.of(network), NormKind.INPLACE, "test");

            assertClose(logits(loaded), logits(network));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.", "module.", "module.model."})
    void ignoresPrefixesAndBlurFilters(String prefix) {
        try (Module network = randomised(NormKind.INPLACE);
                Module loaded = create(NormKind.INPLACE)) {
            Map<String, HostTensor> prefixed = new LinkedHashMap<>();
            StateDict.of(network).forEach((name, tensor) -> prefixed.put(prefix + name, tensor));
            prefixed.put(prefix + "body.layer2.0.conv1.1.op.filt", HostTensor.ofFloats(new float[9], 1, 1, 3, 3));

            Weights.load(loaded, prefixed, NormKind.INPLACE, "test");

            assertThat(StateDict.of(loaded)).isEqualTo(StateDict.of(network));
        }
    }

    @Test
    void weightsOfAnotherShapeAreRefusedAndNothingIsChanged() {
        try (Module network = randomised(NormKind.INPLACE);
                Module other = Networks.create("tresnet_tiny", backend, 3, 7, NormKind.INPLACE)) {
            Map<String, HostTensor> before = StateDict.of(other);

            assertThatThrownBy(() -> Weights.load(other, StateDict.of(network), NormKind.INPLACE, "some.safetensors"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("some.safetensors")
                    .hasMessageContaining("head.fc.weight is [10, ")
                    .hasMessageContaining("instead of [7, ")
                    .hasMessageContaining("head.fc.bias");
            assertThat(StateDict.of(other)).isEqualTo(before);
        }
    }

    @Test
    void missingAndUnknownTensorsAreNamed() {
        try (Module network = randomised(NormKind.INPLACE)) {
            Map<String, HostTensor> state = StateDict.of(network);
            HostTensor bias = state.remove("head.fc.bias");
            state.put("head.fc.offset", bias);

            assertThatThrownBy(() -> Weights.load(network, state, NormKind.INPLACE, "test"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("head.fc.bias is missing")
                    .hasMessageContaining("head.fc.offset is not expected");
        }
    }

    @Test
    void onlyTheFirstFewProblemsAreNamed() {
        try (Module network = randomised(NormKind.INPLACE)) {
            assertThatThrownBy(() -> Weights.load(network, Map.of(), NormKind.INPLACE, "test"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("body.conv1.0.weight is missing")
                    .hasMessageContaining("more")
                    .hasMessageNotContaining("layer4");
        }
    }

    /** Each part of the name is compared with all networks. */
    @Test
    void aNameOfManyDotsIsNotTriedAtEach() {
        Map<String, HostTensor> tensors =
                Map.of(".".repeat(50_000) + "weight", HostTensor.ofFloats(new float[] {1}, 1));
        List<String> notes = new ArrayList<>();
        assertThat(assertTimeoutPreemptively(Duration.ofMinutes(1), () -> Fit.withoutPrefix(tensors, notes)))
                .isSameAs(tensors);
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"2000000000, 0", "3000000000, 0", "2000000, 1"})
    void aClassifierOfNoPossibleSizeFitsNothing(long classes, long features) {
        HostTensor weight = new HostTensor(
                ElementType.U8, new long[] {classes, features}, ByteBuffer.allocate((int) (classes * features)));
        for (String name : List.of("head.fc.weight", "fc.weight", "classifier.weight")) {
            Map<String, HostTensor> tensors =
                    Map.of(name, weight, "conv1.weight", HostTensor.ofFloats(new float[64 * 3 * 49], 64, 3, 7, 7));
            assertThat(Fit.of(tensors)).noneMatch(Fit::isWhole);
            WeightsFile file = new WeightsFile("test", tensors, Map.of(), List.of());
            assertThat(StoredNetwork.of(Path.of("file"), file, "resnet50").notes())
                    .isEmpty();
        }
    }

    @Test
    void aNegativeScaleIsRefused() {
        try (Module network = randomised(NormKind.INPLACE)) {
            Map<String, HostTensor> state = asTimmStoresIt(StateDict.of(network));
            int channels = state.get("body.conv1.bn.weight").elements();
            float[] scales = new float[channels];
            scales[channels - 1] = -1f;
            state.put("body.conv1.bn.weight", HostTensor.ofFloats(scales, channels));

            assertThatThrownBy(() -> Weights.load(network, state, NormKind.INPLACE, "test"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("negative scale in body.conv1.bn.weight");
        }
    }

    private Module create(NormKind norm) {
        return Networks.create("tresnet_tiny", backend, 3, 10, norm);
    }

    /** Initialised, and then with statistics and scales (negative ones too) that make every parameter matter. */
    private Module randomised(NormKind norm) {
        Module network = create(norm);
        network.initialise(1);
        Random random = new Random(2);
        Map<String, Tensor> vectors = new LinkedHashMap<>(network.parameters());
        vectors.values().removeIf(tensor -> tensor.shape().rank() != 1);
        vectors.putAll(network.buffers());
        vectors.forEach((name, tensor) -> {
            float[] values = new float[tensor.shape().elements()];
            for (int i = 0; i < values.length; i++) {
                float sign = TimmNames.isNormWeight(name) && i % 3 == 0 ? -1 : 1;
                values[i] = sign * (0.5f + random.nextFloat());
            }
            tensor.upload(values);
        });
        network.counters().values().forEach(counter -> counter.set(17));
        return network;
    }

    private static Map<String, HostTensor> asTimmStoresIt(Map<String, HostTensor> official) {
        Map<String, HostTensor> timm = new LinkedHashMap<>();
        official.forEach((name, tensor) -> {
            HostTensor stored = tensor;
            if (TimmNames.isNormWeight(name)) {
                float[] scales = tensor.floats();
                for (int i = 0; i < scales.length; i++) {
                    scales[i] = Math.abs(scales[i]) + 1e-5f;
                }
                stored = HostTensor.ofFloats(scales, scales.length);
            }
            timm.put(TimmNames.of(name), stored);
        });
        return timm;
    }

    private float[] logits(Module network) {
        network.eval();
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(2, 3, SIDE, SIDE), images);
            return Autograd.withoutGradients(() -> network.forward(x)).toArray();
        }
    }

    private static float[] images() {
        float[] images = new float[2 * 3 * SIDE * SIDE];
        Random random = new Random(3);
        for (int i = 0; i < images.length; i++) {
            images[i] = random.nextFloat();
        }
        return images;
    }

    private static void assertClose(float[] actual, float[] expected) {
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isPositive();
        assertThat(actual).containsExactly(expected, within(1e-5f * largest));
    }
}
