package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;

import dev.squall.backend.Operands;
import dev.squall.backend.PoolGeometry;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class JvmPoolingTest {
    static Stream<Shape> blurred() {
        return Stream.concat(
                Stream.of(Shape.of(1, 1, 2, 2), Shape.of(1, 17, 2, 3), Shape.of(2, 3, 3, 2), Shape.of(1, 16, 4, 4)),
                AgainstReference.images().filter(s -> s.height() > 1 && s.width() > 1));
    }

    @ParameterizedTest
    @MethodSource("blurred")
    void blur(Shape shape) {
        check(o -> {
            Shape half = Shape.of(shape.batch(), shape.channels(), (shape.height() + 1) / 2, (shape.width() + 1) / 2);
            o.backend.pooling().blur(o.activation(shape), o.out(half));
            o.backend.pooling().blurBackward(o.activation(half), o.out(shape));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "1,3,4,8,4",
        "2,3,12,8,4",
        "2,5,6,4,2",
        "1,16,4,6,2",
        "3,33,2,2,2",
        "1,17,3,3,3",
        "2,3,4,4,4",
        "2,3,400,388,4"
    })
    void spaceToDepth(int n, int c, int h, int w, int block) {
        check(0, o -> {
            Shape image = Shape.of(n, c, h, w);
            Shape depth = Shape.of(n, c * block * block, h / block, w / block);
            o.backend.pooling().spaceToDepth(o.activation(image), block, o.out(depth));
            o.backend.pooling().depthToSpace(o.activation(depth), block, o.out(image));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#images")
    void globalAverage(Shape shape) {
        check(o -> {
            Shape vector = Shape.of(shape.batch(), shape.channels());
            Shape pixel = Shape.of(shape.batch(), shape.channels(), 1, 1);
            o.backend.pooling().globalAverage(o.activation(shape), o.out(vector));
            o.backend.pooling().globalAverage(o.activation(shape), o.out(pixel));
            o.backend.pooling().globalAverageBackward(o.activation(vector), o.out(shape));
            o.backend.pooling().globalAverageBackward(o.activation(pixel), o.out(shape));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#images")
    void windows(Shape shape) {
        PoolGeometry[] geometries = {
            PoolGeometry.square(3, 2, 1),
            PoolGeometry.square(2, 2, 0),
            PoolGeometry.square(2, 2, 0).ceil(),
            new PoolGeometry(3, 2, 1, 2, 1, 0, false, true),
            new PoolGeometry(3, 3, 2, 2, 1, 1, true, true)
        };
        for (PoolGeometry geometry : geometries) {
            if (shape.height() + 2 * geometry.padH() >= geometry.kernelH()
                    && shape.width() + 2 * geometry.padW() >= geometry.kernelW()) {
                check(o -> {
                    Shape out = geometry.output(shape);
                    Storage x = o.activation(shape);
                    o.backend.pooling().average(x, geometry, o.out(out));
                    o.backend.pooling().averageBackward(o.activation(out), geometry, o.out(shape));
                    max(o, x, geometry);
                });
            }
        }
    }

    @Test
    void firstOfEqualMaximaTakesTheGradient() {
        check(o -> {
            Storage x = o.of(Shape.of(1, 1, 3, 3), Role.ACTIVATION, -1, -1, -1, -1, -1, -1, -1, -1, -1);
            max(o, x, PoolGeometry.square(2, 1, 1));
        });
    }

    @Test
    void notANumberIsSeen() {
        check(o -> {
            Storage x = o.of(Shape.of(1, 1, 2, 3), Role.ACTIVATION, 1, Float.NaN, 3, Float.NaN, 2, 5);
            max(o, x, PoolGeometry.square(2, 1, 0));
        });
    }

    private static void max(Operands o, Storage x, PoolGeometry geometry) {
        Shape out = geometry.output(x.shape());
        o.backend.pooling().max(x, geometry, o.out(out));
        o.backend.pooling().maxBackward(x, o.activation(out), geometry, o.out(x.shape()));
    }
}
