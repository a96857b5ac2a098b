package dev.squall.jvm.tile;

/**
 * A {@link GradientKernel} that sums positions one by one, wherever they are:
 *
 * <pre>
 * for position p, input channel i, vector v:
 *   sum[i][v] += in[offsets[2 * p] + i] * gradient[offsets[2 * p + 1] + v]
 * </pre>
 *
 * <p>Its loop has no rows to begin and to end. Both offsets are in one array, since with two of them the compiler runs out of registers for addresses.
 */
public interface PositionKernel {
    /**
     * Addresses and offsets are in bytes.
     *
     * @param in first input channel where the offset is 0
     * @param gradient first vector where the offset is 0
     * @param gradientVector step from the first vector to the second, if there is one
     * @param offsets of the positions, in the input and in the gradient by turns
     * @param count positions, 1 or more
     * @param sums [input channels, vectors * lanes], packed
     * @param accumulate whether to add to what {@code sums} holds
     */
    void run(long in, long gradient, long gradientVector, long[] offsets, int count, long sums, boolean accumulate);
}
