package uk.ac.manchester.tornado.api.types.collections;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/** A {@link FloatArray} seen as vectors of eight. Not final, unlike the real class: the simulator's arena extends it. */
public class VectorFloat8 {

    private static final int WIDTH = 8;

    private final FloatArray storage;
    private final int length;

    public VectorFloat8(FloatArray array) {
        storage = array;
        length = array.getSize() / WIDTH;
    }

    public VectorFloat8(int numElements) {
        this(new FloatArray(Math.multiplyExact(numElements, WIDTH)));
    }

    public Float8 get(int index) {
        int i = index * WIDTH;
        return new Float8(
                storage.get(i),
                storage.get(i + 1),
                storage.get(i + 2),
                storage.get(i + 3),
                storage.get(i + 4),
                storage.get(i + 5),
                storage.get(i + 6),
                storage.get(i + 7));
    }

    public void set(int index, Float8 value) {
        for (int lane = 0; lane < WIDTH; lane++) {
            storage.set(index * WIDTH + lane, value.get(lane));
        }
    }

    public void fill(float value) {
        storage.init(value);
    }

    public FloatArray getArray() {
        return storage;
    }

    /** Number of vectors. */
    public int getLength() {
        return length;
    }

    /** Number of floats. */
    public int size() {
        return storage.getSize();
    }
}
