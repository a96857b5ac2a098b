package dev.squall.jvm;

/**
 * The register tile of every dense product: a few positions by one or two vectors of output channels, summed over taps.
 *
 * <pre>
 * for t in taps, k in [0, 16):                        // 16 channels of one input block seen through one tap
 *   for position j, vector v:
 *     sum[j][v] += in[j][taps[t] + k] * weights[t][k][v]
 * </pre>
 *
 * <p>A direct convolution has a tap per (input block, ky, kx), a 1x1 convolution, a Winograd product or a matrix product one
 * per block of 16 of the inner dimension. Implementations come from {@link TileKernels#dense}.
 */
interface DenseKernel {
    /**
     * Addresses and steps are in bytes.
     *
     * @param in the first position's 16 channels, as seen through a tap of offset 0
     * @param inSecond the same for the first position of the second half of the tile, {@link TileKernels#half}
     * @param taps offsets added to {@code in}
     * @param tapCount taps to sum
     * @param weights [taps, 16, vectors * lanes], packed
     * @param out the first position's first vector
     * @param outSecond the same for the first position of the second half
     * @param outVector step from the first vector to the second
     * @param accumulate whether to add to what {@code out} holds
     */
    void run(
            long in,
            long inSecond,
            long[] taps,
            int tapCount,
            long weights,
            long out,
            long outSecond,
            long outVector,
            boolean accumulate);
}
