package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An array of ints outside the Java heap. Not final, unlike the real class: the simulator's device arrays extend it. */
public class IntArray extends TornadoNativeArray {

    private static final int BYTES = 4;

    private final int size;
    private final MemorySegment data;

    public IntArray(int numberOfElements) {
        this(Arena.ofAuto().allocate((long) numberOfElements * BYTES + ARRAY_HEADER, 16), numberOfElements);
    }

    /** For the simulator's device arrays; {@code segment} includes the header. */
    protected IntArray(MemorySegment segment, int size) {
        this.size = size;
        this.data = segment.byteSize() == 0 ? segment : segment.asSlice(ARRAY_HEADER);
    }

    public static IntArray fromArray(int[] values) {
        IntArray array = new IntArray(values.length);
        array.data.copyFrom(MemorySegment.ofArray(values));
        return array;
    }

    public static IntArray fromElements(int... values) {
        return fromArray(values);
    }

    /** Copies the elements of {@code segment}, which has no header. */
    public static IntArray fromSegment(MemorySegment segment) {
        IntArray array = new IntArray(elementsIn(segment.byteSize() + ARRAY_HEADER, BYTES));
        array.data.copyFrom(segment);
        return array;
    }

    /** Wraps {@code segment}, whose first {@link #ARRAY_HEADER} bytes are the header, without copying. */
    public static IntArray fromSegmentShallow(MemorySegment segment) {
        return new IntArray(segment, elementsIn(segment.byteSize(), BYTES));
    }

    public int get(int index) {
        return data.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    public void set(int index, int value) {
        data.setAtIndex(ValueLayout.JAVA_INT, index, value);
    }

    public void init(int value) {
        for (int i = 0; i < size; i++) {
            set(i, value);
        }
    }

    public void clear() {
        init(0);
    }

    public int[] toHeapArray() {
        int[] values = new int[size];
        MemorySegment.copy(data, ValueLayout.JAVA_INT, 0, values, 0, size);
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
