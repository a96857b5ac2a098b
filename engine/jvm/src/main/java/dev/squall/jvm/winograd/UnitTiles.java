package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.PixelGrid;
import java.util.List;
import java.util.stream.IntStream;

/** Tiles of 4x4 or 6x6 pixels for a stride and a padding of 1, by {@link Winograd}; at an edge they have 2 or 4 pixels. */
final class UnitTiles extends WinogradTiles {
    UnitTiles(int images, int height, int width, int size) {
        super(images, height, width, size);
    }

    private int points() {
        return size + 2;
    }

    @Override
    public KernelTransform transform() {
        return new KernelTransform(points(), false);
    }

    @Override
    int span(int side) {
        return side + 2;
    }

    @Override
    int products(int side) {
        return side + 2;
    }

    @Override
    int rest(int side) {
        return (side + 1) % size / 2 * 2;
    }

    @Override
    int inputs() {
        return points() * points();
    }

    @Override
    int sums() {
        return points() * points();
    }

    @Override
    boolean hasRow(int sum, int rows) {
        return rows > 0 && sum / points() < rows + 2;
    }

    @Override
    boolean hasColumn(int sum, int columns) {
        return columns > 0 && sum % points() < columns + 2;
    }

    @Override
    List<Product> products() {
        return IntStream.range(0, sums()).mapToObj(i -> new Product(i, i, i)).toList();
    }

    @Override
    long first(PixelGrid in, OutputTile tile, int block) {
        return in.at(tile.image(), block, tile.y() - 1, tile.x() - 1);
    }

    @Override
    void input(OutputTile tile, long from, long row, long between, long to, long step) {
        Winograd.input(tile.height(), tile.width(), from, row, between, to, step, points() * step);
    }

    @Override
    void gradient(OutputTile tile, long from, long row, long between, long to, long step) {
        Winograd.gradient(tile.height(), tile.width(), from, row, between, to, step, points() * step);
    }

    @Override
    void outputVector(OutputTile tile, long from, long step, long between, long to, long row) {
        Winograd.output(tile.height(), tile.width(), from, step, points() * step, between, to, row);
    }
}
