package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;
import jdk.incubator.vector.VectorShuffle;

/**
 * A few positions of one vector of channels that are groups of a few: {@code out[j] = epilogue(bias + sum over taps t and inputs i of in[j][t] in order i *
 * weights[t][i])}, where order i gives each lane the i-th channel of its group. What is read is brought into order once for all taps of a row, whose
 * pixels are neighbours. Implementations come from {@link LaneKernels#grouped}.
 */
public interface GroupedKernel {
    /**
     * Addresses are in bytes.
     *
     * @param in the first position's vector, as seen through a tap of offset 0
     * @param taps the offset of the first tap of each row, added to {@code in}
     * @param rows of taps
     * @param orders one for each channel of a group
     * @param weights the first tap's: [rows, taps of a row, orders, {@link BlockedLayout#BLOCK}]
     * @param out the first position's vector
     * @param epilogue what to do with the sums before they are written
     * @param bias of the vector of channels, or {@link DenseKernel#NO_BIAS}
     */
    void run(
            long in,
            long[] taps,
            int rows,
            VectorShuffle<Float>[] orders,
            long weights,
            long out,
            FusedEpilogue epilogue,
            long bias);
}
