package dev.squall.backend;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.ArrayList;
import java.util.List;

/** Storages that hold what lies between the primitives of a composition; closing frees them. */
final class Temporaries implements AutoCloseable {
    private final Backend backend;
    private final List<Storage> storages = new ArrayList<>();

    Temporaries(Storage anOperand) {
        backend = (Backend) anOperand.memory();
    }

    Backend backend() {
        return backend;
    }

    /** One of that shape, with undefined contents. */
    Storage of(Shape shape) {
        Storage storage = backend.allocate(shape, Role.ACTIVATION);
        storages.add(storage);
        return storage;
    }

    /** One of the shape and role of {@code x}. */
    Storage like(Storage x) {
        Storage storage = backend.allocate(x.shape(), x.role());
        storages.add(storage);
        return storage;
    }

    /** One of the shape of {@code x} with 1 instead of the given dimensions: what a reduction over them that keeps them gives. */
    Storage reduced(Storage x, int... dimensions) {
        int[] sizes = x.shape().toArray();
        for (int d : dimensions) {
            sizes[d] = 1;
        }
        return of(Shape.of(sizes));
    }

    @Override
    public void close() {
        storages.forEach(backend::free);
    }
}
