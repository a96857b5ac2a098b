package dev.squall.tornado.device;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * An array that the host shares with kernels, counted as they count it.
 *
 * @param array what TornadoVM transfers
 * @param first where value 0 lies in it, see {@link Alignment}
 */
public record Staging(FloatArray array, int first) {
    public float get(int index) {
        return array.get(first + index);
    }

    public void set(int index, float value) {
        array.set(first + index, value);
    }

    /** The first {@code count} values. */
    float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = get(i);
        }
        return values;
    }
}
