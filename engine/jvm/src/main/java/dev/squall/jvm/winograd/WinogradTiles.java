package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Lanes;

/**
 * How planes are cut into Winograd tiles, and reading and writing them. Tiles are of {@code size} by {@code size} pixels; along the right and
 * the lower edge they are of what is left, 2 or 4 pixels. Where a plane ends inside a tile, it is completed with zeros, and cut off again.
 *
 * <p>Tiles are numbered by kind: those of the lower edge, those inside, those of the right edge and those of the lower right corner. So the tiles
 * that take part in a product are neighbours.
 *
 * @param height of the output plane; the input's is the same, with a halo of one
 * @param width of the output plane
 * <p>Planes of 2x2 pixels are tiles as a whole, see {@link WholePlaneKernels}; they are read without a halo.
 *
 * @param size 4 or 6, or 2 for whole planes
 */
public record WinogradTiles(int images, int height, int width, int size) {
    private static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Scratch bytes of {@link #input}, {@link #output} and {@link #gradient}. */
    static final long SCRATCH = 2L * Winograd.BETWEEN;

    /** Multiply-adds that take as long as reading a weight from memory: 0.2 ns at 20 GB/s, in which two cores do 18. */
    public static final int WEIGHT_COST = 18;

    /** Sides of planes that are tiles as a whole. */
    private static final int WHOLE = 2;

    /** How many different ranges of tiles take part in products. */
    static final int RANGES = 4;

    /**
     * A tile.
     *
     * @param number counts tiles
     * @param y its first row of the output
     * @param x its first column of the output
     * @param height 2, 4 or 6
     * @param width 2, 4 or 6
     */
    public record OutputTile(int number, int image, int y, int x, int height, int width) {}

    /** Tiles of the size that makes a convolution cheapest. */
    public static WinogradTiles of(int images, int height, int width) {
        if (height == WHOLE && width == WHOLE) {
            return new WinogradTiles(images, height, width, WHOLE);
        }
        WinogradTiles small = new WinogradTiles(images, height, width, 4);
        WinogradTiles large = new WinogradTiles(images, height, width, Winograd.MAX_SIZE);
        return large.cost() < small.cost() ? large : small;
    }

    /** Multiplications for each pair of an input and an output channel, with what its weights cost. */
    public long cost() {
        return (long) images * pointsAlong(height) * pointsAlong(width) + (long) WEIGHT_COST * products();
    }

    /** Points along a side of a plane. */
    private int pointsAlong(int side) {
        int rest = rest(side);
        return full(side) * points() + (rest > 0 ? Winograd.points(rest) : 0);
    }

    /** Whether each plane is a tile, and nothing around it is read. */
    public boolean isWhole() {
        return size == WHOLE;
    }

    /** Points along a side of a whole tile. */
    public int points() {
        return isWhole() ? WholePlaneKernels.POINTS : Winograd.points(size);
    }

    /** Products of a whole tile. */
    int products() {
        return points() * points();
    }

    /** Whole tiles along a side. */
    private int full(int side) {
        return (side + 1) / size;
    }

    /** Pixels along a side of a tile at its end: 0, 2 or 4. */
    private int rest(int side) {
        return (side + 1) % size / 2 * 2;
    }

    private int lower() {
        return rest(height) > 0 ? images * full(width) : 0;
    }

    private int inside() {
        return images * full(height) * full(width);
    }

    private int right() {
        return rest(width) > 0 ? images * full(height) : 0;
    }

    /** Tiles of one channel block. */
    public int count() {
        return lower() + inside() + right() + (rest(height) > 0 && rest(width) > 0 ? images : 0);
    }

    /** The range of tiles that take part in a product. */
    int range(int product) {
        boolean lower = product / points() < Winograd.points(rest(height));
        boolean right = product % points() < Winograd.points(rest(width));
        return (lower ? 2 : 0) + (right ? 1 : 0);
    }

    /** The first tile of a range. */
    int first(int range) {
        return range < 2 ? lower() : 0;
    }

    /** The tile after the last of a range. */
    int end(int range) {
        return switch (range) {
            case 0, 2 -> lower() + inside();
            case 1 -> lower() + inside() + right();
            default -> count();
        };
    }

    /** Where the kinds of tiles end, in order. */
    int[] ends() {
        int inside = lower() + inside();
        return new int[] {lower(), inside, inside + right(), count()};
    }

    /** The tiles from {@code from} to before {@code to}. */
    OutputTile[] tiles(int from, int to) {
        OutputTile[] tiles = new OutputTile[to - from];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = tile(from + i);
        }
        return tiles;
    }

