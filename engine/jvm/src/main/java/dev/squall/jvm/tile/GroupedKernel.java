package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;
import jdk.incubator.vector.VectorShuffle;

/**
 * A few positions of one vector of channels that are groups of a few. Order d gives each lane the channel whose number differs from its own in the bits
 * of d, so that all orders together give it all channels of its group. To bring every pixel that is read into all of them would take as long as to
 * multiply. Instead some of the bits are left to the sums: lane l of sum s is of the output in lane l ^ s, and the sums are brought there when all taps
 * have been added.
 *
 * <pre>
 * sum[j][s] = sum over taps t and orders a, multiples of S, of (in[j][t] in order a) * weights[a][t][s]      S sums, {@link TileSizes#groupedSums}
 * out[j]    = epilogue(bias + sum over s of (sum[j][s] in order s))
 * </pre>
 *
 * Implementations come from {@link LaneKernels#grouped}.
 */
public interface GroupedKernel {
    /**
     * Addresses are in bytes.
     *
     * @param in the first position's vector, as seen through a tap of offset 0
     * @param taps offsets added to {@code in}
     * @param tapCount taps to sum, 1 or more
     * @param orders one for each channel of a group
     * @param weights [orders / S, taps, S, {@link BlockedLayout#BLOCK}]: of lane l of sum s from the input in lane l ^ a to the output in lane l ^ s
     * @param out the first position's vector
     * @param epilogue what to do with the sums before they are written
     * @param bias of the vector of channels, or {@link DenseKernel#NO_BIAS}
     */
    void run(
            long in,
            long[] taps,
            int tapCount,
            VectorShuffle<Float>[] orders,
            long weights,
            long out,
            FusedEpilogue epilogue,
            long bias);
}
