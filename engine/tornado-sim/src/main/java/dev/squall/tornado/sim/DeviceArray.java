package dev.squall.tornado.sim;

import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** The device's side of a host array. Kernels get these objects, never the host's. */
interface DeviceArray {

    void copyFrom(Object host);

    void copyTo(Object host);

    /** Starts the look-out for races afresh. */
    void forgetAccesses();

    long bytes();

    /** Fresh device memory for a host array; null for an object that has no place in device memory. */
    static @Nullable DeviceArray allocate(Object host, @Nullable Clock raceClock) {
        return switch (host) {
            case VectorFloat8 v -> new DeviceVectors(new DeviceFloats(v.size(), raceClock));
            case FloatArray f -> new DeviceFloats(f.getSize(), raceClock);
            case IntArray i -> new DeviceInts(i.getSize(), raceClock);
            default -> null;
        };
    }
}
