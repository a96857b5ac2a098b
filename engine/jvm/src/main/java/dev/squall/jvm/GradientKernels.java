package dev.squall.jvm;

import org.jspecify.annotations.Nullable;

/** The {@link GradientKernel}s that together cover the 16 channels of a block, each made when it is first needed. */
final class GradientKernels {
    /** The first channel of each: as few tiles as there are registers for. */
    private static final int[] FIRST = TileKernels.MAX_POSITIONS < 8 ? new int[] {0, 6, 11} : new int[] {0, 8};

    private final int inStep;
    private final @Nullable GradientKernel[] kernels = new GradientKernel[FIRST.length];

    /** @param inStep bytes from a position to the next in the input */
    GradientKernels(int inStep) {
        this.inStep = inStep;
    }

    /** How many tiles cover the first {@code channels} channels of a block. */
    static int tiles(int channels) {
        int count = 0;
        while (count < FIRST.length && FIRST[count] < channels) {
            count++;
        }
        return count;
    }

    /** The first channel of a tile. */
    static int first(int tile) {
        return FIRST[tile];
    }

    GradientKernel of(int tile) {
        GradientKernel kernel = kernels[tile];
        if (kernel == null) {
            int end = tile + 1 < FIRST.length ? FIRST[tile + 1] : BlockedLayout.BLOCK;
            // Threads that meet here get the same one.
            kernel = TileKernels.gradient(end - FIRST[tile], inStep);
            kernels[tile] = kernel;
        }
        return kernel;
    }
}
