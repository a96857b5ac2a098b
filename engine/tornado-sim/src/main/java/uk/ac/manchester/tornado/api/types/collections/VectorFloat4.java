package uk.ac.manchester.tornado.api.types.collections;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/** A {@link FloatArray} seen as vectors of four. */
public final class VectorFloat4 {

    private static final int WIDTH = 4;

    private final FloatArray storage;

    public VectorFloat4(FloatArray array) {
        storage = array;
    }

    public Float4 get(int index) {
        int i = index * WIDTH;
        return new Float4(storage.get(i), storage.get(i + 1), storage.get(i + 2), storage.get(i + 3));
    }
}
