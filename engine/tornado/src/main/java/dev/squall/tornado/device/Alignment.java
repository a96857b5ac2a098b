package dev.squall.tornado.device;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Where tensors begin on a GPU: at a multiple of {@value #BYTES} bytes, the length of its cache's lines, so that neighbours who read as many bytes touch one
 * line and not two.
 *
 * <p>TornadoVM puts a header before an array's values, of 16 bytes if nobody says otherwise, and drivers align buffers to 256. So kernels for GPUs leave out the
 * values before the next multiple:
 *
 * <pre>
 *   byte 0      16                    128
 *   | header    | {@link #FLOATS} values, unused  | value 0, 1, 2, ... as kernels and the host count them
 * </pre>
 *
 * {@link ScalarKernels} adds the distance to what kernels write; TornadoVM adds the header to an index, so that both together are the one constant that an address
 * has anyway. {@link ArenaAllocator} hands out multiples of {@value #BYTES} bytes. Kernels for processors take vectors of eight, which TornadoVM counts from the
 * header on: with them, tensors begin 16 bytes after a multiple of 32.
 */
final class Alignment {
    static final int BYTES = 128;

    /** Values that are left out at the start of an array. */
    static final int FLOATS = (int) Math.floorMod(-TornadoNativeArray.ARRAY_HEADER, (long) BYTES) / Float.BYTES;

    /** Bytes before what TornadoVM's vectors of four count as the first, and before what its tensor cores do: those of a Java array, whatever the header is. */
    private static final int JAVA_HEADER = 16;

    private static final int FIRST_BYTE = (int) TornadoNativeArray.ARRAY_HEADER + FLOATS * Float.BYTES;

    /** The same distance in floats as tensor cores count them. */
    static final int STORED_FLOATS = (FIRST_BYTE - JAVA_HEADER) / Float.BYTES;

    /** The same distance in vectors of four. */
    static final int QUADS = STORED_FLOATS / 4;

    private Alignment() {}
}
