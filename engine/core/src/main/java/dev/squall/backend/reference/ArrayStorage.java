package dev.squall.backend.reference;

import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** A tensor's elements in one row-major Java array. */
final class ArrayStorage extends Storage {
    private static final float[] NONE = {};

    private float[] values;
    private short[] halves = {};

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

    /** Moves the elements into an array of halves. */
    void pack(HalfFormat format) {
        halves = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            halves[i] = format.bits(values[i]);
        }
        values = NONE;
    }

    /** Makes the halves floats again. */
    void unpack(HalfFormat format) {
        values = new float[halves.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = format.value(halves[i]);
        }
        halves = new short[0];
    }

    /** Lets go of the array although freed tensors may still refer to this storage. */
    void drop() {
        values = NONE;
        halves = new short[0];
    }
}
