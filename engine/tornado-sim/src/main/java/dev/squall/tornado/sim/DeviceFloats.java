package dev.squall.tornado.sim;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** An array of floats in device memory, in pages that exist only once they are touched. */
final class DeviceFloats extends FloatArray implements DeviceArray {

    static final int PAGE_BITS = 14;
    static final int PAGE = 1 << PAGE_BITS;

    static final class Page {
        /** No number, neither as a float nor as two halves: what nobody has written. */
        private static final float UNWRITTEN = Float.intBitsToFloat(0x7FC07FC0);

        final float[] values = new float[PAGE];
        final @Nullable Races races;

        /** The same of halves, of which each float is two; made when one is first used. */
        private @Nullable Races racesOfHalves;

        Page(@Nullable Races races) {
            this.races = races;
            Arrays.fill(values, UNWRITTEN);
        }

        /** Bits of half {@code offset} of the page, whose first one is half {@code firstIndex} of the array. */
        short half(int offset, int firstIndex, @Nullable Clock clock) {
            if (clock != null) {
                racesOfHalves(clock).read(offset, firstIndex);
            }
            return (short) (Float.floatToRawIntBits(values[offset >> 1]) >> ((offset & 1) << 4));
        }

        void setHalf(int offset, int firstIndex, @Nullable Clock clock, short bits) {
            if (clock != null) {
                racesOfHalves(clock).write(offset, firstIndex);
            }
            int shift = (offset & 1) << 4;
            int other = Float.floatToRawIntBits(values[offset >> 1]) & ~(0xFFFF << shift);
            values[offset >> 1] = Float.intBitsToFloat(other | (bits & 0xFFFF) << shift);
        }

        private Races racesOfHalves(Clock clock) {
            Races made = racesOfHalves;
            if (made == null) {
                made = new Races(clock, 2 * PAGE);
                racesOfHalves = made;
            }
            return made;
        }

        void forgetAccesses() {
            if (races != null) {
                races.clear();
            }
            if (racesOfHalves != null) {
                racesOfHalves.clear();
            }
        }
    }

    private final int size;
    private final @Nullable Clock clock;
    private final @Nullable Page[] pages;

    /** With a null clock, races are not looked for. */
    DeviceFloats(int size, @Nullable Clock clock) {
        super(MemorySegment.NULL, size);
        this.size = size;
        this.clock = clock;
        pages = new Page[(size + PAGE - 1) >>> PAGE_BITS];
    }

    @Override
    public float get(int index) {
        Page page = page(index);
        int offset = index & PAGE - 1;
        if (page.races != null) {
            page.races.read(offset, index - offset);
        }
        return page.values[offset];
    }

    @Override
    public void set(int index, float value) {
        Page page = page(index);
        int offset = index & PAGE - 1;
        if (page.races != null) {
            page.races.write(offset, index - offset);
        }
        page.values[offset] = value;
    }

    Page page(int index) {
        if (index < 0 || index >= size) {
            throw outOfBounds(index, size);
        }
        Page page = pages[index >>> PAGE_BITS];
        return page != null ? page : newPage(index >>> PAGE_BITS);
    }

    static Violation outOfBounds(long index, int size) {
        return index < 0
                ? new Violation(
                        Kind.INDEX_OVERFLOW,
                        "uses the negative index " + index + " of an array of " + size
                                + " elements: an int computation of the index has wrapped around, or its sign is wrong.")
                : new Violation(
                        Kind.OUT_OF_BOUNDS,
                        "uses the index " + index + " of an array of " + size
                                + " elements: guard the work-items past the end, or correct the sizes in the parameters.");
    }

    private Page newPage(int number) {
        Page page = new Page(clock == null ? null : new Races(clock, PAGE));
        pages[number] = page;
        return page;
    }

    @Override
    public void copyFrom(Object host) {
        MemorySegment source = ((FloatArray) host).getSegment();
        for (int i = 0; i < size; i += PAGE) {
            MemorySegment.copy(source, JAVA_FLOAT, 4L * i, page(i).values, 0, Math.min(PAGE, size - i));
        }
    }

    @Override
    public void copyTo(Object host) {
        MemorySegment target = ((FloatArray) host).getSegment();
        for (int i = 0; i < size; i += PAGE) {
            MemorySegment.copy(page(i).values, 0, target, JAVA_FLOAT, 4L * i, Math.min(PAGE, size - i));
        }
    }

    @Override
    public void forgetAccesses() {
        for (Page page : pages) {
            if (page != null) {
                page.forgetAccesses();
            }
        }
    }

    /** Bits of half {@code index}, where each float is two. */
    short half(int index) {
        int offset = index & 2 * PAGE - 1;
        return pageOfHalf(index).half(offset, index - offset, clock);
    }

    void setHalf(int index, short bits) {
        int offset = index & 2 * PAGE - 1;
        pageOfHalf(index).setHalf(offset, index - offset, clock, bits);
    }

    private Page pageOfHalf(int index) {
        if (index < 0 || index >> 1 >= size) {
            throw outOfBounds(index, 2 * size);
        }
        return page(index >> 1);
    }
}
