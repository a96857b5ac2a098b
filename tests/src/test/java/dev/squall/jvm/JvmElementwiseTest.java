package dev.squall.jvm;

import static dev.squall.jvm.AgainstReference.check;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.op.AddRelu;
import dev.squall.op.Relu;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class JvmElementwiseTest {
    private static final List<Activation> ACTIVATIONS = List.of(
            Activation.IDENTITY,
            Activation.RELU,
            Activation.leakyRelu(0.01f),
            Activation.leakyRelu(1.5f),
            Activation.SIGMOID,
            Activation.SILU,
            Activation.RELU6,
            Activation.HARD_SIGMOID,
            Activation.HARD_SWISH,
            Activation.TANH,
            Activation.GELU,
            Activation.GELU_TANH);

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void arithmetic(Shape shape) {
        check(o -> {
            var e = o.backend.elementwise();
            Storage x = o.activation(shape);
            Storage y = o.activation(shape);
            Storage scalar = o.parameter(Shape.SCALAR, 1, 1);
            e.scale(-0.3f, x, o.out(shape));
            e.scaleBy(scalar, 2, x, o.out(shape));
            e.broadcast(scalar, 3, o.out(shape));
            e.axpby(0.7f, x, -1.1f, y, o.out(shape));
            e.multiply(x, y, o.out(shape));
            e.addRelu(x, y, o.out(shape));
            e.copy(x, o.out(shape));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void inPlace(Shape shape) {
        check(o -> {
            var e = o.backend.elementwise();
            Storage x = o.activation(shape);
            Storage y = o.activation(shape);
            e.addRelu(x, y, y);
            e.axpby(0.5f, x, 2, y, x);
            e.multiply(x, y, x);
            e.scale(0.25f, x, x);
            e.activate(Activation.SIGMOID, x, x);
            e.activateBackward(Activation.SIGMOID, x, y, x);
            e.addChannels(x, o.parameter(Shape.of(shape.channels()), 0, 1), x);
            e.multiplyChannels(x, o.parameter(Shape.of(shape.channels()), 0, 1), x);
            e.exciteAddRelu(x, o.parameter(Shape.of(shape.channels()), 0, 1), y, x);
            e.dropout(x, 0.5f, 3, x);
            e.copy(x, x);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void activations(Shape shape) {
        check(o -> {
            Storage x = o.activation(shape);
            Storage dy = o.activation(shape);
            for (Activation f : ACTIVATIONS) {
                Storage y = o.out(shape);
                o.backend.elementwise().activate(f, x, y);
                Storage saved = f.differentiatesFromOutput() ? y : x;
                o.backend.elementwise().activateBackward(f, saved, dy, o.out(shape));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0", "-0.0", "-200", "200", "-88.5", "88.5", "1e-30", "2e19", "-2e19"})
    void activationsOfExtremes(float value) {
        check(o -> {
            Shape shape = Shape.of(1, 2, 1, 2);
            Storage x = o.of(shape, Role.ACTIVATION, value, value, 1, value);
            Storage dy = o.activation(shape);
            for (Activation f : ACTIVATIONS) {
                Storage y = o.out(shape);
                o.backend.elementwise().activate(f, x, y);
                o.backend.elementwise().activateBackward(f, f.differentiatesFromOutput() ? y : x, dy, o.out(shape));
            }
        });
    }

    @Test
    void reluOfInfinity() {
        float infinity = Float.POSITIVE_INFINITY;
        try (Backend backend = new JvmBackend(BackendOptions.DEFAULT);
                Scope scope = Scope.open()) {
            Tensor x = Tensor.fromArray(backend, Shape.of(1, 1, 1, 4), new float[] {infinity, -infinity, -1, 1});
            Tensor zero = Tensor.fromArray(backend, x.shape(), new float[4]);
            for (Tensor y : List.of(Relu.relu(x), AddRelu.addRelu(x, zero))) {
                assertThat(y.toArray()).containsExactly(infinity, 0, 0, 1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void perChannel(Shape shape) {
        check(o -> {
            Storage x = o.activation(shape);
            Storage y = o.activation(shape);
            Shape perImage = Shape.of(shape.batch(), shape.channels());
            Shape pixel = Shape.of(shape.batch(), shape.channels(), 1, 1);
            for (Storage s : List.of(
                    o.parameter(Shape.of(shape.channels()), 0, 1),
                    o.activation(perImage),
                    o.activation(pixel),
                    o.parameter(pixel, 1, 1))) {
                o.backend.elementwise().multiplyChannels(x, s, o.out(shape));
                o.backend.elementwise().exciteAddRelu(x, s, y, o.out(shape));
                o.backend.elementwise().addChannels(x, s, o.out(shape));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#images")
    void copiesBetweenRolesAndShapes(Shape shape) {
        check(0, o -> {
            var e = o.backend.elementwise();
            Storage image = o.activation(shape);
            Storage plain = o.parameter(shape, 0, 1);
            Shape flat = Shape.of(shape.batch(), shape.elements() / shape.batch());
            e.copy(image, o.out(shape, Role.PARAMETER));
            e.copy(plain, o.out(shape));
            e.reshape(image, o.out(flat));
            e.reshape(plain, o.out(flat));
            e.reshape(plain, o.out(Shape.of(shape.elements()), Role.PARAMETER));
            Shape turned = Shape.of(shape.channels(), shape.batch(), shape.width(), shape.height());
            e.reshape(image, o.out(turned));
            o.backend.accumulate(image, plain);
            o.backend.accumulate(plain, image);
            o.backend.accumulate(image, image);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void copiesChannels(Shape shape) {
        check(0, o -> {
            Shape wide = shape.rank() == 4
                    ? Shape.of(shape.batch(), shape.channels() + 20, shape.height(), shape.width())
                    : Shape.of(shape.batch(), shape.channels() + 20);
            Storage x = o.activation(shape);
            Storage joined = o.activation(wide);
            Storage part = o.activation(shape);
            int count = 1 + o.nextInt(shape.channels());
            int from = o.nextInt(shape.channels() - count + 1);
            o.backend.elementwise().copyChannels(x, from, joined, o.nextInt(20), count);
            o.backend.elementwise().copyChannels(joined, o.nextInt(20), part, from, count);
            o.backend.elementwise().copyChannels(x, 0, joined, 16, shape.channels());
        });
    }

    @ParameterizedTest
    @MethodSource("dev.squall.jvm.AgainstReference#imagesAndVectors")
    void dropout(Shape shape) {
        check(o -> {
            o.backend.elementwise().dropout(o.activation(shape), 0.3f, 12345678901L, o.out(shape));
            o.backend.elementwise().dropout(o.activation(shape), 0, 5, o.out(shape));
        });
    }
}
