package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** An array of 16-bit floats outside the Java heap. Not final, unlike the real class: the simulator's device arrays extend it. */
public class HalfFloatArray extends TornadoNativeArray {

    private static final int BYTES = 2;

    private final int size;
    private final MemorySegment data;

    public HalfFloatArray(int numberOfElements) {
        this(Arena.ofAuto().allocate((long) numberOfElements * BYTES + ARRAY_HEADER, 16), numberOfElements);
    }

    /** For the simulator's device arrays; {@code segment} includes the header. */
    protected HalfFloatArray(MemorySegment segment, int size) {
        this.size = size;
        this.data = segment.byteSize() == 0 ? segment : segment.asSlice(ARRAY_HEADER);
    }

    public HalfFloat get(int index) {
        return new HalfFloat(data.getAtIndex(ValueLayout.JAVA_SHORT, index));
    }

    public void set(int index, HalfFloat value) {
        data.setAtIndex(ValueLayout.JAVA_SHORT, index, value.getHalfFloatValue());
    }

    @Override
    public int getSize() {
        return size;
    }

    @Override
    public MemorySegment getSegment() {
        return data;
    }
}
