package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A kernel with all that it is launched with. Two launches are equal if they do the same to the same memory.
 *
 * @param places the arenas of the operands, and {@link ArenaAllocator#HALVES} more for images of halves
 * @param x work-items, a multiple of the kernel's groups
 * @param y the same in y
 * @param table what the kernel's table holds, empty if it takes none
 */
record Launch(Kernel kernel, int[] places, int x, int y, int[] sizes, float[] settings, int[] table) {
    static final int[] NO_TABLE = {};

    /** A launch over at least {@code x} by {@code y} work-items. */
    static Launch of(Kernel kernel, int[] places, int x, int y, int[] sizes, float[] settings, int[] table) {
        return new Launch(
                kernel, places, roundUp(x, kernel.localX()), roundUp(y, kernel.localY()), sizes, settings, table);
    }

    /** A launch of one of {@link dev.squall.tornado.kernel.MemoryKernels}, over vectors of an arena. */
    static Launch over(Kernel kernel, int arena, int first, int vectors, float... settings) {
        return of(kernel, new int[] {arena}, Math.max(1, vectors), 1, new int[] {vectors, first}, settings, NO_TABLE);
    }

    /** The arena of an operand. */
    static int arena(int place) {
        return place % ArenaAllocator.HALVES;
    }

    /** Which operands are images of halves. */
    Set<Integer> halves() {
        return IntStream.range(0, places.length)
                .filter(i -> places[i] >= ArenaAllocator.HALVES)
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }

    private static int roundUp(int value, int multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Launch that
                && kernel == that.kernel
                && Arrays.equals(places, that.places)
                && x == that.x
                && y == that.y
                && Arrays.equals(sizes, that.sizes)
                && Arrays.equals(settings, that.settings)
                && Arrays.equals(table, that.table);
    }

    @Override
    public int hashCode() {
        int hash = System.identityHashCode(kernel);
        hash = 31 * hash + Arrays.hashCode(places);
        hash = 31 * hash + x;
        hash = 31 * hash + y;
        hash = 31 * hash + Arrays.hashCode(sizes);
        hash = 31 * hash + Arrays.hashCode(settings);
        return 31 * hash + Arrays.hashCode(table);
    }
}
