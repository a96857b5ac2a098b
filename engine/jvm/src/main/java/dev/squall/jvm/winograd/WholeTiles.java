package dev.squall.jvm.winograd;

import dev.squall.jvm.layout.PixelGrid;
import java.util.List;
import java.util.stream.IntStream;

/** Planes of 2x2 pixels, each of which is a tile, by {@link WholePlaneKernels}; they are read without a halo. */
final class WholeTiles extends WinogradTiles {
    /** Pixels along a side of the planes. */
    static final int SIDE = 2;

    private static final int VALUES = WholePlaneKernels.POINTS * WholePlaneKernels.POINTS;

    WholeTiles(int images) {
        super(images, SIDE, SIDE, SIDE);
    }

    @Override
    public boolean isWhole() {
        return true;
    }

    @Override
    public KernelTransform transform() {
        return new KernelTransform(WholePlaneKernels.POINTS, false);
    }

    @Override
    int span(int side) {
        return side;
    }

    @Override
    int products(int side) {
        return WholePlaneKernels.POINTS;
    }

    @Override
    int rest(int side) {
        return 0;
    }

    @Override
    int inputs() {
        return VALUES;
    }

    @Override
    int sums() {
        return VALUES;
    }

    @Override
    boolean hasRow(int sum, int rows) {
        return false;
    }

    @Override
    boolean hasColumn(int sum, int columns) {
        return false;
    }

    @Override
    List<Product> products() {
        return IntStream.range(0, VALUES).mapToObj(i -> new Product(i, i, i)).toList();
    }

    @Override
    long first(PixelGrid in, OutputTile tile, int block) {
        return in.at(tile.image(), block, 0, 0);
    }

    @Override
    void input(OutputTile tile, long from, long row, long between, long to, long step) {
        WholePlaneKernels.input(from, row, to, step);
    }

    @Override
    void gradient(OutputTile tile, long from, long row, long between, long to, long step) {
        WholePlaneKernels.gradient(from, row, to, step);
    }

    @Override
    void outputVector(OutputTile tile, long from, long step, long between, long to, long row) {
        WholePlaneKernels.output(from, step, to, row);
    }
}