    private OutputTile tile(int number) {
        boolean lower = number < lower() || number >= lower() + inside() + right();
        boolean right = number >= lower() + inside();
        int first = 0;
        for (int end : ends()) {
            first = end <= number ? end : first;
        }
        int rows = lower ? 1 : full(height);
        int columns = right ? 1 : full(width);
        int i = number - first;
        int y = lower ? full(height) : i / columns % rows;
        int x = right ? full(width) : i % columns;
        return new OutputTile(
                number,
                i / (rows * columns),
                y * size,
                x * size,
                lower ? rest(height) : size,
                right ? rest(width) : size);
    }

    /** Transforms one input tile of a block: the results of its products, {@code step} bytes apart from {@code to} on. */
    void input(PixelGrid in, OutputTile tile, int block, long to, long step, long scratch) {
        if (isWhole()) {
            long plane = in.at(tile.image, block, 0, 0);
            for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
                WholePlaneKernels.input(plane + lane, in.row(), to + lane, step);
            }
            return;
        }
        long from = in.at(tile.image, block, tile.y - 1, tile.x - 1);
        long row = in.row();
        int tileHeight = Winograd.points(tile.height);
        int tileWidth = Winograd.points(tile.width);
        if (tile.y + tileHeight > height + 2 || tile.x + tileWidth > width + 2) {
            long zero = in.at(tile.image, block, -1, -1);
            long edge = scratch + Winograd.BETWEEN;
            complete(from, row, height + 2 - tile.y, width + 2 - tile.x, zero, edge, tileHeight, tileWidth);
            from = edge;
            row = (long) tileWidth * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Winograd.input(tile.height, tile.width, from + lane, row, scratch + lane, to + lane, step, points() * step);
        }
    }

    /** Transforms one tile of an output gradient. */
    void gradient(PixelGrid dy, OutputTile tile, int block, long to, long step, long scratch) {
        long from = dy.at(tile.image, block, tile.y, tile.x);
        long row = dy.row();
        for (long lane = 0; lane < PIXEL && isWhole(); lane += Lanes.BYTES) {
            WholePlaneKernels.gradient(from + lane, row, to + lane, step);
        }
        if (isWhole()) {
            return;
        }
        if (tile.y + tile.height > height || tile.x + tile.width > width) {
            long zero = dy.at(tile.image, block, -1, -1);
            long edge = scratch + Winograd.BETWEEN;
            complete(from, row, height - tile.y, width - tile.x, zero, edge, tile.height, tile.width);
            from = edge;
            row = (long) tile.width * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            Winograd.gradient(
                    tile.height, tile.width, from + lane, row, scratch + lane, to + lane, step, points() * step);
        }
    }

    /** Transforms the products of a tile, {@code step} bytes apart from {@code from} on, to its pixels, rows {@code row} bytes apart. */
    void output(OutputTile tile, long from, long step, long scratch, long to, long row) {
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            if (isWhole()) {
                WholePlaneKernels.output(from + lane, step, to + lane, row);
            } else {
                Winograd.output(
                        tile.height, tile.width, from + lane, step, points() * step, scratch + lane, to + lane, row);
            }
        }
    }

    /**
     * Copies what there is of a tile, of which the plane has {@code rows} by {@code columns} pixels or more, and {@code zero}, a pixel of
     * zeros, for the rest. Choosing an address takes no branch, which would be guessed wrongly at every edge.
     */
    private static void complete(
            long from, long row, int rows, int columns, long zero, long to, int tileHeight, int tileWidth) {
        for (int y = 0; y < tileHeight; y++) {
            for (int x = 0; x < tileWidth; x++) {
                long pixel = from + y * row + (long) x * PIXEL;
                copy(y < rows & x < columns ? pixel : zero, to + (long) (y * tileWidth + x) * PIXEL, PIXEL);
            }
        }
    }

    /** For a few pixels faster than a call to copy memory. */
    static void copy(long from, long to, int bytes) {
        for (int at = 0; at < bytes; at += Lanes.BYTES) {
            Lanes.store(to + at, Lanes.load(from + at));
        }
    }
}
