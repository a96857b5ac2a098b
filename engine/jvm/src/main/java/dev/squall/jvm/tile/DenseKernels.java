package dev.squall.jvm.tile;

import org.jspecify.annotations.Nullable;

/** The {@link DenseKernel}s of a tile, each made when it is first needed. */
public final class DenseKernels {
    private final int positions;
    private final int inStep;
    private final int outStep;
    /** Those that prefetch are behind the others. */
    private final @Nullable DenseKernel[] kernels = new DenseKernel[4];

    /** See {@link TileKernels#dense}. */
    public DenseKernels(int positions, int inStep, int outStep) {
        this.positions = positions;
        this.inStep = inStep;
        this.outStep = outStep;
    }

    /** How many positions the tile has. */
    public int positions() {
        return positions;
    }

    /** Bytes from a position to the next in the input. */
    public int inStep() {
        return inStep;
    }

    /** The same in the output. */
    public int outStep() {
        return outStep;
    }

    /** The kernel for {@code vectors} vectors of output channels, 1 or 2, which prefetches from {@code ahead} if it is not {@link Prefetches#NONE}. */
    public DenseKernel of(int vectors, long ahead) {
        boolean isPrefetching = ahead != Prefetches.NONE;
        int index = isPrefetching ? vectors + 1 : vectors - 1;
        DenseKernel kernel = kernels[index];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.dense(positions, vectors, inStep, outStep, isPrefetching);
            kernels[index] = kernel;
        }
        return kernel;
    }
}
