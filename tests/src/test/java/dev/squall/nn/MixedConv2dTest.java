package dev.squall.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts with kernels of their own, and the same as one convolution with the norm in its weights. */
@Tag("fast")
class MixedConv2dTest {
    private static final Backend BACKEND = BackendsUnderTest.others().getFirst();

    static Stream<Arguments> mixed() {
        return Stream.of(
                Arguments.of("depthwise 3, 5, 7, 9 with stride 2 and a remainder", depthwise(19, 2, 3, 5, 7, 9), 19),
                Arguments.of("depthwise 3, 5, 7", depthwise(30, 1, 3, 5, 7), 30),
                Arguments.of("depthwise 7, 3", depthwise(48, 1, 7, 3), 48),
                Arguments.of("pointwise in even parts", MixedConv2d.pointwise(BACKEND, 32, 20, 2), 20),
                Arguments.of("pointwise with remainders", MixedConv2d.pointwise(BACKEND, 17, 23, 3), 23));
    }

    private static MixedConv2d depthwise(int channels, int stride, Integer... kernels) {
        return MixedConv2d.depthwise(BACKEND, channels, List.of(kernels), stride);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mixed")
    void oneConvolutionIsTheSameAsItsParts(String name, MixedConv2d convolution, int out) {
        Random random = new Random(1);
        int in = convolution.weights().stream()
                .mapToInt(weight -> weight.shape().dim(convolution.geometry().kernelH() > 1 ? 0 : 1))
                .sum();
        NormLayer norm = new BatchNorm(BACKEND, NormLayer.Config.of(out, Activation.SILU));
        try (ConvAbn layer = new ConvAbn(convolution, norm, "conv", "bn");
                Scope scope = Scope.open()) {
            layer.initialise(1);
            layer.buffers().values().forEach(buffer -> buffer.upload(uniform(random, buffer.shape(), 0.5f)));
            layer.eval();
            Tensor x =
                    Tensor.fromArray(BACKEND, Shape.of(2, in, 11, 8), uniform(random, Shape.of(2, in, 11, 8), -0.5f));
            float[] parts = layer.forward(x).toArray();
            float[] one = Autograd.withoutGradients(() -> layer.forward(x)).toArray();
            assertThat(one).hasSameSizeAs(parts);
            for (int i = 0; i < one.length; i++) {
                assertThat(one[i]).isEqualTo(parts[i], within(2e-5f));
            }
        }
    }

    private static float[] uniform(Random random, Shape shape, float from) {
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = from + random.nextFloat();
        }
        return values;
    }

    @Test
    void theFirstPartTakesTheRemainder() {
        try (MixedConv2d convolution = depthwise(11, 1, 3, 5, 7)) {
            assertThat(convolution.parameters().get("0.weight").shape()).isEqualTo(Shape.of(5, 1, 3, 3));
            assertThat(convolution.parameters().get("2.weight").shape()).isEqualTo(Shape.of(3, 1, 7, 7));
        }
    }

    @Test
    void morePartsThanChannelsAreRefused() {
        assertThatThrownBy(() -> depthwise(2, 1, 3, 5, 7)).hasMessageContaining("2 channels cannot be divided into 3");
    }
}
