package dev.squall.tornado.sim;

import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Device memory as 16-bit floats: an array of floats seen with two elements in each. */
final class DeviceHalves extends HalfFloatArray implements DeviceArray {
    private final DeviceFloats floats;

    DeviceHalves(DeviceFloats floats) {
        super(MemorySegment.NULL, 2 * Math.min(floats.getSize(), Integer.MAX_VALUE / 2));
        this.floats = floats;
    }

    @Override
    public HalfFloat get(int index) {
        return new HalfFloat(floats.half(index));
    }

    @Override
    public void set(int index, HalfFloat value) {
        floats.setHalf(index, value.getHalfFloatValue());
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
