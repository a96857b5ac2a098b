package dev.squall.tornado.sim;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** An array of ints in device memory, in pages that exist only once they are touched. */
final class DeviceInts extends IntArray implements DeviceArray {

    private static final int PAGE_BITS = 14;
    private static final int PAGE = 1 << PAGE_BITS;

    private static final class Page {
        final int[] values = new int[PAGE];
        final @Nullable Races races;

        Page(@Nullable Races races) {
            this.races = races;
            Arrays.fill(values, Integer.MIN_VALUE);
        }
    }

    private final int size;
    private final @Nullable Clock clock;
    private final @Nullable Page[] pages;

    /** With a null clock, races are not looked for. */
    DeviceInts(int size, @Nullable Clock clock) {
        super(MemorySegment.NULL, size);
        this.size = size;
        this.clock = clock;
        pages = new Page[(size + PAGE - 1) >>> PAGE_BITS];
    }

    @Override
    public int get(int index) {
        Page page = page(index);
        int offset = index & PAGE - 1;
        if (page.races != null) {
            page.races.read(offset, index - offset);
        }
        return page.values[offset];
    }

    @Override
    public void set(int index, int value) {
        Page page = page(index);
        int offset = index & PAGE - 1;
        if (page.races != null) {
            page.races.write(offset, index - offset);
        }
        page.values[offset] = value;
    }

    /** The sum may be formed in any order, so atomic additions do not race with each other. */
    void addAtomically(int index, int value) {
        page(index).values[index & PAGE - 1] += value;
    }

    private Page page(int index) {
        if (index < 0 || index >= size) {
            throw DeviceFloats.outOfBounds(index, size);
        }
        Page page = pages[index >>> PAGE_BITS];
        return page != null ? page : newPage(index >>> PAGE_BITS);
    }

    private Page newPage(int number) {
        Page page = new Page(clock == null ? null : new Races(clock, PAGE));
        pages[number] = page;
        return page;
    }

    @Override
    public void copyFrom(Object host) {
        MemorySegment source = ((IntArray) host).getSegment();
        for (int i = 0; i < size; i += PAGE) {
            MemorySegment.copy(source, JAVA_INT, 4L * i, page(i).values, 0, Math.min(PAGE, size - i));
        }
    }

    @Override
    public void copyTo(Object host) {
        MemorySegment target = ((IntArray) host).getSegment();
        for (int i = 0; i < size; i += PAGE) {
            MemorySegment.copy(page(i).values, 0, target, JAVA_INT, 4L * i, Math.min(PAGE, size - i));
        }
    }

    @Override
    public void forgetAccesses() {
        for (Page page : pages) {
            if (page != null && page.races != null) {
                page.races.clear();
            }
        }
    }
}
