package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Operands;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions of images that are scaled just before they are read: what they write, and what is left of the images. */
@Tag("fast")
class ScaledConvolutionTest {
    @ParameterizedTest
    @CsvSource({
        // images, channels, outputs, groups, height, width, kernel
        "2, 40, 17, 1, 9, 7, 1",
        "3, 5, 33, 1, 4, 5, 1",
        "1, 144, 24, 1, 60, 60, 1",
        "2, 96, 24, 1, 57, 61, 1",
        "3, 56, 12, 2, 9, 15, 1",
        "2, 56, 168, 2, 5, 5, 1",
        // More weights than pixels, small planes, Strassen's products, other windows and depthwise.
        "1, 200, 320, 1, 5, 6, 1",
        "5, 20, 24, 1, 2, 2, 1",
        "2, 512, 128, 1, 14, 14, 1",
        "2, 20, 24, 1, 8, 9, 3",
        "2, 24, 24, 24, 8, 9, 3"
    })
    void scalesAndConvolves(int images, int channels, int outputs, int groups, int height, int width, int kernel) {
        AgainstReference.check(1e-5, o -> {
            ConvGeometry geometry = ConvGeometry.square(kernel, 1, kernel / 2).grouped(groups);
            Shape x = Shape.of(images, channels, height, width);
            Shape y = Shape.of(images, outputs, height, width);
            Storage w = o.parameter(Shape.of(outputs, channels / groups, kernel, kernel), 0, 1);
            Storage bias = o.parameter(Shape.of(outputs), 0, 1);
            Storage s = o.random(Shape.of(images, channels, 1, 1), Role.ACTIVATION, 0.5, 0.3);
            Storage overwritten = o.activation(y);
            for (Epilogue epilogue : new Epilogue[] {
                Epilogue.NONE,
                new Epilogue(bias, o.activation(y), Activation.IDENTITY),
                new Epilogue(bias, null, Activation.SILU)
            }) {
                o.backend.convolution().forwardScaled(o.activation(x), s, w, geometry, epilogue, o.out(y));
            }
            var sum = new Epilogue(bias, overwritten, Activation.RELU);
            o.backend.convolution().forwardScaled(o.activation(x), s, w, geometry, sum, overwritten);
        });
    }

    /** A factor that is not finite stays within its group. */
    @Test
    void aFactorThatIsNotFiniteStaysInItsGroup() {
        try (var backend = new JvmBackend(BackendOptions.DEFAULT)) {
            var o = new Operands(backend, 1, storage -> {});
            Shape shape = Shape.of(2, 12, 9, 7);
            float[] factors = new float[2 * 40];
            Arrays.fill(factors, 0.5f);
            factors[3] = Float.POSITIVE_INFINITY;
            factors[40 + 30] = Float.NaN;
            Storage y = o.out(shape);
            backend.convolution()
                    .forwardScaled(
                            o.activation(Shape.of(2, 40, 9, 7)),
                            o.of(Shape.of(2, 40, 1, 1), Role.ACTIVATION, factors),
                            o.parameter(Shape.of(12, 20, 1, 1), 1, 0.1),
                            ConvGeometry.square(1, 1, 0).grouped(2),
                            Epilogue.NONE,
                            y);
            float[] values = new float[shape.elements()];
            backend.download(y, values);
            for (int i = 0; i < values.length; i++) {
                int plane = i / shape.plane();
                boolean isHit = plane / 12 == 0 ? plane % 12 < 6 : plane % 12 >= 6;
                assertThat(Float.isFinite(values[i])).as("element %d", i).isNotEqualTo(isHit);
            }
        }
    }
}
