package dev.squall.backend.meta;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;

/** A tensor without elements: its bytes are counted, none is allocated. */
final class MetaStorage extends Storage {
    private final long bytes;

    MetaStorage(MetaBackend backend, Shape shape, Role role, long bytes) {
        super(backend, shape, role);
        this.bytes = bytes;
    }

    @Override
    public long bytes() {
        return bytes;
    }
}
