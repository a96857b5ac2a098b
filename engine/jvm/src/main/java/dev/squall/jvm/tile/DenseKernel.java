package dev.squall.jvm.tile;

import dev.squall.jvm.runtime.Lanes;
import java.lang.foreign.Arena;

/**
 * The register tile of every dense product: a few positions by one or two vectors of output channels, summed over taps.
 *
 * <pre>
 * sum[j][v] = bias[v]
 * for t in taps, k in [0, depth):                     // channels that are neighbours in memory, seen through one tap
 *   for position j, vector v:
 *     sum[j][v] += in[j][taps[t] + k] * weights[t][k][v]
 * </pre>
 *
 * <p>A direct convolution has a tap per (input block, ky, kx), 16 deep, or per (input block, ky), where the pixels of a kernel row are
 * neighbours; a 1x1 convolution and Winograd one per block. Matrix products put several blocks side by side and so have fewer taps.
 * Implementations come from {@link TileKernels#dense}.
 */
public interface DenseKernel {
    /** Address of two vectors of zeros. */
    long NO_BIAS = Arena.global().allocate(2L * Lanes.BYTES, Lanes.BYTES).address();

    /**
     * Addresses and steps are in bytes. The order of the parameters counts: with {@code inStep} behind {@code inSecond} the compiler kept the sums of
     * a tile of 6 in memory.
     *
     * @param in the first position's channels, as seen through a tap of offset 0
     * @param inSecond the same for the first position of the second half of the tile, {@link TileSizes#half}
     * @param taps offsets added to {@code in}
     * @param tapCount taps to sum
     * @param depth input channels of a tap, 1 or more
     * @param weights [taps, depth, vectors * lanes], packed
     * @param out the first position's first vector
     * @param outSecond the same for the first position of the second half
     * @param outVector step from the first vector to the second
     * @param epilogue what to do with the sums before they are written
     * @param bias of the two vectors of output channels, or {@link #NO_BIAS}
     * @param inStep from a position of a half to the next in the input
     * @param outStep the same in the output
     * @param ahead where a kernel begins that prefetches, a cache line for each channel of each tap, see {@link Prefetches}
     */
    void run(
            long in,
            long inSecond,
            long[] taps,
            int tapCount,
            int depth,
            long weights,
            long out,
            long outSecond,
            long outVector,
            FusedEpilogue epilogue,
            long bias,
            long inStep,
            long outStep,
            long ahead);

    /** How many of {@code blocks} blocks of 16 channels to put side by side: 8, 4, 2 or 1, whichever divides them. */
    static int bundle(int blocks) {
        return Math.min(8, Integer.lowestOneBit(blocks));
    }
}
