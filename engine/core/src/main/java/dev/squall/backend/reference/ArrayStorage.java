package dev.squall.backend.reference;

import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** A tensor's elements in one row-major Java array. */
final class ArrayStorage extends Storage {
    private static final float[] NONE = {};

    private float[] values;

    ArrayStorage(ReferenceBackend backend, Shape shape, Role role) {
        super(backend, shape, role);
        values = new float[shape.elements()];
        // Undefined contents: whoever reads before writing is found out.
        Arrays.fill(values, Float.NaN);
    }

    /** The elements of {@code storage}, which is of this backend; NCHW for images. */
    static float[] values(Storage storage) {
        return ((ArrayStorage) storage).values;
    }

    @Override
    public long bytes() {
        return (long) Float.BYTES * shape().elements();
    }

    /** Lets go of the array although freed tensors may still refer to this storage. */
    void drop() {
        values = NONE;
    }
}
