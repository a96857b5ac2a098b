package dev.squall.tornado;

import static dev.squall.tornado.TornadoFixture.activation;
import static dev.squall.tornado.TornadoFixture.compare;
import static dev.squall.tornado.TornadoFixture.parameter;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.backend.Update;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that share out the floats of a whole work-group otherwise than those of the last one, on tensors of several groups with padding and without. */
@Tag("sim")
@Tag("opencl")
class WholeGroupsTest {
    private static final double TOLERANCE = 2e-6;

    /** [N, C, H, W]; or [N, C] where H is 0, in which pixels are whole vectors or not. */
    @ParameterizedTest
    @CsvSource({"2, 20, 12, 12", "1, 264, 4, 4", "3, 130, 5, 5", "70, 40, 0, 0", "50, 61, 0, 0", "8, 256, 0, 0"})
    void elementsAndNorms(int batch, int channels, int height, int width) {
        Shape shape = height == 0 ? Shape.of(batch, channels) : Shape.of(batch, channels, height, width);
        compare("axpby", shape, Role.ACTIVATION, TOLERANCE, (backend, out) -> {
            Storage x = activation(backend, shape, 1);
            Storage y = activation(backend, shape, 2);
            backend.elementwise().axpby(0.3f, x, -0.7f, y, out);
            backend.elementwise().axpby(1f, x, 2f, out, out);
            backend.elementwise().addRelu(out, y, out);
            free(backend, x, y);
        });
        compare("activations", shape, Role.ACTIVATION, TOLERANCE, (backend, out) -> {
            Storage x = activation(backend, shape, 3);
            Storage dy = activation(backend, shape, 4);
            backend.elementwise().activate(Activation.leakyRelu(0.1f), x, x);
            backend.elementwise().activateBackward(Activation.leakyRelu(0.1f), x, dy, dy);
            backend.elementwise().activateBackward(Activation.SILU, x, dy, out);
            free(backend, x, dy);
        });
        Shape perChannel = Shape.of(channels);
        compare("norm", shape, Role.ACTIVATION, 1e-5, (backend, out) -> {
            Storage x = activation(backend, shape, 5);
            Storage mean = parameter(backend, perChannel, 6);
            Storage variance = backend.allocate(perChannel, Role.PARAMETER);
            backend.normalisation().statistics(x, mean, variance);
            Storage weight = parameter(backend, perChannel, 7);
            Storage bias = parameter(backend, perChannel, 8);
            Norm norm = Norm.inplaceAbn(0.1f, Activation.leakyRelu(0.25f));
            backend.normalisation().apply(x, mean, variance, weight, bias, norm, out);
            free(backend, x, mean, variance, weight, bias);
        });
    }

    /** More pixels than the backward pass of one launch takes. */
    @Test
    void normBackward() {
        Shape images = Shape.of(1, 20, 128, 129);
        Shape perChannel = Shape.of(20);
        compare("dx", images, Role.ACTIVATION, 1e-5, (backend, out) -> {
            Storage saved = activation(backend, images, 1);
            Storage dy = activation(backend, images, 2);
            Storage mean = parameter(backend, perChannel, 3);
            Storage variance = backend.allocate(perChannel, Role.PARAMETER);
            backend.normalisation().statistics(saved, mean, variance);
            Storage weight = parameter(backend, perChannel, 4);
            Storage bias = parameter(backend, perChannel, 5);
            Storage dweight = backend.allocate(perChannel, Role.PARAMETER);
            Storage dbias = backend.allocate(perChannel, Role.PARAMETER);
            Norm norm = Norm.inplaceAbn(0.1f, Activation.leakyRelu(0.25f));
            backend.normalisation()
                    .backwardFromOutput(saved, variance, weight, bias, dy, norm, true, out, dweight, dbias);
            free(backend, saved, dy, mean, variance, weight, bias, dweight, dbias);
        });
    }

    @Test
    void updates() {
        List<Shape> shapes = List.of(Shape.of(5003), Shape.of(7), Shape.of(2048));
        for (int wanted = 0; wanted < shapes.size(); wanted++) {
            int which = wanted;
            compare("update " + which, shapes.get(which), Role.PARAMETER, 1e-5, (backend, out) -> {
                List<Storage> p = parameters(backend, shapes, 1);
                List<Storage> g = parameters(backend, shapes, 11);
                List<Storage> b = parameters(backend, shapes, 21);
                List<Storage> average = parameters(backend, shapes, 31);
                backend.update().sgd(p, g, b, new Update.Sgd(0.1f, 0.9f, 1e-2f, true, false));
                backend.update().interpolate(average, p, 0.75f);
                backend.elementwise().copy(average.get(which), out);
                List.of(p, g, b, average).forEach(list -> list.forEach(backend::free));
            });
        }
    }

    private static List<Storage> parameters(Backend backend, List<Shape> shapes, int seed) {
        return shapes.stream().map(shape -> parameter(backend, shape, seed)).toList();
    }

    private static void free(Backend backend, Storage... storages) {
        List.of(storages).forEach(backend::free);
    }
}
