package dev.squall.jvm;

/**
 * The register tile of a weight gradient: a few input channels by two vectors of output channels, summed over positions.
 *
 * <pre>
 * for row r, position x:
 *   for input channel i, vector v:
 *     sum[i][v] += in[r][x][i] * gradient[r][x][v]
 * </pre>
 *
 * Implementations come from {@link TileKernels#gradient}.
 */
interface GradientKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in first input channel at the first position
     * @param inRow step from row to row of {@code in}
     * @param gradient first vector at the first position; positions are {@link BlockedLayout#PIXEL_BYTES} apart
     * @param gradientRow step from row to row of {@code gradient}
     * @param gradientVector step from the first vector to the second
     * @param rows rows to sum over
     * @param width positions in a row
     * @param sums [input channels, vectors * lanes], packed
     * @param accumulate whether to add to what {@code sums} holds
     */
    void run(
            long in,
            long inRow,
            long gradient,
            long gradientRow,
            long gradientVector,
            int rows,
            int width,
            long sums,
            boolean accumulate);
}
