package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@link GradientKernel}s, or the {@link PositionKernel}s, that together cover the 16 channels of a block, each made when it is first needed.
 */
public final class GradientKernels {
    /** Equal but for the last, which may be smaller. */
    private static final List<Integer> SIZES = TileSizes.sizes(BlockedLayout.BLOCK);

    private final int inStep;
    private final int gradientStep;
    private final @Nullable GradientKernel[] kernels = new GradientKernel[SIZES.size()];
    private final @Nullable PositionKernel[] positionKernels = new PositionKernel[SIZES.size()];

    /**
     * @param inStep bytes from a position to the next in the input
     * @param gradientStep the same in the gradient
     */
    public GradientKernels(int inStep, int gradientStep) {
        this.inStep = inStep;
        this.gradientStep = gradientStep;
    }

    /** How many tiles cover the first {@code channels} channels of a block, or all if it has no more. */
    public static int tiles(int channels) {
        return Math.ceilDiv(Math.min(channels, BlockedLayout.BLOCK), SIZES.getFirst());
    }

    /** The first channel of a tile. */
    public static int first(int tile) {
        return tile * SIZES.getFirst();
    }

    public int inStep() {
        return inStep;
    }

    public int gradientStep() {
        return gradientStep;
    }

    /** Bytes of the sums of a tile. */
    public long bytes(int tile) {
        return SIZES.get(tile) * 2L * Lanes.BYTES;
    }

    public PositionKernel ofPositions(int tile) {
        PositionKernel kernel = positionKernels[tile];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.positions(SIZES.get(tile));
            positionKernels[tile] = kernel;
        }
        return kernel;
    }

    public GradientKernel of(int tile) {
        GradientKernel kernel = kernels[tile];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.gradient(SIZES.get(tile), inStep, gradientStep);
            kernels[tile] = kernel;
        }
        return kernel;
    }
}
