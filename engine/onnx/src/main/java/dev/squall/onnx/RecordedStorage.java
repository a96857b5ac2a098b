package dev.squall.onnx;

import dev.squall.tensor.Memory;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A tensor of a recording: parameters have values, which become constants of the graph; activations have the name of what computes them. */
final class RecordedStorage extends Storage {
    private float @Nullable [] values;
    private @Nullable String name;
    /** Parts written so far of what is put together along dimension 1, by their first index. */
    private final Map<Integer, String> parts = new TreeMap<>();

    RecordedStorage(Memory memory, Shape shape, Role role) {
        super(memory, shape, role);
    }

    @Override
    public long bytes() {
        return (long) Float.BYTES * shape().elements();
    }

    void setValues(float[] values) {
        this.values = values;
        name = null;
    }

    float[] values() {
        if (values == null) {
            throw new IllegalStateException("the values of an activation are not known while a network is recorded");
        }
        return values;
    }

    void setName(String name) {
        this.name = name;
        values = null;
    }

    Map<Integer, String> parts() {
        return parts;
    }

    /** Its name in {@code graph}, where its values become a constant if nobody has asked before. */
    String name(OnnxGraph graph) {
        if (name == null) {
            int rank = shape().rank();
            long[] extents = new long[rank];
            for (int d = 0; d < rank; d++) {
                extents[d] = shape().dim(d);
            }
            name = graph.constant("constant", values(), extents);
        }
        return name;
    }
}
