package dev.squall.jvm.strassen;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;

/**
 * The product of two matrices of 2x2 quarters in seven products of quarters (Strassen, "Gaussian Elimination is not Optimal", 1969), in Winograd's
 * form, which takes the fewest sums. One level of it pays for matrices that fit into a cache, if sums are formed where operands are copied and results
 * written anyway (Huang, Smith, Henry and van de Geijn, "Strassen's Algorithm Reloaded", 2016). A is the input, with a row for each position and a
 * column for each input channel, B the weights and C the output:
 *
 * <pre>
 * S1 = A21 + A22    T1 = B12 - B11        P1 = A11 B11    P5 = S1 T1         U2  = P1 + P6
 * S2 = S1 - A11     T2 = B22 - T1         P2 = A12 B21    P6 = S2 T2         C11 = P1 + P2
 * S3 = A11 - A21    T3 = B22 - B12        P3 = S4 B22     P7 = S3 T3         C12 = U2 + P5 + P3
 * S4 = A12 - S2     T4 = T2 - B21         P4 = A22 T4                        C21 = U2 + P7 - P4
 *                                                                            C22 = U2 + P7 + P5
 * </pre>
 *
 * A register tile adds its product to what memory holds, so most sums of products cost nothing: in this order only P5 is added by itself, twice, while
 * the results are written.
 *
 * <pre>
 * {@link #FIRST}    u    = A11 B11
 * {@link #SECOND}   c11  = u + A12 B21       C11 = c11
 * {@link #THIRD}    u    = u + S2 T2
 * {@link #FOURTH}   c22  = u + S3 T3         C22 = c22 + both
 * {@link #FIFTH}    c21  = c22 + A22 (-T4)   C21 = c21
 * {@link #SIXTH}    both = S1 T1
 * {@link #SEVENTH}  c12  = u + S4 B22        C12 = c12 + both
 * </pre>
 *
 * Both kinds of quarters come from one image: the positions of a row of A in the upper half and of one in the lower half are added, so an infinity
 * spreads from a pixel to another one of its image, as it does within the tiles of {@link dev.squall.jvm.winograd}, and to no other image.
 */
public final class Strassen {
    static final int FIRST = 0;
    static final int SECOND = 1;
    static final int THIRD = 2;
    static final int FOURTH = 3;
    static final int FIFTH = 4;
    static final int SIXTH = 5;
    static final int SEVENTH = 6;

    /** How many products there are. */
    static final int PRODUCTS = 7;

    /** Output channels of a register tile: two vectors. */
    static final int GROUP = 2 * Lanes.COUNT;

    /** Pixels of the smallest planes: tiles take the pixels of pairs, and of smaller planes would be poorly filled. */
    private static final int LEAST_PLANE = 49;

    /** What is saved: an eighth of the multiplications. */
    private static final double SAVED = 1.0 / 8;

    /** What has to be left of it. */
    private static final double WORTHWHILE = 0.02;

    /** Multiply-adds of a vector that take as long as to read and add a vector of the input; each is multiplied with all output channels. */
    private static final double INPUT_COST = 6;

    /** The same for a vector of the output, which is the sum over all input channels. */
    private static final double OUTPUT_COST = 1;

    /**
     * Whether vectors are as wide as a block. With narrower ones a register tile has 6 positions, not 14, so what it does besides multiplying counts for
     * more: on a processor with AVX-512 that was told to use AVX2, these products took 1.0 to 1.27 times as long as the direct ones.
     */
    private static final boolean IS_WIDE = Lanes.COUNT == BlockedLayout.BLOCK;

    private Strassen() {}

    /**
     * Whether a 1x1 convolution can be computed so, and gains by it, where weights are packed once and used again and again. Training packs them
     * for each use, and no clear gain was seen there.
     */
    public static boolean pays(BlockedLayout in, BlockedLayout out) {
        double cost = INPUT_COST / out.channels() + OUTPUT_COST / in.channels();
        return IS_WIDE
                && in.channels() % (2 * BlockedLayout.BLOCK) == 0
                && out.channels() % (2 * GROUP) == 0
                && out.height() * out.width() >= LEAST_PLANE
                && cost + WORTHWHILE <= SAVED;
    }
}
