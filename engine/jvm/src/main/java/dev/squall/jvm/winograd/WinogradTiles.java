package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.PixelGrid;
import dev.squall.jvm.runtime.Lanes;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * How planes are cut into Winograd tiles, what is multiplied, and reading and writing them. Tiles are of {@code size} by {@code size} pixels of the
 * output; along the right and the lower edge they are of what is left. Where a plane ends inside a tile, it is completed with zeros, and cut off again.
 *
 * <p>Tiles are numbered by kind: those of the lower edge, those inside, those of the right edge and those of the lower right corner. So the tiles
 * that take part in a product are neighbours.
 */
public abstract class WinogradTiles {
    static final int PIXEL = BlockedLayout.PIXEL_BYTES;

    /** Scratch bytes of {@link #input}, {@link #output} and {@link #gradient}. */
    static final long SCRATCH = 2L * Winograd.BETWEEN;

    /** How many different ranges of tiles take part in products. */
    static final int RANGES = 4;

    /** A pixel of zeros. */
    private static final long ZERO = Arena.global().allocate(PIXEL, PIXEL).address();

    /**
     * A tile.
     *
     * @param number counts tiles
     * @param y its first row of the output
     * @param x its first column of the output
     * @param height pixels of the output, as many as a tile at an edge may have or {@code size}
     * @param width likewise
     */
    public record OutputTile(int number, int image, int y, int x, int height, int width) {}

    /**
     * A product of matrices: a row for each tile, of its values in all input channels, times the kernels. The numbers are those of the values among all
     * of a tile, of a kernel and of the sums.
     */
    record Product(int input, int kernel, int sum) {}

    final int images;
    final int height;
    final int width;
    final int size;

    /**
     * @param height of the output plane
     * @param width of the output plane
     * @param size pixels of the output along a side of a whole tile
     */
    WinogradTiles(int images, int height, int width, int size) {
        this.images = images;
        this.height = height;
        this.width = width;
        this.size = size;
    }

    /** Multiplications for each pair of an input and an output channel, with what its weights cost: each {@code weightCost} multiplications. */
    long cost(int weightCost) {
        return (long) images * productsAlong(height) * productsAlong(width)
                + (long) weightCost * transform().kernels();
    }

    /** Products along a side of a plane. */
    private int productsAlong(int side) {
        int rest = rest(side);
        return full(side) * products(size) + (rest > 0 ? products(rest) : 0);
    }

    /** Whether each plane is a tile, and nothing around it is read. */
    public boolean isWhole() {
        return false;
    }

    /** How kernels are transformed. */
    public abstract KernelTransform transform();

    /** Pixels of the input from the first to the last that {@code side} pixels of the output, from a tile's first on, are made of. */
    abstract int span(int side);

    /** Products along a side of a tile of {@code side} pixels. */
    abstract int products(int side);

    /** Whole tiles along a side. */
    int full(int side) {
        return (side + 1) / size;
    }

    /** Pixels along a side of a tile at its end, 0 if there is none. */
    abstract int rest(int side);

    /** The values of a whole tile of the input. */
    abstract int inputs();

    /** The sums of products of a whole tile. */
    abstract int sums();

    /** Whether tiles of {@code rows} by {@code columns} pixels, of which 0 stands for none, take part in a sum: in its rows, its columns. */
    abstract boolean hasRow(int sum, int rows);

    abstract boolean hasColumn(int sum, int columns);

    /** All products; those of a sum are added in this order. */
    abstract List<Product> products();

    /** The products of each sum. */
    final List<List<Product>> productsBySum() {
        List<List<Product>> lists = new ArrayList<>();
        for (int i = 0; i < sums(); i++) {
            lists.add(new ArrayList<>());
        }
        products().forEach(product -> lists.get(product.sum).add(product));
        return lists;
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

    /** The range of tiles that take part in a sum. */
    int range(int sum) {
        return (hasRow(sum, rest(height)) ? 2 : 0) + (hasColumn(sum, rest(width)) ? 1 : 0);
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

    /** The address of the first pixel of the input that a tile meets. */
    abstract long first(PixelGrid in, OutputTile tile, int block);

    /** Transforms one input tile of a block: its values, {@code step} bytes apart from {@code to} on. */
    void input(PixelGrid in, OutputTile tile, int block, long to, long step, long scratch) {
        long from = first(in, tile, block);
        long row = in.row();
        int tileHeight = span(tile.height);
        int tileWidth = span(tile.width);
        if (tile.y + tile.height > height || tile.x + tile.width > width) {
            long edge = scratch + Winograd.BETWEEN;
            complete(from, row, span(height - tile.y), span(width - tile.x), edge, tileHeight, tileWidth);
            from = edge;
            row = (long) tileWidth * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            input(tile, from + lane, row, scratch + lane, to + lane, step);
        }
    }

    /** Transforms one vector of a tile of the input, rows {@code row} bytes apart. */
    abstract void input(OutputTile tile, long from, long row, long between, long to, long step);

    /** Transforms one tile of an output gradient. */
    void gradient(PixelGrid dy, OutputTile tile, int block, long to, long step, long scratch) {
        long from = dy.at(tile.image, block, tile.y, tile.x);
        long row = dy.row();
        if (tile.y + tile.height > height || tile.x + tile.width > width) {
            long edge = scratch + Winograd.BETWEEN;
            complete(from, row, height - tile.y, width - tile.x, edge, tile.height, tile.width);
            from = edge;
            row = (long) tile.width * PIXEL;
        }
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            gradient(tile, from + lane, row, scratch + lane, to + lane, step);
        }
    }

    /** Transforms one vector of a tile of an output gradient, for the gradient of the weights. */
    void gradient(OutputTile tile, long from, long row, long between, long to, long step) {
        throw new AssertionError("with a stride of 2 the gradient of the weights is not computed from tiles");
    }

    /** Transforms the sums of products of a tile, {@code step} bytes apart from {@code from} on, to its pixels, rows {@code row} bytes apart. */
    void output(OutputTile tile, long from, long step, long scratch, long to, long row) {
        for (long lane = 0; lane < PIXEL; lane += Lanes.BYTES) {
            outputVector(tile, from + lane, step, scratch + lane, to + lane, row);
        }
    }

    /** Transforms the sums of one vector of a tile. */
    abstract void outputVector(OutputTile tile, long from, long step, long between, long to, long row);

    /**
     * Copies what there is of a tile, of which the plane has {@code rows} by {@code columns} pixels or more, and zeros for the rest. Choosing an address
     * takes no branch, which would be guessed wrongly at every edge.
     */
    private static void complete(long from, long row, int rows, int columns, long to, int tileHeight, int tileWidth) {
        for (int y = 0; y < tileHeight; y++) {
            for (int x = 0; x < tileWidth; x++) {
                long pixel = from + y * row + (long) x * PIXEL;
                copy(y < rows & x < columns ? pixel : ZERO, to + (long) (y * tileWidth + x) * PIXEL, PIXEL);
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
