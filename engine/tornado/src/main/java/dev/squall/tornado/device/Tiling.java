package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Tiles;

/**
 * Which tiles a result is computed in, and how the sums are cut: what takes the least time by {@link Split}'s estimate. A round of a tile of 128 columns multiplies twice as much
 * as one of 64 with {@value #WIDE_ROUND} times the instructions; but there are half as many of them, and a device that has no more of them than processors is done sooner with the
 * smaller ones. Nothing is cut into parts only to have wide tiles, and a device with no more local memory than they fill gets none: TornadoVM takes some bytes of it for itself.
 *
 * @param wide whether they have {@link Tiles#WIDE_COLUMNS} columns
 * @param tilesInX how many tiles lie side by side
 */
public record Tiling(boolean wide, int tilesInX, Split split) {
    /** A system property: columns of the tiles, whatever takes less. Tests set it. */
    public static final String COLUMNS = "squall.tornado.columns";

    /** The instructions of a round of a wide tile, in those of a narrow one: 1.85 to 1.87 by backend and kernel. */
    private static final double WIDE_ROUND = 1.86;

    /** How the sums of so many tiles are cut. */
    @FunctionalInterface
    public interface Cut {
        Split of(int tilesInX, double round);
    }

    /** For a result of {@code columns}. */
    public static Tiling of(Launcher launcher, int columns, Cut cut) {
        return of(launcher.device().description().getPhysicalDevice().getDeviceLocalMemorySize(), columns, cut);
    }

    /** The same on a device with so many bytes of local memory. */
    static Tiling of(long localBytes, int columns, Cut cut) {
        Tiling narrow = of(false, columns, Tiles.COLUMNS, cut, 1);
        Tiling wide = of(true, columns, Tiles.WIDE_COLUMNS, cut, WIDE_ROUND);
        int wanted = Integer.getInteger(COLUMNS, 0);
        if (wanted > 0) {
            return wanted == Tiles.COLUMNS ? narrow : wide;
        }
        if (localBytes <= Tiles.WIDE_BYTES) {
            return narrow;
        }
        boolean cutForIt = narrow.split.isWhole() && !wide.split.isWhole();
        return !cutForIt && wide.split.cost() < narrow.split.cost() ? wide : narrow;
    }

    private static Tiling of(boolean wide, int columns, int columnsOfTile, Cut cut, double round) {
        int tilesInX = Math.ceilDiv(columns, columnsOfTile);
        return new Tiling(wide, tilesInX, cut.of(tilesInX, round));
    }
}
