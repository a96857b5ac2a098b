package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.tile.DenseKernels;
import dev.squall.jvm.tile.TileSizes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the positions of a {@link TapWindow} into tiles. Rows are joined into bands, whose tiles are fuller than those of single rows: a tile consists
 * of two halves, each some neighbours in a row or in a column, which may lie anywhere.
 *
 * <pre>
 * two rows of 7       six rows of 7, of which any three are neighbours
 * 1 1 1 1 2 2 2       1 1 1 1 1 1 7
 * 2 2 2 3 3 3 3       2 2 2 2 2 2 7
 *                     ...         7
 * </pre>
 */
final class Bands {
    /** What full tiles have to cost, as a part of what single rows or pairs cost: rows of 56, which would gain half a hundredth, keep to pairs. */
    private static final double WORTHWHILE = 0.98;

    private final int height;
    private final int width;
    private final PixelGrid in;
    private final PixelGrid out;
    private final @Nullable DenseKernels[] kernels = new DenseKernels[TileSizes.MAX_POSITIONS + 1];
    private final List<Tile> one;
    private final @Nullable List<Tile> pair;
    private final @Nullable List<Tile> many;
    /** Rows of the tiles in {@link #many}. */
    private final int manyRows;

    /**
     * Rows that are computed together.
     *
     * @param rows their numbers, counted through all images
     * @param in addresses of their first positions in the first block of the input
     * @param out the same in the output
     * @param tiles that cover them
     */
    record Band(int[] rows, long[] in, long[] out, List<Tile> tiles) {}

    /** Positions computed at once, beginning with {@code first}; the second half begins with {@code second}. */
    record Tile(DenseKernels kernels, Position first, Position second) {}

    /**
     * A position.
     *
     * @param row its row, as an index into those of the band
     * @param in bytes from the row's first position in the input
     * @param out the same in the output
     */
    record Position(int row, long in, long out) {}

    /**
     * @param in the input, of which each position sees a pixel
     * @param out the output, with a pixel for each position
     */
    Bands(TapWindow window, PixelGrid in, PixelGrid out) {
        height = window.height();
        width = window.width();
        this.in = in;
        this.out = out;
        one = new ArrayList<>();
        add(one, 0, width);
        List<Tile> two = pairTiles();
        pair = two.size() < 2 * one.size() ? two : null;
        int half = TileSizes.MAX_POSITIONS / 2;
        boolean evenWithHalf = half * (width / half) % 2 == 0 && width % half % 2 == 0;
        manyRows = evenWithHalf ? half : 2 * half;
        double costOfRow = pair == null ? cost(one) : cost(pair) / 2.0;
        double costOfFull = (double) width * TileSizes.cost(TileSizes.MAX_POSITIONS) / TileSizes.MAX_POSITIONS;
        boolean isWorthwhile = TileSizes.FEW_REGISTERS && height >= half && costOfFull < WORTHWHILE * costOfRow;
        many = isWorthwhile ? manyTiles() : null;
    }

    private static int cost(List<Tile> tiles) {
        return tiles.stream()
                .mapToInt(tile -> TileSizes.cost(tile.kernels.positions()))
                .sum();
    }

    /** The cheapest tiles of two rows, of which one in the middle may have as much of the one as of the other. */
    private List<Tile> pairTiles() {
        int shared = IntStream.rangeClosed(0, Math.min(width, TileSizes.MAX_POSITIONS / 2))
                .boxed()
                .min(Comparator.comparingInt(this::pairCost))
                .orElseThrow();
        List<Tile> list = new ArrayList<>();
        add(list, 0, width - shared);
        add(list, width - shared, width + shared);
        add(list, width + shared, 2 * width);
        return list;
    }

    /** The cost of two rows with {@code shared} positions of each in a tile in the middle. */
    private int pairCost(int shared) {
        int row = TileSizes.sizes(width - shared).stream()
                .mapToInt(TileSizes::cost)
                .sum();
        return 2 * row + (shared == 0 ? 0 : TileSizes.cost(2 * shared));
    }

