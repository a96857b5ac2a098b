package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.meta.MetaBackend;
import dev.squall.error.BadInputException;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.tresnet.Summary.Layer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The networks against what was read off the official ones, to the last digit. */
@Tag("fast")
class NetworkShapesTest {
    @ParameterizedTest
    @CsvSource({
        "resnet50, 25557032, 320, 161, 4089184256",
        "resnet50d, 25576264, 332, 167, 4328824832",
        "resnext50_32x4d, 25028904, 320, 161, 4230479872",
        "seresnext50_32x4d, 27559896, 384, 225, 4232994816",
        "efficientnet_b1, 7794184, 508, 301, 686802832",
        "mixnet_l, 7329252, 479, 305, 555251792",
        "mobilenetv3_large_100, 5483032, 312, 174, 216589760",
        "tresnet_m, 31389032, 434, 254, 5734965248",
        "tresnet_l, 55989256, 620, 365, 10875689984",
        "tresnet_xl, 78436244, 752, 443, 15165013664",
        "tresnet_l_v2, 46174824, 746, 434, 8812142592"
    })
    void parametersAndMultiplyAdds(
            String name, long parameters, int stateTensors, int parameterTensors, long multiplyAdds) {
        NetworkPreset preset = Networks.preset(name);
        Summary summary = Summary.of(preset.config(), 1, preset.imageSize(), preset.imageSize());

        assertThat(summary.parameters()).isEqualTo(parameters);
        assertThat(summary.multiplyAdds()).isEqualTo(multiplyAdds);
        try (MetaBackend backend = new MetaBackend();
                Module network = Networks.preset(name).config().build(backend)) {
            assertThat(network.parameters()).hasSize(parameterTensors);
            assertThat(network.parameters().size()
                            + network.buffers().size()
                            + network.counters().size())
                    .isEqualTo(stateTensors);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.squall.tresnet.Spec#published")
    void everyLayerIsTheOfficialOne(String name) {
        Map<String, Layer> layers = new HashMap<>();
        int side = Networks.preset(name).imageSize();
        Summary.of(Networks.preset(name).config(), 1, side, side)
                .layers()
                .forEach(layer -> layers.put(layer.name(), layer));

        long total = 0;
        for (String[] row : Spec.rows(name + ".shapes" + side, "module")) {
            String module = row[0].replace(".op", "").replace(".global_pool_layer", "");
            if (row[1].matches("Conv2d|InPlaceABN|Linear|(Avg|Max)Pool2d|Downsample|SpaceToDepth|BatchNorm.*")) {
                Layer layer = layers.get(module);
                assertThat(layer).as(module).isNotNull();
                assertThat(layer.input()).as(module).isEqualTo(row[2]);
                assertThat(layer.output()).as(module).isEqualTo(row[3]);
            }
            if (row[1].matches("Conv2d|Linear")) {
                assertThat(layers.get(module).multiplyAdds()).as(module).isEqualTo(Long.parseLong(row[4]));
                total += Long.parseLong(row[4]);
            }
        }
        assertThat(layers.values().stream().mapToLong(Layer::multiplyAdds).sum())
                .isEqualTo(total);
    }

    @ParameterizedTest
    @MethodSource("dev.squall.tresnet.Spec#published")
    void theStateHasTheOfficialNamesAndShapes(String name) {
        Map<String, String> expected = new HashMap<>();
        Spec.rows(name + ".state_dict", "key").stream()
                .filter(row -> !row[0].endsWith(".op.filt"))
                .forEach(row -> expected.put(row[0], row[1]));

        Map<String, String> actual = new HashMap<>();
        try (MetaBackend backend = new MetaBackend();
                Module network = Networks.preset(name).config().build(backend)) {
            network.parameters()
                    .forEach((key, tensor) -> actual.put(key, tensor.shape().toString()));
            network.buffers()
                    .forEach((key, tensor) -> actual.put(key, tensor.shape().toString()));
            network.counters().keySet().forEach(key -> actual.put(key, "[]"));
        }
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(NormKind.class)
    void theStateIsTheSameForBothNorms(NormKind norm) {
        try (MetaBackend backend = new MetaBackend();
                Module network = Networks.preset("tresnet_tiny").config().build(backend);
                Module other = Networks.create("tresnet_tiny", backend, 1, 10, norm)) {
            assertThat(other.parameters().keySet())
                    .isEqualTo(network.parameters().keySet());
            assertThat(other.buffers().keySet()).isEqualTo(network.buffers().keySet());
        }
    }

    @ParameterizedTest
    @CsvSource({"tresnet_m, 20", "tresnet_tiny, 10", "tresnet_tiny, 28", "tresnet_tiny, 32", "tresnet_tiny, 64"})
    void takesImagesDownToTheSmallest(String name, int side) {
        assertThat(Summary.of(Networks.preset(name).config(), 1, side, side)
                        .layers()
                        .getLast()
                        .output())
                .isEqualTo("[1, " + Networks.preset(name).config().classes() + "]");
    }

    @ParameterizedTest
    @CsvSource({
        "tresnet_m, 16, 16",
        "tresnet_m, 224, 226",
        "tresnet_m, 30, 224",
        "tresnet_tiny, 8, 8",
        "tresnet_tiny, 29, 28"
    })
    void refusesOtherSizes(String name, int height, int width) {
        NetworkConfig config = Networks.preset(name).config();
        assertThatThrownBy(() -> Summary.of(config, 1, height, width))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(height + "x" + width)
                .hasMessageContaining("multiples of " + ((TResNetConfig) config).spaceToDepth());
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> Networks.preset("resnet_9000"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("resnet_9000")
                .hasMessageContaining("tresnet_tiny, tresnet_m, tresnet_l");
    }

    @Test
    void inplaceAbnNeedsLessMemoryThanBatchNorm() {
        NetworkConfig config = Networks.preset("tresnet_m").config();
        Summary inplace = Summary.of(config, 8, 224, 224);
        Summary batchNorm = Summary.of(config.withNorm(NormKind.BATCHNORM), 8, 224, 224);

        assertThat(inplace.activationBytes()).isLessThan(batchNorm.activationBytes() * 3 / 4);
        assertThat(inplace.peakTrainingBytes()).isLessThan(batchNorm.peakTrainingBytes() * 9 / 10);
        assertThat(inplace.multiplyAdds()).isEqualTo(8 * 5_734_965_248L);
    }

    @Test
    void theLargestBatchJustFits() {
        NetworkConfig config = Networks.preset("tresnet_tiny").config();
        long memory = 256L << 20;

        int largest = Summary.largestTrainingBatch(config, 28, 28, memory);

        assertThat(Summary.of(config, largest, 28, 28).peakTrainingBytes()).isLessThanOrEqualTo(memory);
        assertThat(Summary.of(config, largest + 1, 28, 28).peakTrainingBytes()).isGreaterThan(memory);
    }
}
