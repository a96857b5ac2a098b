package dev.squall.jvm.tile;

import dev.squall.jvm.runtime.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** How many positions a tile has, and what it costs. */
public final class TileSizes {
    /** Whether there are 16 registers for vectors, and not 32. */
    public static final boolean FEW_REGISTERS =
            Lanes.COUNT < 16 && !System.getProperty("os.arch").equals("aarch64");

    /** Positions a tile may have: as many as keep the sums, two weight vectors and one or two broadcasts in registers. */
    public static final int MAX_POSITIONS = FEW_REGISTERS ? 6 : Lanes.COUNT == 16 ? 14 : 12;

    /** Vectors that are summed at once where each is multiplied with a vector in memory, which needs no register of its own. */
    public static final int MAX_SUMS = FEW_REGISTERS ? 12 : 28;

    /** Sums of a tile of small groups, which has the weights that they are multiplied with in registers too; tiles of 24 took longer. */
    private static final int MAX_GROUPED = FEW_REGISTERS ? 8 : 20;

    /** Sums of a position of such a tile: what is read is brought into an order of lanes once for all of them. */
    private static final int GROUPED_SUMS = FEW_REGISTERS ? 2 : 4;

    /** Channels of the largest tile of a weight gradient of two vectors; of one of 11 and more, the compiler spills sums. */
    static final int MAX_GRADIENT = FEW_REGISTERS ? 6 : 8;

    /** A tile of fewer positions takes as long. */
    private static final int LEAST_ROUNDED = 4;

    private TileSizes() {}

    /** How many sums each position of a {@link GroupedKernel} has for groups of {@code channels}, a power of two. */
    public static int groupedSums(int channels) {
        return Math.min(channels, GROUPED_SUMS);
    }

    /** The most positions of a {@link GroupedKernel} for groups of {@code channels}. */
    public static int groupedPositions(int channels) {
        return MAX_GROUPED / groupedSums(channels);
    }

    /** Index of the position where the second half of a tile begins; it has an address of its own, so it may be a row. */
    public static int half(int positions) {
        return (positions + 1) / 2;
    }

    /**
     * The sizes of tiles that cover {@code count} positions: full ones, since one takes hardly longer than a tile of a few positions less, but the
     * last two share what is left where one would be less than half full.
     */
    public static List<Integer> sizes(int count) {
        List<Integer> sizes = new ArrayList<>();
        int rest = count;
        while (rest > 0) {
            boolean isShared = rest > MAX_POSITIONS && 2 * rest < 3 * MAX_POSITIONS;
            int size = isShared ? (rest + 1) / 2 : Math.min(rest, MAX_POSITIONS);
            sizes.add(size);
            rest -= size;
        }
        return sizes;
    }

    /**
     * As {@link #sizes}, where tiles may cover some more than {@code count} positions: with few registers only of two sizes, which saves the time it
     * takes to make the kernels of others.
     */
    public static List<Integer> roundedSizes(int count) {
        if (!FEW_REGISTERS) {
            return sizes(count);
        }
        List<Integer> sizes = new ArrayList<>();
        for (int rest = count; rest > 0; rest -= MAX_POSITIONS) {
            sizes.add(rest <= LEAST_ROUNDED ? LEAST_ROUNDED : MAX_POSITIONS);
        }
        return sizes;
    }

    /** How many channels the tiles of a weight gradient have of so many vectors that cover {@code channels}: all as many, but the last may have fewer. */
    static List<Integer> gradientSizes(int channels, int vectors) {
        int tiles = Math.ceilDiv(channels, vectors == 1 ? 2 * MAX_GRADIENT : MAX_GRADIENT);
        int size = Math.ceilDiv(channels, tiles);
        return IntStream.range(0, tiles)
                .mapToObj(tile -> Math.min(size, channels - tile * size))
                .toList();
    }

    /** What a tile takes, in halves of a position: at least four, as sums wait for themselves, and one to begin and end; full ones take a little less. */
    public static int cost(int positions) {
        return 2 * Math.max(positions, 4) + 2 - (positions == MAX_POSITIONS ? 1 : 0);
    }
}
