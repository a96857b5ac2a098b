package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.Conv2d;
import dev.squall.op.ConvAbn;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not finite in one group of a convolution stays in this group, forward and backward. */
@Tag("fast")
public class GroupedNonFiniteTest {
    @ParameterizedTest
    @CsvSource({
        // channels of a group, outputs of a group, groups, kernel, stride
        "1, 1, 20, 3, 1",
        "1, 1, 20, 5, 2",
        "1, 2, 9, 3, 1",
        "2, 2, 9, 3, 1",
        "4, 4, 9, 3, 1",
        "4, 4, 9, 3, 2",
        "4, 4, 8, 1, 1",
        "8, 8, 5, 3, 1",
        "8, 8, 5, 3, 2",
        "3, 3, 7, 3, 1",
        "5, 7, 4, 3, 2",
        "6, 2, 5, 3, 1",
        "16, 16, 3, 3, 1",
        "32, 32, 2, 3, 1",
        "32, 16, 2, 3, 2",
        // Groups that share vectors and are computed together.
        "9, 9, 3, 3, 1",
        "12, 36, 2, 1, 1",
        "20, 60, 2, 1, 1",
        "10, 6, 3, 1, 1",
        "24, 24, 2, 3, 2",
        "40, 10, 4, 1, 1",
        "16, 10, 3, 1, 1",
        "10, 16, 3, 3, 1"
    })
    void staysInItsGroup(int inputs, int outputs, int groups, int kernel, int stride) {
        try (Backend jvm = Backends.open("jvm", BackendOptions.DEFAULT).backend()) {
            check(jvm, inputs, outputs, groups, kernel, stride);
        }
    }

    /** Also behind an activation that makes an infinity finite, and where the look is at fewer outputs than inputs. */
    @ParameterizedTest
    @CsvSource({"20, 60", "40, 10", "24, 7"})
    void staysInItsGroupBehindAnActivation(int inputs, int outputs) {
        ConvGeometry geometry = ConvGeometry.square(1, 1, 0).grouped(2);
        Shape shape = Shape.of(2, 2 * inputs, 7, 9);
        Shape w = Shape.of(2 * outputs, inputs, 1, 1);
        Shape y = geometry.output(shape, w);
        ConvGeometry depthwise = ConvGeometry.square(3, 1, 1).grouped(2 * outputs);
        try (Backend jvm = Backends.open("jvm", BackendOptions.DEFAULT).backend();
                Scope scope = Scope.open();
                var folded = new ConvAbn.Folded(
                        Tensor.buffer(jvm, w, values(w, 3)),
                        Tensor.buffer(jvm, Shape.of(2 * outputs), new float[2 * outputs]));
                var second = new ConvAbn.Folded(
                        Tensor.buffer(jvm, Shape.of(2 * outputs, 1, 3, 3), new float[18 * outputs]),
                        Tensor.buffer(jvm, Shape.of(2 * outputs), new float[2 * outputs]))) {
            float[] images = values(shape, 1);
            images[shape.plane() / 2] = Float.NEGATIVE_INFINITY;
            Tensor x = Tensor.fromArray(jvm, shape, images);
            List<Tensor> results = List.of(
                    ConvAbn.convAbn(x, folded, geometry, null, Activation.RELU),
                    ConvAbn.convAbn(x, folded, geometry, Tensor.fromArray(jvm, y, values(y, 2)), Activation.SILU),
                    ConvAbn.convAbnInPlace(
                            x, folded, geometry, Tensor.fromArray(jvm, y, values(y, 2)), Activation.RELU),
                    ConvAbn.convAbnInTurn(
                            x,
                            new ConvAbn.Layer(folded, geometry, Activation.RELU),
                            new ConvAbn.Layer(second, depthwise, Activation.IDENTITY)));
            for (Tensor result : results) {
                float[] values = result.toArray();
                for (int i = 0; i < values.length; i++) {
                    if (i / y.plane() / outputs % 2 > 0) {
                        assertThat(values[i]).isFinite();
                    }
                }
            }
        }
    }

    /** Asserts it of a backend. */
    public static void check(Backend backend, int inputs, int outputs, int groups, int kernel, int stride) {
        ConvGeometry geometry = ConvGeometry.square(kernel, stride, kernel / 2).grouped(groups);
        Shape x = Shape.of(2, inputs * groups, 7, 9);
        Shape w = Shape.of(outputs * groups, inputs, kernel, kernel);
        for (float[] result : results(backend, x, w, geometry)) {
            // Images or weights, their groups are in order.
            int images = result.length == w.elements() ? 1 : x.batch();
            int each = result.length / images / groups;
            for (int i = 0; i < result.length; i++) {
                if (i / each % groups > 0) {
                    assertThat(result[i])
                            .as("element %d of %d", i, result.length)
                            .isFinite();
                }
            }
        }
    }

    /** y, dx and dw of images with a NaN and an infinity in the first group, and of such gradients. */
    private static List<float[]> results(Backend backend, Shape x, Shape w, ConvGeometry geometry) {
        Shape y = geometry.output(x, w);
        float[] images = values(x, 1);
        images[x.plane() / 2] = Float.NaN;
        images[x.plane() - 1] = Float.POSITIVE_INFINITY;
        float[] gradients = values(y, 2);
        gradients[y.plane() / 2] = Float.NaN;
        gradients[y.plane() - 1] = Float.NEGATIVE_INFINITY;
        try (Scope scope = Scope.open();
                Tensor weights = Tensor.buffer(backend, w, values(w, 3)).requireGradient()) {
            Tensor input = Tensor.fromArray(backend, x, images).requireGradient();
            Tensor output = Conv2d.conv2d(input, weights, null, geometry);
            Autograd.backward(output, Tensor.fromArray(backend, y, gradients));
            return List.of(
                    output.toArray(),
                    Objects.requireNonNull(input.gradient()).toArray(),
                    Objects.requireNonNull(weights.gradient()).toArray());
        }
    }

    private static float[] values(Shape shape, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(0.5, 1);
        }
        return values;
    }
}
