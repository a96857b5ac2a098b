package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.squall.backend.meta.MetaBackend;
import dev.squall.nn.Module;
import dev.squall.optim.ParameterGroup;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layer-wise decay of the learning rate counts layers as timm does: the numbers come from its rules and its lists of parameters. */
@Tag("fast")
class LayersTest {
    private static final float DECAY = 0.9f;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tresnet_m             | 23 | body.conv1.0.weight | body.layer2.0.downsample.1.0.weight | 4  | head.fc.bias
            resnet50d             | 18 | conv1.3.weight      | layer4.0.conv1.weight               | 14 | fc.weight
            efficientnet_b1       | 25 | bn1.weight          | conv_head.weight                    | 23 | classifier.bias
            mixnet_l              | 21 | conv_stem.weight    | bn2.bias                            | 19 | classifier.weight
            mobilenetv3_large_100 | 18 | conv_stem.weight    | blocks.6.0.conv.weight              | 16 | conv_head.bias
            """)
    void areThoseOfTimm(String name, int layers, String first, String some, int layer, String last) {
        try (MetaBackend backend = new MetaBackend();
                Module network = Networks.create(name, backend, 3, 1000)) {
            List<ParameterGroup> groups =
                    ParameterGroup.withLayerDecay(network.parameters(), network.layers(), DECAY, 0.05f);
            Set<Float> rates = new HashSet<>();
            Set<String> seen = new HashSet<>();
            groups.forEach(group -> {
                rates.add(group.learningRateScale());
                seen.addAll(group.parameters().keySet());
                group.parameters()
                        .values()
                        .forEach(parameter -> assertThat(group.weightDecay())
                                .isEqualTo(parameter.shape().rank() > 1 ? 0.05f : 0));
            });
            assertThat(rates).hasSize(layers);
            assertThat(seen).isEqualTo(network.parameters().keySet());
            Map.of(first, 0, some, layer, last, layers - 1)
                    .forEach((parameter, index) -> assertThat((double) rate(groups, parameter))
                            .as(parameter)
                            .isCloseTo(Math.pow(DECAY, layers - 1 - index), within(1e-6)));
        }
    }

    private static float rate(List<ParameterGroup> groups, String parameter) {
        return groups.stream()
                .filter(group -> group.parameters().containsKey(parameter))
                .findFirst()
                .orElseThrow()
                .learningRateScale();
    }
}
