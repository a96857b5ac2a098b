package dev.squall.jvm;

import org.jspecify.annotations.Nullable;

/** The {@link GradientKernel}s that together cover the 16 channels of a block, each made when it is first needed. */
final class GradientKernels {
    /** As few as there are registers for; their channels are nearly equal in number. */
    private static final int TILES = Math.ceilDiv(BlockedLayout.BLOCK, TileKernels.MAX_POSITIONS);

    private final int inStep;
    private final @Nullable GradientKernel[] kernels = new GradientKernel[TILES];

    /** @param inStep bytes from a position to the next in the input */
    GradientKernels(int inStep) {
        this.inStep = inStep;
    }

    /** How many tiles cover the first {@code channels} channels of a block, or all if it has no more. */
    static int tiles(int channels) {
        return Math.ceilDiv(Math.min(channels, BlockedLayout.BLOCK) * TILES, BlockedLayout.BLOCK);
    }

    /** The first channel of a tile. */
    static int first(int tile) {
        return BlockedLayout.BLOCK * tile / TILES;
    }

    GradientKernel of(int tile) {
        GradientKernel kernel = kernels[tile];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.gradient(first(tile + 1) - first(tile), inStep);
            kernels[tile] = kernel;
        }
        return kernel;
    }
}
