package dev.squall.misuse;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Backends;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.Arrays;

/** A backend to be misused, with tensors of several kinds on it and one that must keep its values whatever happens. */
final class Workbench implements AutoCloseable {
    static final Shape IMAGES = Shape.of(2, 3, 5, 7);

    final Backend backend;
    final Backend other = new ReferenceBackend();
    private final Tensor bystander;

    Workbench(String name) {
        backend = Backends.open(
                        name,
                        BackendOptions.DEFAULT.withThreads(2).withMemoryBytes(name.equals("tornado") ? 8 << 20 : 0))
                .backend();
        bystander = Tensor.parameter(backend, Shape.of(1000), values(1000));
    }

    /** An activation that the innermost scope owns. */
    Tensor of(int... dimensions) {
        Shape shape = Shape.of(dimensions);
        return Tensor.fromArray(backend, shape, values(shape.elements()));
    }

    Tensor images() {
        return of(IMAGES.toArray());
    }

    /** An activation with a gradient. */
    Tensor leaf(int... dimensions) {
        return of(dimensions).requireGradient();
    }

    Tensor parameter(int... dimensions) {
        Shape shape = Shape.of(dimensions);
        return Tensor.parameter(backend, shape, values(shape.elements()));
    }

    /** The storage of an activation. */
    Storage activation(int... dimensions) {
        return of(dimensions).storage();
    }

    /** The storage of a parameter. */
    Storage weights(int... dimensions) {
        return parameter(dimensions).storage();
    }

    /** A storage that has been freed. */
    Storage freed(int... dimensions) {
        Storage storage = backend.allocate(Shape.of(dimensions), Role.ACTIVATION);
        backend.free(storage);
        return storage;
    }

    /** An activation on another backend. */
    Storage foreign(int... dimensions) {
        return foreignTensor(dimensions).storage();
    }

    Tensor foreignTensor(int... dimensions) {
        Shape shape = Shape.of(dimensions);
        return Tensor.fromArray(other, shape, values(shape.elements()));
    }

    Tensor foreignParameter(int... dimensions) {
        Shape shape = Shape.of(dimensions);
        return Tensor.parameter(other, shape, values(shape.elements()));
    }

    static float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (i % 13 - 6) / 4f;
        }
        return values;
    }

    /** Whether the tensor that nobody touched is as it was; asked while the backend is open. */
    boolean isBystanderUnharmed() {
        return backend.name().equals("meta") || Arrays.equals(bystander.toArray(), values(1000));
    }

    @Override
    public void close() {
        bystander.close();
        backend.close();
        other.close();
    }
}
