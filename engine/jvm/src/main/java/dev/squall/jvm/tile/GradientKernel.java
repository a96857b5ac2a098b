package dev.squall.jvm.tile;

import dev.squall.jvm.runtime.Lanes;

/**
 * The register tile of a weight gradient: a few input channels by one or two vectors of output channels, summed over positions.
 *
 * <pre>
 * for row r, position x:
 *   for input channel i, vector v:
 *     sum[i][v] += in[r][x][i] * gradient[r][x][v]
 * </pre>
 *
 * Implementations come from {@link TileKernels#gradient}.
 */
public interface GradientKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in first input channel at the first position
     * @param inRows offsets of rows from {@code in}
     * @param gradient first vector at the first position
     * @param gradientRows offsets of the same rows from {@code gradient}
     * @param gradientVector step from the first vector to the second, if there is one; {@link Lanes#BYTES} where a block has room for both
     * @param fromRow first row to sum over
     * @param toRow the row after the last
     * @param width positions in a row, 1 or more
     * @param sums [input channels, vectors * lanes], packed
     * @param accumulate whether to add to what {@code sums} holds
     * @param ahead where a kernel begins that prefetches, a cache line for every second position, see {@link Prefetches}
     */
    void run(
            long in,
            long[] inRows,
            long gradient,
            long[] gradientRows,
            long gradientVector,
            int fromRow,
            int toRow,
            int width,
            long sums,
            boolean accumulate,
            long ahead);
}
