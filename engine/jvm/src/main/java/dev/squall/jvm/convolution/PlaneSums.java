package dev.squall.jvm.convolution;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.loop.SumKernels;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Workspace;

/**
 * The sum of each plane that a depthwise convolution writes. Squeeze-and-excitation asks for it next and would read all images again, from memory; gathered
 * piece by piece, pixels are still in the nearest cache. Which pieces there are does not depend on the threads, so the sums do not.
 */
final class PlaneSums implements AutoCloseable {
    private final JvmStorage images;
    private final int pieces;
    private final Workspace workspace;
    /** [images, blocks, pieces, 16]. */
    private final Allocator.Block memory;

    /** @param pieces of each plane, a few rows */
    PlaneSums(JvmStorage images, int pieces, Workspace workspace) {
        this.images = images;
        this.pieces = pieces;
        this.workspace = workspace;
        memory = workspace.scratch().allocate((long) images.layout().planes() * pieces * BlockedLayout.PIXEL_BYTES);
    }

    /**
     * Takes in a vector of channels of a piece. Each piece and vector is to be taken once, whoever does it.
     *
     * @param piece counted through all images
     * @param at the first pixel's vector; the next pixel follows, and the next row is {@code rowBytes} further
     * @param channel the vector's first channel
     */
    void gather(int piece, long at, int rows, long rowBytes, int columns, int channel) {
        int plane = piece / pieces * images.layout().blocks() + channel / BlockedLayout.BLOCK;
        long lane = (long) (channel % BlockedLayout.BLOCK) * Float.BYTES;
        SumKernels.sumRows(at, rows, rowBytes, columns, piece(plane, piece % pieces) + lane);
    }

    private long piece(int plane, int piece) {
        return memory.address() + ((long) plane * pieces + piece) * BlockedLayout.PIXEL_BYTES;
    }

    /** Leaves the sums with the images, all of which have been written. */
    void keep() {
        double[] sums = new double[images.layout().planes() * BlockedLayout.BLOCK];
        for (int plane = 0; plane < images.layout().planes(); plane++) {
            SumKernels.sum(piece(plane, 0), pieces * BlockedLayout.PIXEL_BYTES, sums, plane * BlockedLayout.BLOCK);
        }
        images.keepPlaneSums(sums);
    }

    @Override
    public void close() {
        workspace.scratch().free(memory);
    }
}
