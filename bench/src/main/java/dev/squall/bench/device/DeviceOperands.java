package dev.squall.bench.device;

import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.SplittableRandom;

/** Random operands on a backend: the same on each, if asked for in the same order. The scope that is open frees them. */
final class DeviceOperands {
    private final Backend backend;
    private final SplittableRandom random = new SplittableRandom(1);

    DeviceOperands(Backend backend) {
        this.backend = backend;
    }

    Backend backend() {
        return backend;
    }

    /** Values between -1 and 1. */
    Tensor activation(int... shape) {
        return uniform(Role.ACTIVATION, -1, 1, shape);
    }

    /** Values between -1 and 1. */
    Tensor parameter(int... shape) {
        return uniform(Role.PARAMETER, -1, 1, shape);
    }

    /** Values of a certain range, such as those of a variance. */
    Tensor parameter(double least, double most, int... shape) {
        return uniform(Role.PARAMETER, least, most, shape);
    }

    private Tensor uniform(Role role, double least, double most, int... shape) {
        Storage storage = backend.allocate(Shape.of(shape), role);
        float[] values = new float[storage.shape().elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(least, most);
        }
        backend.upload(values, storage);
        return Tensor.of(storage);
    }
}
