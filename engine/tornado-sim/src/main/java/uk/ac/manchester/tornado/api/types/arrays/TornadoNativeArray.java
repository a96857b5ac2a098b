package uk.ac.manchester.tornado.api.types.arrays;

import java.lang.foreign.MemorySegment;

/** An array outside the Java heap; a header of {@link #ARRAY_HEADER} bytes precedes its elements. */
public abstract class TornadoNativeArray {

    /** Not a constant of the language, which javac would copy into what is compiled against this: the real library decides at run time. */
    public static final long ARRAY_HEADER = header();

    private static long header() {
        return 16;
    }

    public abstract int getSize();

    /** The elements alone. */
    public abstract MemorySegment getSegment();

    static int elementsIn(long bytes, int elementSize) {
        long dataBytes = bytes - ARRAY_HEADER;
        if (dataBytes < 0 || dataBytes % elementSize != 0) {
            throw new IllegalArgumentException("A shallow array needs a segment of " + ARRAY_HEADER
                    + " header bytes and whole elements of " + elementSize + " bytes, but the segment has " + bytes
                    + " bytes: round its size up.");
        }
        return Math.toIntExact(dataBytes / elementSize);
    }
}
