package dev.squall.jvm.convolution;

import dev.squall.backend.Epilogue;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.ChannelValues;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.loop.SumKernels;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.Workspace;
import jdk.incubator.vector.FloatVector;

/**
 * The mean and variance of each channel that a convolution writes, gathered piece by piece while the pixels are in the nearest cache: for
 * each piece, a row or a tile, the mean and the squared distances from it; at the end these are combined (Chan, Golub and LeVeque, "Updating
 * formulae and a pairwise algorithm for computing sample variances"). Which pieces there are does not depend on the threads, so the result does not.
 */
final class PieceMoments implements AutoCloseable {
    private static final int BLOCK = BlockedLayout.BLOCK;

    /** Bytes of the means of a block's channels, which their squared distances follow. */
    private static final int MEANS = BlockedLayout.PIXEL_BYTES;

    /** Pieces over which a sum stays in float. */
    private static final int FLOAT_SUM = 128;

    /** Pixels of a row whose mean is near to that of all. */
    private static final int NEAR = 8;

    private final Workspace workspace;
    private final int blocks;
    /** Pixels of each piece. */
    private final int[] pixels;
    /** [blocks, pieces, means and squared distances, 16]. */
    private final Allocator.Block memory;

    PieceMoments(BlockedLayout layout, int pieces, Workspace workspace) {
        this.workspace = workspace;
        blocks = layout.blocks();
        pixels = new int[pieces];
        memory = workspace.scratch().allocate((long) blocks * pieces * 2 * MEANS);
    }

    /**
     * Takes in a vector of channels of a piece. Pieces and vectors may be taken by several threads, each pair by one.
     *
     * @param at the first pixel's vector; the next pixel follows, and the next row is {@code rowBytes} further
     * @param channel the vector's first channel
     */
    void gather(int piece, long at, int rows, long rowBytes, int columns, int channel) {
        pixels[piece] = rows * columns;
        long to = piece(channel / BLOCK, piece) + (long) (channel % BLOCK) * Float.BYTES;
        FloatVector first = near(at, columns);
        FloatVector sum = FloatVector.zero(Lanes.SPECIES);
        FloatVector square = FloatVector.zero(Lanes.SPECIES);
        for (int i = 0; i < rows; i++) {
            long row = Lanes.bounded(at + i * rowBytes);
            for (int j = 0; j < columns; j++) {
                FloatVector d =
                        Lanes.load(row + (long) j * BlockedLayout.PIXEL_BYTES).sub(first);
                sum = sum.add(d);
                square = d.fma(d, square);
            }
        }
        FloatVector mean = sum.mul(1f / (rows * columns));
        Lanes.store(to, first.add(mean));
        Lanes.store(to + MEANS, square.sub(sum.mul(mean)).max(0f));
    }

    /** A value near the mean, from which distances are taken: of a long row the mean of some pixels, since a single one far off would cost digits. */
    private static FloatVector near(long at, int columns) {
        FloatVector first = Lanes.load(at);
        if (columns < NEAR) {
            return first;
        }
        FloatVector sum = first;
        for (int j = 1; j < NEAR; j++) {
            sum = sum.add(Lanes.load(at + (long) j * BlockedLayout.PIXEL_BYTES));
        }
        return sum.mul(1f / NEAR);
    }

    private long piece(int block, int piece) {
        return memory.address() + ((long) block * pixels.length + piece) * 2 * MEANS;
    }

    /** Combines all pieces. */
    void write(Epilogue.Statistics to) {
        double[] means = new double[blocks * BLOCK];
        double[] squares = new double[blocks * BLOCK];
        double all = 0;
        for (int count : pixels) {
            all += count;
        }
        double total = all;
        workspace.pool().forEachSized(blocks, (long) pixels.length * 2 * MEANS, block -> {
            float[] near = new float[BLOCK];
            Lanes.read(piece(block, 0), near, BLOCK);
            int channel = block * BLOCK;
            for (int from = 0; from < pixels.length; from += FLOAT_SUM) {
                sum(block, from, Math.min(pixels.length, from + FLOAT_SUM), near, means, squares);
            }
            for (int c = 0; c < BLOCK; c++) {
                double distance = means[channel + c] / total;
                means[channel + c] = near[c] + distance;
                // Not below zero by rounding, but NaN as it is.
                squares[channel + c] = Math.max(0, squares[channel + c] / total - distance * distance);
            }
        });
        ChannelValues.write(means, JvmStorage.of(to.mean()));
        ChannelValues.write(squares, JvmStorage.of(to.variance()));
    }

    /** sums += the sum of the distances of a block's pixels in some pieces from {@code near}, squares += that of the squared distances. */
    private void sum(int block, int from, int to, float[] near, double[] sums, double[] squares) {
        for (int v = 0; v < BLOCK; v += Lanes.COUNT) {
            FloatVector center = Lanes.load(near, v);
            FloatVector sum = FloatVector.zero(Lanes.SPECIES);
            FloatVector square = FloatVector.zero(Lanes.SPECIES);
            for (int p = from; p < to; p++) {
                long at = piece(block, p) + (long) v * Float.BYTES;
                FloatVector distance = Lanes.load(at).sub(center);
                FloatVector distances = distance.mul(pixels[p]);
                sum = sum.add(distances);
                square = distances.fma(distance, square.add(Lanes.load(at + MEANS)));
            }
            SumKernels.addTo(sums, block * BLOCK + v, sum);
            SumKernels.addTo(squares, block * BLOCK + v, square);
        }
    }

    @Override
    public void close() {
        workspace.scratch().free(memory);
    }
}
