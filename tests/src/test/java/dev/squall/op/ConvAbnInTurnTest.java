package dev.squall.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.squall.BackendsUnderTest;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.ConvGeometry;
import dev.squall.jvm.JvmBackend;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two convolutions in turn against one after the other. */
@Tag("fast")
@Tag("opencl")
class ConvAbnInTurnTest {
    /** A 1x1 convolution of images [n, c, h, w] to k channels, and one of those. */
    record Case(Shape x, ConvGeometry first, int k, ConvGeometry second, Activation activation) {
        private ConvAbn.Layer layer(Backend backend, int in, int out, ConvGeometry geometry, int seed) {
            Shape shape = Shape.of(out, in / geometry.groups(), geometry.kernelH(), geometry.kernelW());
            var folded = new ConvAbn.Folded(
                    Tensor.buffer(backend, shape, values(shape, seed)),
                    Tensor.buffer(backend, Shape.of(out), values(Shape.of(out), seed + 1)));
            return new ConvAbn.Layer(folded, geometry, activation);
        }

        float[] run(Backend backend, boolean inTurn) {
            try (Scope scope = Scope.open()) {
                Tensor x = Tensor.fromArray(backend, this.x, values(this.x, 1));
                ConvAbn.Layer one = layer(backend, this.x.channels(), k, first, 2);
                ConvAbn.Layer two = layer(backend, k, k, second, 4);
                try (var a = one.folded();
                        var b = two.folded()) {
                    Tensor y = inTurn ? ConvAbn.convAbnInTurn(x, one, two) : apart(apart(x, one), two);
                    return y.toArray();
                }
            }
        }

        private static Tensor apart(Tensor x, ConvAbn.Layer layer) {
            return ConvAbn.convAbn(x, layer.folded(), layer.geometry(), null, layer.activation());
        }
    }

    static List<Case> cases() {
        return List.of(
                depthwise(Shape.of(2, 5, 9, 7), 40, 3, 1, Activation.SILU),
                depthwise(Shape.of(3, 24, 15, 15), 72, 5, 2, Activation.HARD_SWISH),
                depthwise(Shape.of(1, 17, 8, 8), 35, 5, 1, Activation.RELU),
                depthwise(Shape.of(9, 40, 7, 7), 200, 3, 1, Activation.SILU),
                // Padding that is not zero after the activation.
                depthwise(Shape.of(2, 20, 10, 8), 20, 7, 1, Activation.SIGMOID),
                // Bands of rows, the last one lower, with a stride that leaves rows out.
                depthwise(Shape.of(1, 6, 83, 80), 49, 3, 1, Activation.SILU),
                depthwise(Shape.of(2, 3, 111, 97), 33, 5, 2, Activation.SILU),
                depthwise(Shape.of(1, 3, 90, 70), 16, 1, 3, Activation.IDENTITY),
                // Groups that are whole blocks, and such as share blocks.
                grouped(Shape.of(2, 32, 9, 9), 96, 2),
                grouped(Shape.of(2, 24, 9, 9), 40, 2),
                grouped(Shape.of(2, 42, 8, 7), 126, 3),
                grouped(Shape.of(2, 16, 9, 9), 64, 8),
                // So small a plane, or so large a kernel before, that it is one after the other.
                depthwise(Shape.of(5, 24, 2, 2), 48, 3, 1, Activation.SILU),
                new Case(
                        Shape.of(2, 5, 9, 9),
                        ConvGeometry.square(3, 1, 1),
                        20,
                        ConvGeometry.square(3, 2, 1).grouped(20),
                        Activation.RELU),
                new Case(
                        Shape.of(2, 5, 9, 9),
                        ConvGeometry.square(1, 1, 0),
                        20,
                        ConvGeometry.square(3, 2, 1),
                        Activation.RELU),
                new Case(
                        Shape.of(2, 9, 11, 12),
                        ConvGeometry.square(1, 1, 0),
                        18,
                        new ConvGeometry(3, 2, 1, 3, 2, 0, 2, 1, 18),
                        Activation.SILU));
    }

    private static Case depthwise(Shape x, int channels, int kernel, int stride, Activation activation) {
        ConvGeometry second = ConvGeometry.square(kernel, stride, kernel / 2).grouped(channels);
        return new Case(x, ConvGeometry.square(1, 1, 0), channels, second, activation);
    }

    private static Case grouped(Shape x, int channels, int groups) {
        Case c = depthwise(x, channels, 3, 1, Activation.SILU);
        return new Case(x, c.first.grouped(groups), channels, c.second, c.activation);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheReference(Case c) {
        float[] expected = c.run(BackendsUnderTest.reference(), false);
        assertThat(c.run(BackendsUnderTest.reference(), true)).isEqualTo(expected);
        for (Backend backend : BackendsUnderTest.others()) {
            float[] actual = c.run(backend, true);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).as("%s: element %d", backend.name(), i).isEqualTo(expected[i], within(1e-4f));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheSameToTheBitHoweverManyThreads(Case c) {
        for (Precision precision : Precision.values()) {
            float[] expected = null;
            for (int threads : new int[] {1, 3}) {
                var options = BackendOptions.DEFAULT.withThreads(threads).withPrecision(precision);
                try (Backend backend = new JvmBackend(options)) {
                    expected = expected == null ? c.run(backend, false) : expected;
                    assertThat(c.run(backend, true)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void aSecondConvolutionOfOtherChannels() {
        Backend backend = BackendsUnderTest.reference();
        Case c = depthwise(Shape.of(1, 3, 4, 4), 8, 3, 1, Activation.RELU);
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, c.x, values(c.x, 1));
            ConvAbn.Layer first = c.layer(backend, 3, 8, c.first, 2);
            ConvAbn.Layer second = c.layer(backend, 9, 9, c.second.grouped(9), 4);
            try (var a = first.folded();
                    var b = second.folded()) {
                assertThatThrownBy(() -> ConvAbn.convAbnInTurn(x, first, second))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("a second convolution of as many channels as the first one makes");
            }
        }
    }

    private static float[] values(Shape shape, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
