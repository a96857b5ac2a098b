package dev.squall.jvm.tile;

import dev.squall.jvm.runtime.Lanes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@link GradientKernel}s, or the {@link PositionKernel}s, that together cover some neighbouring channels, each made when it is first needed. */
public final class GradientKernels {
    private final List<Integer> sizes;
    private final int vectors;
    private final int inStep;
    private final int gradientStep;
    /** Those that prefetch are behind the others. */
    private final @Nullable GradientKernel[] kernels;

    private final @Nullable PositionKernel[] positionKernels;

    /**
     * @param channels that they cover
     * @param vectors of the gradient, 1 or 2
     * @param inStep bytes from a position to the next in the input
     * @param gradientStep the same in the gradient
     */
    public GradientKernels(int channels, int vectors, int inStep, int gradientStep) {
        this.vectors = vectors;
        this.inStep = inStep;
        this.gradientStep = gradientStep;
        sizes = TileSizes.gradientSizes(channels, vectors);
        kernels = new GradientKernel[2 * sizes.size()];
        positionKernels = new PositionKernel[sizes.size()];
    }

    public int inStep() {
        return inStep;
    }

    public int gradientStep() {
        return gradientStep;
    }

    /** How many tiles cover the first {@code channels}, or all if there are no more. */
    public int tiles(int channels) {
        return Math.min(sizes.size(), Math.ceilDiv(channels, sizes.getFirst()));
    }

    /** The first channel of a tile. */
    public int first(int tile) {
        return tile * sizes.getFirst();
    }

    /** Bytes of the sums of a tile. */
    public long bytes(int tile) {
        return (long) sizes.get(tile) * vectors * Lanes.BYTES;
    }

    /** The kernel of a tile, which prefetches from {@code ahead} if it is not {@link Prefetches#NONE}. */
    public GradientKernel of(int tile, long ahead) {
        boolean isPrefetching = ahead != Prefetches.NONE;
        int index = isPrefetching ? sizes.size() + tile : tile;
        GradientKernel kernel = kernels[index];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.gradient(sizes.get(tile), vectors, inStep, gradientStep, isPrefetching);
            kernels[index] = kernel;
        }
        return kernel;
    }

    public PositionKernel ofPositions(int tile) {
        PositionKernel kernel = positionKernels[tile];
        if (kernel == null) {
            kernel = TileKernels.positions(sizes.get(tile), vectors);
            positionKernels[tile] = kernel;
        }
        return kernel;
    }
}
