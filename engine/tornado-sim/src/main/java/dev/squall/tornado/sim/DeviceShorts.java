package dev.squall.tornado.sim;

import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Device memory as 16-bit integers: an array of floats seen with two elements in each. */
final class DeviceShorts extends ShortArray implements DeviceArray {
    private final DeviceFloats floats;

    DeviceShorts(DeviceFloats floats) {
        super(MemorySegment.NULL, 2 * Math.min(floats.getSize(), Integer.MAX_VALUE / 2));
        this.floats = floats;
    }

    @Override
    public short get(int index) {
        return floats.half(index);
    }

    @Override
    public void set(int index, short value) {
        floats.setHalf(index, value);
    }

    /** Not copied: kernels alone use such memory. */
    @Override
    public void copyFrom(Object host) {
        throw new UnsupportedOperationException("the simulator does not copy halves to the device");
    }

    @Override
    public void copyTo(Object host) {
        throw new UnsupportedOperationException("the simulator does not copy halves to the host");
    }

    @Override
    public void forgetAccesses() {
        floats.forgetAccesses();
    }
}
