package dev.squall.jvm.strassen;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.strassen.StrassenKernels.Quarters;
import dev.squall.jvm.tile.DenseKernels;
import dev.squall.jvm.tile.TileSizes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Rows of positions, of which those of the first half are paired with those of the second one. They are rows of one image, or several whole images, each
 * of which is cut into halves by itself. An odd number is filled up with a position of zeros.
 */
final class PairedRows {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Images of which there are pairs. */
    private final int images;
    /** Pairs of one image. */
    private final int pairs;

    private final int rows;
    private final int width;
    private final long[] upper;
    private final long[] lower;
    private final List<Tile> tiles = new ArrayList<>();
    private final List<List<Run>> runs = new ArrayList<>();

    /**
     * Pairs that a kernel multiplies at once.
     *
     * @param first bytes from the first pair of all to the first of the tile
     * @param second the same for the first of the second half of the tile
     */
    record Tile(DenseKernels kernels, long first, long second) {}

    /**
     * Neighbours in a row of the output whose pairs are neighbours too.
     *
     * @param column of the first
     * @param isLower whether they are of the second half
     * @param pairs bytes from the first pair of all to theirs
     */
    record Run(int column, int length, boolean isLower, long pairs) {}

    PairedRows(PixelGrid in, int images, int rows, int width) {
        this.images = images;
        this.rows = rows;
        this.width = width;
        pairs = pairs(rows, width);
        upper = new long[images * pairs];
        lower = new long[upper.length];
        for (int i = 0; i < upper.length; i++) {
            int image = i / pairs;
            int second = i % pairs + pairs;
            upper[i] = offset(in, image, i % pairs);
            // Left of a row is the halo.
            lower[i] = second < rows * width ? offset(in, image, second) : -PIXEL;
        }
        int first = 0;
        for (int size : TileSizes.sizes(upper.length)) {
            int half = size == 1 ? first : first + TileSizes.half(size);
            tiles.add(new Tile(new DenseKernels(size, PIXEL, PIXEL), (long) first * PIXEL, (long) half * PIXEL));
            first += size;
        }
        for (int i = 0; i < images * rows; i++) {
            runs.add(cut(i / rows, i % rows));
        }
    }

    private static int pairs(int rows, int width) {
        return Math.ceilDiv(rows * width, 2);
    }

    /** What it takes to multiply that many rows, see {@link TileSizes#cost}. */
    static int cost(int rows, int width) {
        return TileSizes.sizes(pairs(rows, width)).stream()
                .mapToInt(TileSizes::cost)
                .sum();
    }

    private long offset(PixelGrid in, int image, int position) {
        return image * in.image() + position / width * in.row() + (long) (position % width) * in.column();
    }

    int images() {
        return images;
    }

    int rows() {
        return rows;
    }

    /** Pairs of an image. */
    int pairs() {
        return pairs;
    }

    /** Bytes of all pairs of a block of channels. */
    long planeBytes() {
        // Off a power of two, so that the planes of a tile do not fall into the same cache set.
        return (long) (upper.length | 1) * PIXEL;
    }

    List<Tile> tiles() {
        return tiles;
    }

    /** Writes the forms of a block of the left half, which begins at {@code left}, and one of the right half. */
    void forms(long left, long right, long out, long step) {
        var quarters = new Quarters(left, upper, right, upper, left, lower, right, lower);
        for (int lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            StrassenKernels.forms(quarters.at(lane), 0, upper.length, out + lane, PIXEL, step);
        }
    }

    /** The one or two runs of a row, counted through all images. */
    List<Run> runs(int row) {
        return runs.get(row);
    }

    private List<Run> cut(int image, int row) {
        int first = row * width;
        int up = Math.clamp((long) pairs - first, 0, width);
        long firstPair = (long) image * pairs + first;
        Run upper = new Run(0, up, false, firstPair * PIXEL);
        Run lower = new Run(up, width - up, true, (firstPair + up - pairs) * PIXEL);
        return Stream.of(upper, lower).filter(run -> run.length > 0).toList();
    }

    /** Bytes from a vector of channels of a pair to the next vector, where planes follow each other. */
    long vectorBytes() {
        return Lanes.COUNT == BlockedLayout.BLOCK ? planeBytes() : Lanes.BYTES;
    }
}
