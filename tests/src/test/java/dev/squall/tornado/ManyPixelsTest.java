package dev.squall.tornado;

import static dev.squall.tornado.TornadoFixture.activation;
import static dev.squall.tornado.TornadoFixture.compare;
import static dev.squall.tornado.TornadoFixture.parameter;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation.Running;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums over pixels, on both sides of the number from which on they take several work-groups and a second launch. */
@Tag("sim")
@Tag("opencl")
class ManyPixelsTest {
    private static final double TOLERANCE = 2e-6;

    /** [N, 9, H, W], of which the first has as many pixels as one launch takes. */
    @ParameterizedTest
    @CsvSource({"1, 128, 128", "1, 127, 130", "3, 1, 1", "2, 7, 9"})
    void statisticsAndSums(int batch, int height, int width) {
        Shape images = Shape.of(batch, 9, height, width);
        Shape perChannel = Shape.of(9);
        for (int wanted = 0; wanted < 4; wanted++) {
            int which = wanted;
            compare("statistics " + which, perChannel, Role.PARAMETER, TOLERANCE, (backend, out) -> {
                Storage x = shifted(backend, images);
                Storage[] all = {
                    backend.allocate(perChannel, Role.PARAMETER),
                    backend.allocate(perChannel, Role.PARAMETER),
                    parameter(backend, perChannel, 2),
                    parameter(backend, perChannel, 3)
                };
                backend.normalisation().statistics(x, all[0], all[1], new Running(all[2], all[3], 0.25f));
                backend.elementwise().copy(all[which], out);
                free(backend, x, all[0], all[1], all[2], all[3]);
            });
        }
        compare("channelSum", perChannel, Role.PARAMETER, TOLERANCE, (backend, out) -> {
            Storage x = shifted(backend, images);
            backend.reduction().channelSum(x, out);
            free(backend, x);
        });
        compare("channelDot", Shape.of(batch, 9), Role.ACTIVATION, 1e-5, (backend, out) -> {
            Storage x = shifted(backend, images);
            backend.reduction().channelDot(x, x, out);
            free(backend, x);
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 127, 130, true", "1, 128, 128, false", "2, 5, 3, true"})
    void normsBackward(int batch, int height, int width, boolean fromOutput) {
        Shape images = Shape.of(batch, 9, height, width);
        for (int wanted = 0; wanted < 3; wanted++) {
            int which = wanted;
            Shape shape = which == 0 ? images : Shape.of(9);
            Role role = which == 0 ? Role.ACTIVATION : Role.PARAMETER;
            compare("gradient " + which, shape, role, 1e-5, (backend, out) -> {
                Storage saved = activation(backend, images, 4);
                Storage dy = activation(backend, images, 5);
                Storage mean = parameter(backend, Shape.of(9), 6);
                Storage variance = backend.allocate(Shape.of(9), Role.PARAMETER);
                backend.normalisation().statistics(saved, mean, variance);
                Storage weight = parameter(backend, Shape.of(9), 7);
                Storage bias = parameter(backend, Shape.of(9), 8);
                Storage[] gradients = {
                    dy, backend.allocate(Shape.of(9), Role.PARAMETER), backend.allocate(Shape.of(9), Role.PARAMETER)
                };
                Norm norm = Norm.inplaceAbn(0.1f, Activation.leakyRelu(0.25f));
                if (fromOutput) {
                    backend.normalisation()
                            .backwardFromOutput(
                                    saved, variance, weight, bias, dy, norm, true, dy, gradients[1], gradients[2]);
                } else {
                    backend.normalisation()
                            .backward(
                                    saved,
                                    mean,
                                    variance,
                                    weight,
                                    dy,
                                    Norm.plain(0.1f),
                                    true,
                                    dy,
                                    gradients[1],
                                    gradients[2]);
                }
                backend.elementwise().copy(gradients[which], out);
                free(backend, saved, dy, mean, variance, weight, bias, gradients[1], gradients[2]);
            });
        }
    }

    /** A mean that is large beside the deviation, where a variance as the mean of squares less the square of the mean would be lost. */
    private static Storage shifted(Backend backend, Shape shape) {
        Storage x = activation(backend, shape, 1);
        Storage offset = backend.allocate(Shape.of(shape.channels()), Role.PARAMETER);
        backend.fill(offset, 64f);
        backend.elementwise().addChannels(x, offset, x);
        backend.free(offset);
        return x;
    }

    private static void free(Backend backend, Storage... storages) {
        for (Storage storage : storages) {
            backend.free(storage);
        }
    }
}
