package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.PixelGrid;
import java.util.ArrayList;
import java.util.List;

/** Tiles of 3x3, 5x5 or 7x7 pixels for a stride of 2, by {@link Strided}; at an edge they have any smaller odd number. */
final class StridedTiles extends WinogradTiles {
    private final int points;
    private final int padY;
    private final int padX;

    StridedTiles(int images, int height, int width, int size, int padY, int padX) {
        super(images, height, width, size);
        points = size + 1;
        this.padY = padY;
        this.padX = padX;
    }

    /** Pixels of the tile at the end of a side, of tiles of {@code size}: 0, or the least odd number that covers what is left. */
    static int rest(int side, int size) {
        int left = (side + 1) % size - 1;
        return left <= 0 ? 0 : left | 1;
    }

    @Override
    public KernelTransform transform() {
        return new KernelTransform(points, true);
    }

    @Override
    int span(int side) {
        return 2 * side + 1;
    }

    @Override
    int products(int side) {
        return 2 * side + 1;
    }

    @Override
    int rest(int side) {
        return rest(side, size);
    }

    @Override
    int inputs() {
        return Strided.values(points) * Strided.values(points);
    }

    @Override
    int sums() {
        return points * points;
    }

    @Override
    boolean hasRow(int sum, int rows) {
        return rows > 0 && sum / points <= rows;
    }

    @Override
    boolean hasColumn(int sum, int columns) {
        return columns > 0 && sum % points <= columns;
    }

    @Override
    List<Product> products() {
        List<Product> list = new ArrayList<>();
        int values = Strided.values(points);
        for (int i = 0; i < values; i++) {
            for (int j = 0; j < values; j++) {
                int kernel = Strided.kernel(points, i) * (points + 1) + Strided.kernel(points, j);
                int sum = Strided.point(points, i) * points + Strided.point(points, j);
                list.add(new Product(i * values + j, kernel, sum));
            }
        }
        return list;
    }

    @Override
    long first(PixelGrid in, OutputTile tile, int block) {
        return in.at(tile.image(), block, 2 * tile.y() - padY, 2 * tile.x() - padX);
    }

    @Override
    void input(OutputTile tile, long from, long row, long between, long to, long step) {
        int columns = span(tile.width());
        long betweenRow = (long) columns * PIXEL;
        long outRow = Strided.values(points) * step;
        int even = tile.height() + 1;
        Strided.input(points, tile.height(), from, row, PIXEL, columns, between, betweenRow, PIXEL);
        Strided.input(points, tile.width(), between, PIXEL, betweenRow, even, to, step, outRow);
        // The values of odd rows, at the same places as those of a whole tile.
        long odd = between + points * betweenRow;
        Strided.input(points, tile.width(), odd, PIXEL, betweenRow, tile.height(), to + points * outRow, step, outRow);
    }

    @Override
    void outputVector(OutputTile tile, long from, long step, long between, long to, long row) {
        int columns = tile.width() + 1;
        Strided.output(tile.height(), from, points * step, step, columns, between, columns * PIXEL, PIXEL);
        Strided.output(tile.width(), between, PIXEL, columns * PIXEL, tile.height(), to, PIXEL, row);
    }
}
