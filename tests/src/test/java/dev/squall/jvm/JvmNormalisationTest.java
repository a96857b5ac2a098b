package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.squall.backend.Activation;
import dev.squall.backend.Norm;
import dev.squall.backend.Operands;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class JvmNormalisationTest {
    private static final float EPSILON = 1e-5f;
    private static final Norm PLAIN = Norm.plain(EPSILON);
    private static final Norm IN_PLACE = Norm.inplaceAbn(EPSILON, Activation.leakyRelu(0.01f));

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void statistics(Shape shape) {
        check(1e-6, o -> {
            for (double mean : new double[] {0, 3, -100}) {
                statistics(o, o.random(shape, Role.ACTIVATION, mean, 2), new Storage[2]);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void apply(Shape shape) {
        check(o -> {
            Storage x = o.activation(shape);
            Storage mean = perChannel(o, shape, 0.5);
            Storage variance = o.of(Shape.of(shape.channels()), Role.PARAMETER, positive(shape.channels()));
            Storage weight = perChannel(o, shape, 0);
            Storage bias = perChannel(o, shape, 0.3);
            for (Norm norm : List.of(
                    PLAIN,
                    IN_PLACE,
                    new Norm(EPSILON, false, Activation.RELU),
                    Norm.inplaceAbn(EPSILON, Activation.IDENTITY))) {
                o.backend.normalisation().apply(x, mean, variance, weight, bias, norm, o.out(shape));
            }
            o.backend.normalisation().apply(x, mean, variance, weight, bias, IN_PLACE, x);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void backward(Shape shape) {
        for (boolean batch : new boolean[] {true, false}) {
            check(tolerance(shape), o -> {
                Storage x = o.activation(shape);
                Storage[] statistics = new Storage[2];
                statistics(o, x, statistics);
                Storage weight = perChannel(o, shape, 0);
                Storage dy = o.activation(shape);
                for (Storage dx : List.of(o.out(shape), dy)) {
                    o.backend
                            .normalisation()
                            .backward(
                                    x,
                                    statistics[0],
                                    statistics[1],
                                    weight,
                                    dy,
                                    PLAIN,
                                    batch,
                                    dx,
                                    outPerChannel(o, shape),
                                    outPerChannel(o, shape));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void backwardFromOutput(Shape shape) {
        for (Norm norm : List.of(IN_PLACE, Norm.inplaceAbn(EPSILON, Activation.IDENTITY))) {
            for (boolean batch : new boolean[] {true, false}) {
                check(tolerance(shape), o -> {
                    Storage y = o.activation(shape);
                    Storage variance = o.of(Shape.of(shape.channels()), Role.PARAMETER, positive(shape.channels()));
                    Storage weight = o.of(Shape.of(shape.channels()), Role.PARAMETER, alternating(shape.channels()));
                    Storage bias = perChannel(o, shape, 0.3);
                    Storage dy = o.activation(shape);
                    for (Storage dx : List.of(o.out(shape), dy, y)) {
                        o.backend
                                .normalisation()
                                .backwardFromOutput(
                                        y,
                                        variance,
                                        weight,
                                        bias,
                                        dy,
                                        norm,
                                        batch,
                                        dx,
                                        outPerChannel(o, shape),
                                        outPerChannel(o, shape));
                    }
                });
            }
        }
    }

    @Test
    void inPlaceCannotInvertRelu() {
        assertThatThrownBy(() -> check(o -> {
                    Shape shape = Shape.of(1, 1, 1, 1);
                    Storage x = o.activation(shape);
                    Storage c = perChannel(o, shape, 1);
                    Norm relu = Norm.inplaceAbn(EPSILON, Activation.RELU);
                    Storage dweight = outPerChannel(o, shape);
                    Storage dbias = outPerChannel(o, shape);
                    o.backend.normalisation().backwardFromOutput(x, c, c, c, x, relu, true, x, dweight, dbias);
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("recovered from its output");
    }

    /** With one value per channel everything cancels but rounding. */
    private static double tolerance(Shape shape) {
        return shape.batch() * shape.plane() < 4 ? 1e-2 : 5e-6;
    }

    private static void statistics(Operands o, Storage x, Storage[] into) {
        into[0] = outPerChannel(o, x.shape());
        into[1] = outPerChannel(o, x.shape());
        o.backend.normalisation().statistics(x, into[0], into[1]);
    }

    private static Storage perChannel(Operands o, Shape shape, double mean) {
        return o.parameter(Shape.of(shape.channels()), mean, 1);
    }

    private static Storage outPerChannel(Operands o, Shape shape) {
        return o.out(Shape.of(shape.channels()), Role.PARAMETER);
    }

    private static float[] positive(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 0.5f + i % 7;
        }
        return values;
    }

    private static float[] alternating(int count) {
        float[] values = positive(count);
        for (int i = 1; i < count; i += 2) {
            values[i] = -values[i];
        }
        return values;
    }
}
