package dev.squall.jvm.tile;

import org.jspecify.annotations.Nullable;

/** The {@link DenseKernel}s of a tile, each made when it is first needed. */
public final class DenseKernels {
    private final int positions;
    private final int inStep;
    private final int outStep;
    private final @Nullable DenseKernel[] kernels = new DenseKernel[2];
    private @Nullable PrefetchingKernel prefetching;

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

    /**
     * The kernel for {@code vectors} vectors of output channels, 1 or 2.
     */
    public DenseKernel of(int vectors) {
        int index = vectors - 1;
        DenseKernel kernel = kernels[index];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.dense(positions, vectors, inStep, outStep);
            kernels[index] = kernel;
        }
        return kernel;
    }

    /** The kernel for two vectors that prefetches. */
    public PrefetchingKernel prefetching() {
        PrefetchingKernel kernel = prefetching;
        if (kernel == null) {
            kernel = TileKernels.prefetching(positions, inStep, outStep);
            prefetching = kernel;
        }
        return kernel;
    }
}
