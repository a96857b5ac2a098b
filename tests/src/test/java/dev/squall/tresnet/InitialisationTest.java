package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.Backend;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network begins with the values of the official code, whatever the defaults of the layers are. */
@Tag("fast")
class InitialisationTest {
    /** All weights of one seed: published runs were begun with them, and so must stay repeatable. */
    @Test
    void theWeightsOfASeedStayTheSame() {
        try (Backend backend = new ReferenceBackend();
                Module network = Networks.create("tresnet_tiny", backend, 3, 10, NormKind.INPLACE)) {
            network.initialise(1);
            CRC32 crc = new CRC32();
            network.parameters().forEach((name, parameter) -> {
                float[] values = parameter.toArray();
                ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
                bytes.asFloatBuffer().put(values);
                crc.update(bytes);
            });
            assertThat("%08x".formatted(crc.getValue())).isEqualTo("21edd4de");
        }
    }

    /** Each kind of layer draws from the distribution of the network's own code: its family, its width, and where residual branches begin as nothing. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tresnet_tiny",
                "resnet50d",
                "seresnext50_32x4d",
                "efficientnet_b1",
                "mixnet_l",
                "mobilenetv3_large_100"
            })
    void everyLayerBeginsAsInItsNetworksOwnCode(String name) {
        try (Backend backend = new ReferenceBackend();
                Module network = Networks.create(name, backend, 3, 1000)) {
            network.initialise(7);
            boolean isMobile = Networks.preset(name).config() instanceof EfficientNetConfig;
            Map<String, Tensor> parameters = network.parameters();
            Set<String> norms = new HashSet<>();
            network.buffers().keySet().forEach(key -> norms.add(key.substring(0, key.lastIndexOf('.'))));
            parameters.forEach((key, parameter) -> {
                String layer = key.substring(0, key.lastIndexOf('.'));
                if (norms.contains(layer)) {
                    float weight = beginsAsNothing(name, layer, parameters.keySet()) ? 0 : 1;
                    assertThat(parameter.toArray()).as(key).containsOnly(key.endsWith("weight") ? weight : 0);
                } else if (key.endsWith(".bias")) {
                    int fanIn = fanIn(parameters.get(layer + ".weight").shape());
                    assertUniform(key, parameter, isMobile ? 0 : 1 / Math.sqrt(fanIn));
                } else if (parameter.shape().rank() == 4) {
                    Shape shape = parameter.shape();
                    // Of a depthwise convolution an EfficientNet counts one channel, a ResNet all of a grouped one.
                    int channels = isMobile && key.contains("conv_dw") ? 1 : shape.dim(0);
                    assertNormal(key, parameter, Math.sqrt(2.0 / (channels * shape.dim(2) * shape.dim(3))));
                } else if (name.startsWith("tresnet")) {
                    assertNormal(key, parameter, 0.01);
                } else {
                    int fan = isMobile ? 1000 : parameter.shape().dim(1);
                    assertUniform(key, parameter, 1 / Math.sqrt(fan));
                }
            });
        }
    }

    /** The last norm of a residual branch, in the families that begin it with 0: the EfficientNets do not. */
    private static boolean beginsAsNothing(String network, String norm, Set<String> parameters) {
        if (network.startsWith("tresnet")) {
            String block = norm.substring(0, Math.max(0, norm.indexOf(".conv")));
            boolean isBottleneck = parameters.contains(block + ".conv3.0.weight");
            return norm.matches("body\\.layer.*") && norm.endsWith(isBottleneck ? ".conv3.1" : ".conv2.1");
        }
        return norm.matches("layer.*\\.bn3");
    }

    private static int fanIn(Shape weight) {
        return weight.elements() / weight.dim(0);
    }

    private static void assertNormal(String key, Tensor parameter, double deviation) {
        DescriptiveStatistics values = statistics(parameter);
        double n = values.getN();
        assertThat(values.getStandardDeviation())
                .as(key)
                .isCloseTo(deviation, within(6 * deviation / Math.sqrt(2 * n)));
        assertThat(values.getMean()).as(key).isCloseTo(0, within(6 * deviation / Math.sqrt(n)));
        if (n > 1000) {
            // No uniform distribution of that width gets there.
            assertThat(values.getMax()).as(key).isGreaterThan(1.9 * deviation);
        }
    }

    private static void assertUniform(String key, Tensor parameter, double bound) {
        DescriptiveStatistics values = statistics(parameter);
        assertThat(values.getMax()).as(key).isLessThanOrEqualTo(bound * (1 + 1e-6));
        assertThat(values.getMin()).as(key).isGreaterThanOrEqualTo(-bound * (1 + 1e-6));
        double deviation = bound / Math.sqrt(3);
        assertThat(values.getStandardDeviation())
                .as(key)
                .isCloseTo(deviation, within(6 * deviation / Math.sqrt(2.0 * values.getN())));
    }

    private static DescriptiveStatistics statistics(Tensor parameter) {
        DescriptiveStatistics statistics = new DescriptiveStatistics();
        for (float value : parameter.toArray()) {
            statistics.addValue(value);
        }
        return statistics;
    }
}
