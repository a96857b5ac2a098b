package dev.squall.jvm.runtime;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector species of this machine, and loads and stores at absolute addresses.
 *
 * <p>Every kernel works on 4, 8 or 16 lanes; a channel block of 16 is 4, 2 or 1 vectors. Addresses are not checked: a kernel
 * takes them from a layout in memory of an {@link Allocator}, and stays inside.
 */
public final class Lanes {
    /** Channels that are neighbours in memory, a whole number of vectors. */
    public static final int BLOCK = 16;

    public static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.length() <= BLOCK ? FloatVector.SPECIES_PREFERRED : FloatVector.SPECIES_512;

    /** Floats in a vector: 4, 8 or 16. */
    public static final int COUNT = SPECIES.length();

    /** Bytes in a vector. */
    public static final int BYTES = COUNT * Float.BYTES;

    public static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Addresses are multiples of 4 all the same; a layout that asks for it is checked at each access. */
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** All of memory as one segment, so that an address is an offset. */
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /**
     * The bits an address may have. Masking with them changes nothing, but shows the compiler that an access is inside of {@link #ALL}; else it
     * checks each one, which may take as long as the arithmetic between them.
     */
    public static final long ADDRESS_MASK = (1L << 57) - 1;

    /** Wider, so that the compiler drops it after {@link #ADDRESS_MASK} and a small distance. */
    private static final long ACCESS_MASK = (1L << 62) - 1;

    static {
        // A second kind of segment, loaded later, would make the compiler discard what it has compiled for one kind.
        Objects.requireNonNull(MemorySegment.ofArray(new byte[0]));
    }

    private Lanes() {}

    /** The same address or distance, 0 or more; once for a base spares masking each of the accesses near it. */
    public static long bounded(long address) {
        return address & ADDRESS_MASK;
    }

    private static long inside(long address) {
        return address & ACCESS_MASK;
    }

    public static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, inside(address), ORDER);
    }

    public static void store(long address, FloatVector vector) {
        vector.intoMemorySegment(ALL, inside(address), ORDER);
    }

    public static FloatVector load(float[] values, int index) {
        return FloatVector.fromArray(SPECIES, values, index);
    }

    public static FloatVector broadcast(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    public static float get(long address) {
        return ALL.get(FLOAT, inside(address));
    }

    public static void set(long address, float value) {
        ALL.set(FLOAT, inside(address), value);
    }

    /**
     * Reads a value at each of {@code count} places, so that they are near to the processor when they are needed. Nothing is done between the
     * reads, and so the processor waits for many of them at once. The result has no meaning, but without it the compiler would leave the reads out.
     */
    public static int touch(long address, int step, int count) {
        int any = 0;
        long from = bounded(address);
        for (int i = 0; i < count; i++) {
            any |= ALL.get(INT, from + (long) i * step);
        }
        return any;
    }

    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /** Copies single values: for i in [start, end), the one at {@code from + fromOffsets[i]} to {@code to + toOffsets[i]}. */
    public static void move(long from, long[] fromOffsets, long to, long[] toOffsets, int start, int end) {
        for (int i = start; i < end; i++) {
            set(to + toOffsets[i], get(from + fromOffsets[i]));
        }
    }

    /** Sets {@code bytes} bytes to zero. */
    public static void zero(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }

    /** Writes the values of a block that begins at {@code index}: a copy of so little memory takes longer to begin than to do. */
    public static void writeBlock(long address, float[] values, int index) {
        for (int lane = 0; lane < BLOCK; lane += COUNT) {
            store(address + (long) lane * Float.BYTES, load(values, index + lane));
        }
    }

    /** Reads the values of a block. */
    public static void readBlock(long address, float[] values, int index) {
        for (int lane = 0; lane < BLOCK; lane += COUNT) {
            load(address + (long) lane * Float.BYTES).intoArray(values, index + lane);
        }
    }

    public static void write(long address, float[] values, int count) {
        write(address, values, 0, count);
    }

    public static void write(long address, float[] values, int index, int count) {
        MemorySegment.copy(values, index, ALL, FLOAT, address, count);
    }

    /** Copies what is between the position and the limit, in this machine's order of bytes. */
    public static void write(long address, FloatBuffer values) {
        MemorySegment from = MemorySegment.ofBuffer(values);
        MemorySegment.copy(from, 0, ALL, address, from.byteSize());
    }

    public static void read(long address, float[] values, int count) {
        read(address, values, 0, count);
    }

    public static void read(long address, float[] values, int index, int count) {
        MemorySegment.copy(ALL, FLOAT, address, values, index, count);
    }
}
