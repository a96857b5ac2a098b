package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class JvmReductionTest {
    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void sums(Shape shape) {
        check(o -> {
            var r = o.backend.reduction();
            Storage x = o.activation(shape);
            Storage y = o.activation(shape);
            Shape channels = Shape.of(shape.channels());
            Shape perImage = Shape.of(shape.batch(), shape.channels());
            Shape pixel = Shape.of(shape.batch(), shape.channels(), 1, 1);
            r.sum(x, o.out(Shape.SCALAR));
            r.dot(x, y, o.out(Shape.of(1), Role.PARAMETER));
            r.dot(x, x, o.out(Shape.SCALAR));
            r.channelSum(x, o.out(channels, Role.PARAMETER));
            r.channelSum(x, o.out(perImage));
            r.channelSum(x, o.out(pixel));
            r.channelDot(x, y, o.out(channels, Role.PARAMETER));
            r.channelDot(x, y, o.out(perImage));
            r.channelDot(x, y, o.out(pixel));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 4095, 4096, 4097, 1_500_001})
    void sumsOfParameters(int elements) {
        check(o -> {
            Shape shape = Shape.of(elements);
            // What lies behind the last element must not be summed.
            Storage x = o.out(shape, Role.PARAMETER);
            o.backend.elementwise().copy(o.parameter(shape, 1, 2), x);
            o.backend.reduction().sum(x, o.out(Shape.SCALAR));
            o.backend.reduction().dot(x, x, o.out(Shape.SCALAR));
        });
    }
}
