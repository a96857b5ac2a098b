package dev.squall.tresnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.nn.NormKind;
import dev.squall.tresnet.TResNetConfig.Downsampling;
import dev.squall.tresnet.TResNetConfig.Version;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The way from ResNet-50 to TResNet, one refinement of the paper after the other. */
@Tag("fast")
class RefinementsTest {
    private static Summary summary(TResNetConfig config) {
        return Summary.of(config, 1, 224, 224);
    }

    @Test
    void withoutRefinementsItIsResNet50() {
        Summary unrefined = summary(TResNetConfig.unrefined());
        assertThat(unrefined.parameters()).isEqualTo(25_557_032);
        assertThat(unrefined.multiplyAdds()).isEqualTo(4_089_184_256L);
    }

    @Test
    void theShortcutAndTheStemOfResNetDAreItsOwn() {
        // ResNet-D's shortcut averages, which adds no multiply-adds to those of its stem.
        Summary stem = summary(TResNetConfig.unrefined().withStem(Stem.THREE_CONV_3X3));
        assertThat(stem.parameters()).isEqualTo(25_576_264);
        assertThat(stem.multiplyAdds()).isEqualTo(4_328_824_832L);
    }

    @Test
    void withAllRefinementsItIsTResNet() {
        TResNetConfig refined = TResNetConfig.published("tresnet_unrefined", Version.V1, 1, 3, 4, 11, 3);
        TResNetConfig steps = TResNetConfig.unrefined()
                .withStem(Stem.SPACE_TO_DEPTH)
                .withDownsampling(Downsampling.BLUR)
                .withSlopes(1e-2f, 1e-3f)
                .withNorm(NormKind.INPLACE)
                .withStages(refined.stages());
        assertThat(steps).isEqualTo(refined);
        assertThat(summary(steps).parameters()).isEqualTo(31_389_032);
    }

    static Stream<TResNetConfig> eachAlone() {
        TResNetConfig none = TResNetConfig.unrefined();
        return Stream.of(
                none.withStem(Stem.THREE_CONV_3X3),
                none.withStem(Stem.SPACE_TO_DEPTH),
                none.withDownsampling(Downsampling.BLUR),
                none.withSlopes(1e-2f, 1e-3f),
                none.withSlopes(1e-2f, 1e-3f).withNorm(NormKind.INPLACE),
                none.withBlocks(BlockKind.BASIC, BlockKind.BASIC, BlockKind.BOTTLENECK, BlockKind.BOTTLENECK),
                none.withSqueezeExcitation(4),
                none.withSqueezeExcitation(3));
    }

    @ParameterizedTest
    @MethodSource("eachAlone")
    void everyRefinementKeepsTheResolutions(TResNetConfig config) {
        assertThat(summary(config).layers().stream()
                        .filter(layer -> layer.name().equals("global_pool"))
                        .map(Summary.Layer::input))
                .singleElement()
                .asString()
                .endsWith(", 7, 7]");
        assertThat(summary(config).layers().getLast().output()).isEqualTo("[1, 1000]");
    }

    @Test
    void blurredConvolutionsCostMore() {
        assertThat(summary(TResNetConfig.unrefined().withDownsampling(Downsampling.BLUR))
                        .multiplyAdds())
                .isGreaterThan(summary(TResNetConfig.unrefined()).multiplyAdds());
    }

    @ParameterizedTest
    @EnumSource(Stem.class)
    void theSmallestImagesFit(Stem stem) {
        for (Downsampling downsampling : Downsampling.values()) {
            TResNetConfig config = TResNetConfig.unrefined().withStem(stem).withDownsampling(downsampling);
            int side = config.smallestSide();
            assertThat(Summary.of(config, 2, side, side).layers().getLast().output())
                    .isEqualTo("[2, 1000]");
        }
    }

    @Test
    void anInplaceNormNeedsAnActivationThatCanBeInverted() {
        assertThatThrownBy(() -> TResNetConfig.unrefined().withNorm(NormKind.INPLACE))
                .hasMessageContaining("slopes above 0");
    }
}