    /** Adds the tiles of the positions of two rows from {@code from} to before {@code to}. */
    private void add(List<Tile> list, int from, int to) {
        int first = from;
        for (int positions : TileSizes.sizes(to - from)) {
            int second = positions == 1 ? first : first + TileSizes.half(positions);
            list.add(new Tile(
                    kernels(positions),
                    position(first / width, first % width),
                    position(second / width, second % width)));
            first += positions;
        }
    }

    /** Full tiles: of halves of rows, then of halves of the columns that are left. */
    private List<Tile> manyTiles() {
        int half = TileSizes.MAX_POSITIONS / 2;
        int covered = width - width % half;
        List<Position> rows = new ArrayList<>();
        List<Position> columns = new ArrayList<>();
        for (int row = 0; row < manyRows; row++) {
            for (int column = 0; column < covered; column += half) {
                rows.add(position(row, column));
            }
        }
        for (int row = 0; row < manyRows; row += half) {
            for (int column = covered; column < width; column++) {
                columns.add(position(row, column));
            }
        }
        List<Tile> list = new ArrayList<>();
        DenseKernels kernels = kernels(TileSizes.MAX_POSITIONS);
        for (int i = 0; i < rows.size(); i += 2) {
            list.add(new Tile(kernels, rows.get(i), rows.get(i + 1)));
        }
        var ofColumns = new DenseKernels(TileSizes.MAX_POSITIONS, (int) in.row(), (int) out.row());
        for (int i = 0; i < columns.size(); i += 2) {
            list.add(new Tile(ofColumns, columns.get(i), columns.get(i + 1)));
        }
        return list;
    }

    /** The kernels of a tile of neighbours, the same ones for all tiles. */
    private DenseKernels kernels(int positions) {
        DenseKernels known = kernels[positions];
        if (known == null) {
            known = new DenseKernels(positions, in.column(), out.column());
            kernels[positions] = known;
        }
        return known;
    }

    private Position position(int row, int column) {
        return new Position(row, (long) column * in.column(), (long) column * out.column());
    }

    /**
     * Where to stop that begins with row {@code first}, if about {@code rows} rows stay in cache: after whole images, or after whole bands of one.
     *
     * @param end where to stop anyhow
     */
    int stop(int first, int end, int rows) {
        int left = height - first % height;
        int least = many == null ? 2 : manyRows;
        boolean isImage = rows >= height || (2 * rows >= height && height < 2 * least);
        int step = isImage
                ? left + Math.max(0, rows / height - 1) * height
                : Math.min(left, Math.max(1, rows / least) * least);
        return Math.min(end, first + step);
    }

    /** The bands of the rows from {@code first} to before {@code end}, counted through all images. */
    List<Band> cut(int first, int end) {
        int half = TileSizes.MAX_POSITIONS / 2;
        List<Integer> joined = new ArrayList<>();
        List<Integer> rest = new ArrayList<>();
        for (int row = first; row < end; ) {
            int stop = Math.min(end, row - row % height + height);
            for (; many != null && row + half <= stop; row += half) {
                IntStream.range(row, row + half).forEach(joined::add);
            }
            for (; row < stop; row++) {
                rest.add(row);
            }
        }
        List<Band> bands = new ArrayList<>();
        List<Integer> left = new ArrayList<>(take(joined, manyRows, many, bands));
        left.addAll(rest);
        take(take(left, 2, pair, bands), 1, one, bands);
        return bands;
    }

    /** Adds bands of {@code count} rows each, and returns the rows that are left: all if there are no such tiles. */
    private List<Integer> take(List<Integer> rows, int count, @Nullable List<Tile> tiles, List<Band> bands) {
        int next = 0;
        for (; tiles != null && next + count <= rows.size(); next += count) {
            bands.add(band(rows.subList(next, next + count), tiles));
        }
        return rows.subList(next, rows.size());
    }

    private Band band(List<Integer> list, List<Tile> tiles) {
        int[] rows = list.stream().mapToInt(row -> row).toArray();
        return new Band(rows, addresses(rows, in), addresses(rows, out), tiles);
    }

    private long[] addresses(int[] rows, PixelGrid grid) {
        return IntStream.of(rows)
                .mapToLong(row -> grid.at(row / height, 0, row % height, 0))
                .toArray();
    }
}
