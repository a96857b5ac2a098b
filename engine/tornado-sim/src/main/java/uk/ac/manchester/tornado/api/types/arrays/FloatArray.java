package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An array of floats outside the Java heap. Not final, unlike the real class: the simulator's device arrays extend it. */
public class FloatArray extends TornadoNativeArray {

    private static final int BYTES = 4;

    private final int size;
    private final MemorySegment data;

    public FloatArray(int numberOfElements) {
        this(Arena.ofAuto().allocate((long) numberOfElements * BYTES + ARRAY_HEADER, 16), numberOfElements);
    }

    /** For the simulator's device arrays; {@code segment} includes the header. */
    protected FloatArray(MemorySegment segment, int size) {
        this.size = size;
        this.data = segment.byteSize() == 0 ? segment : segment.asSlice(ARRAY_HEADER);
    }

    public static FloatArray fromArray(float[] values) {
        FloatArray array = new FloatArray(values.length);
        array.data.copyFrom(MemorySegment.ofArray(values));
        return array;
    }

    public static FloatArray fromElements(float... values) {
        return fromArray(values);
    }

    /** Copies the elements of {@code segment}, which has no header. */
    public static FloatArray fromSegment(MemorySegment segment) {
        FloatArray array = new FloatArray(elementsIn(segment.byteSize() + ARRAY_HEADER, BYTES));
        array.data.copyFrom(segment);
        return array;
    }

    /** Wraps {@code segment}, whose first {@link #ARRAY_HEADER} bytes are the header, without copying. */
    public static FloatArray fromSegmentShallow(MemorySegment segment) {
        return new FloatArray(segment, elementsIn(segment.byteSize(), BYTES));
    }

    public float get(int index) {
        return data.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    public void set(int index, float value) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
    }

    public void init(float value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    public void clear() {
        init(0);
    }

    public float[] toHeapArray() {
        float[] values = new float[size];
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, 0, values, 0, size);
        return values;
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
