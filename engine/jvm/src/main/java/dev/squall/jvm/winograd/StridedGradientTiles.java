package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.PixelGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * Tiles of the gradient of the input of a convolution with a stride of 2 and a padding of 1, by {@link Strided}. A tile has twice as many pixels along a
 * side as one of the output, and is made of its pixels and those to the right and below.
 */
final class StridedGradientTiles extends WinogradTiles {
    private final int points;

    /** @param size pixels of the output's gradient along a side of a whole tile */
    StridedGradientTiles(int images, int height, int width, int size) {
        super(images, height, width, 2 * size);
        points = size + 1;
    }

    private static int half(int side) {
        return (side + 1) / 2;
    }

    @Override
    public KernelTransform transform() {
        return new KernelTransform(points, true);
    }

    @Override
    int span(int side) {
        return half(side) + 1;
    }

    @Override
    int products(int side) {
        return side + 1;
    }

    @Override
    int full(int side) {
        return (half(side) + 1) / (size / 2);
    }

    @Override
    int rest(int side) {
        return 2 * StridedTiles.rest(half(side), size / 2);
    }

    @Override
    int inputs() {
        return points * points;
    }

    @Override
    int sums() {
        return Strided.values(points) * Strided.values(points);
    }

    @Override
    boolean hasRow(int sum, int rows) {
        return rows > 0 && Strided.point(points, sum / Strided.values(points)) <= rows / 2;
    }

    @Override
    boolean hasColumn(int sum, int columns) {
        return columns > 0 && Strided.point(points, sum % Strided.values(points)) <= columns / 2;
    }

    @Override
    List<Product> products() {
        List<Product> list = new ArrayList<>();
        int values = Strided.values(points);
        for (int i = 0; i < values; i++) {
            for (int j = 0; j < values; j++) {
                int input = Strided.point(points, i) * points + Strided.point(points, j);
                int kernel = Strided.kernel(points, i) * (points + 1) + Strided.kernel(points, j);
                list.add(new Product(input, kernel, i * values + j));
            }
        }
        return list;
    }

    @Override
    long first(PixelGrid in, OutputTile tile, int block) {
        return in.at(tile.image(), block, tile.y() / 2, tile.x() / 2);
    }

    @Override
    void input(OutputTile tile, long from, long row, long between, long to, long step) {
        int rows = span(tile.height());
        int columns = span(tile.width());
        long betweenRow = (long) columns * PIXEL;
        WinogradInput.run(rows, from, row, PIXEL, columns, between, betweenRow, PIXEL);
        WinogradInput.run(columns, between, PIXEL, betweenRow, rows, to, step, points * step);
    }

    @Override
    void outputVector(OutputTile tile, long from, long step, long between, long to, long row) {
        int rows = tile.height() / 2;
        int columns = tile.width() / 2;
        int values = Strided.values(points);
        long inRow = values * step;
        long betweenRow = (long) values * PIXEL;
        Strided.inputGradient(points, rows, from, inRow, step, columns + 1, between, betweenRow, PIXEL);
        // The products of odd columns.
        long odd = between + (long) points * PIXEL;
        Strided.inputGradient(points, rows, from + points * step, inRow, step, columns, odd, betweenRow, PIXEL);
        Strided.inputGradient(points, columns, between, PIXEL, betweenRow, tile.height(), to, PIXEL, row);
    }
}
