package dev.squall.backend.meta;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** A tensor without elements: 4 bytes for each are counted, none is allocated. */
final class MetaStorage extends Storage {
    MetaStorage(MetaBackend backend, Shape shape, Role role) {
        super(backend, shape, role);
    }

    @Override
    public long bytes() {
        return (long) Float.BYTES * shape().elements();
    }
}
