package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Operands;
import dev.squall.backend.Region;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Averages of what a depthwise convolution has written, whose sums it gathers meanwhile, and of what was written over it. */
@Tag("fast")
class PlaneSumsTest {
    private static final Epilogue SILU = new Epilogue(null, null, Activation.SILU);

    @ParameterizedTest
    @CsvSource({
        "2, 5, 9, 7, 3, 1, SILU",
        "1, 16, 1, 1, 3, 1, SILU",
        "3, 33, 2, 3, 3, 2, RELU",
        "2, 40, 15, 15, 5, 2, HARD_SWISH",
        "1, 17, 31, 57, 3, 1, SILU",
        "2, 3, 90, 131, 7, 2, IDENTITY",
        "3, 20, 14, 14, 9, 1, SIGMOID"
    })
    void areThoseOfWhatIsThere(
            int images, int channels, int height, int width, int kernel, int stride, Activation.Kind kind) {
        AgainstReference.check(3e-6, o -> {
            Activation activation = new Activation(kind, 0);
            Shape small = Shape.of(images, 3, height, width);
            Shape wide = Shape.of(images, channels, height, width);
            ConvGeometry geometry =
                    ConvGeometry.square(kernel, stride, kernel / 2).grouped(channels);
            Storage w = o.parameter(Shape.of(channels, 1, kernel, kernel), 0, 0.3);
            var epilogue = new Epilogue(o.parameter(Shape.of(channels), 0, 1), null, activation);
            Shape shape = geometry.output(wide, w.shape());
            Storage y = o.out(shape);
            o.backend.convolution().forward(o.activation(wide), w, geometry, epilogue, y);
            averages(o, y);
            var expand = new Convolution.Layer(
                    o.parameter(Shape.of(channels, 3, 1, 1), 0, 1), ConvGeometry.square(1, 1, 0), epilogue);
            o.backend
                    .convolution()
                    .forwardInTurn(o.activation(small), expand, new Convolution.Layer(w, geometry, epilogue), y);
            averages(o, y);
            o.backend.elementwise().multiplyChannels(y, o.activation(Shape.of(images, channels, 1, 1)), y);
            averages(o, y);
        });
    }

    private static void averages(Operands o, Storage y) {
        Shape shape = y.shape();
        o.backend.pooling().globalAverage(y, o.out(Shape.of(shape.batch(), shape.channels(), 1, 1)));
        o.backend.pooling().globalAverage(y, o.out(Shape.of(shape.batch(), shape.channels())));
    }

    @Test
    void areForgottenWhenTheContentsChange() {
        try (var backend = new JvmBackend(BackendOptions.DEFAULT.withThreads(1))) {
            var o = new Operands(backend, 1, storage -> {});
            Shape shape = Shape.of(2, 20, 6, 5);
            JvmStorage y = JvmStorage.of(o.out(shape));
            Storage w = o.parameter(Shape.of(20, 1, 3, 3), 0, 1);
            ConvGeometry geometry = ConvGeometry.square(3, 1, 1).grouped(20);
            backend.convolution().forward(o.activation(shape), w, geometry, SILU, y);
            assertThat(y.planeSums()).hasSize(2 * 32);
            backend.upload(new float[shape.elements()], y);
            assertThat(y.planeSums()).isNull();
            backend.convolution().forward(o.activation(shape), w, geometry, SILU, y);
            backend.movement().copy(o.activation(shape), Region.of(shape), y, Region.of(shape));
            assertThat(y.planeSums()).isNull();
            var statistics =
                    new Epilogue.Statistics(o.out(Shape.of(20), Role.PARAMETER), o.out(Shape.of(20), Role.PARAMETER));
            backend.convolution().forward(o.activation(shape), w, geometry, SILU.with(statistics), y);
            assertThat(y.planeSums()).as("in training, where a norm follows").isNull();
        }
    }
}
