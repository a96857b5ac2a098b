package dev.squall.jvm.strassen;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;

/**
 * The product of two matrices of 2x2 quarters in seven products of quarters (Strassen, "Gaussian Elimination is not Optimal", 1969). One level of it
 * pays for matrices that fit into a cache, if sums are formed where operands are copied and results written anyway (Huang, Smith, Henry and van de
 * Geijn, "Strassen's Algorithm Reloaded", 2016).
 *
 * <p>There are many such sets of products, which follow from each other by changes of basis and differ in their errors. This one is in an orthonormal
 * basis (Grochow and Moore, "Designing Strassen's algorithm", 2017), whose forms are the shortest (Dumas, Pernet and Sedoglavic, "Strassen's algorithm
 * is not optimally accurate", 2024): where the sums of the direct product have an error of 1, its results have one of 1.18, Strassen's own of 1.41,
 * and those of Winograd's form, which takes the fewest sums, of 1.87. With {@code t = 1 / sqrt(3)} and {@code s = sqrt(3) / 2}, of a matrix M the forms
 *
 * <pre>
 * F0 = e        F1 = q - M11    F3 = q - M22    F5 = h - e/2        where e = M11 + M22, q = t M12,
 *               F2 = q + M11    F4 = q + M22    F6 = h + e/2              h = q/2 + s M21
 * </pre>
 *
 * are computed. Products of those of A and B are
 *
 * <pre>
 * R0 = F0(A) F0(B)    R1 = F1(A) F3(B)    R3 = F3(A) F6(B)    R5 = F5(A) F2(B)
 *                     R2 = F2(A) F4(B)    R4 = F4(A) F5(B)    R6 = F6(A) F1(B)
 *
 * C11 = R0 - (R1 + R2)/2 + R3 + R4    C12 = s (R2 - R1)
 * C22 = R0 - (R1 + R2)/2 + R5 + R6    C21 = t (R4 - R3 + R5 - R6 + (R2 - R1)/2)
 * </pre>
 *
 * In a convolution A is the input, with a row for each position and a column for each input channel, B the weights and C the output.
 *
 * <p>What is not finite, or overflows in a form or a product, is not finite in one of the quarters either, and what the definition says may be. So the
 * sums are looked at, and where one is not finite the direct product takes the place of all.
 */
public final class Strassen {
    /** 1 / sqrt(3). */
    static final float T = (float) Math.sqrt(1 / 3.0);

    /** sqrt(3) / 2. */
    static final float S = (float) Math.sqrt(3 / 4.0);

    /** How many forms of a matrix, and products, there are. */
    static final int PRODUCTS = 7;

    private static final int[] PARTNERS = {0, 3, 4, 6, 5, 2, 1};

    /** Output channels of a register tile: two vectors. */
    static final int GROUP = 2 * Lanes.COUNT;

    /** Pixels of the smallest planes: tiles take the pixels of pairs, and of smaller planes would be poorly filled. */
    private static final int LEAST_PLANE = 49;

    /** What is saved: an eighth of the multiplications. */
    private static final double SAVED = 1.0 / 8;

    /** What has to be left of it. */
    private static final double WORTHWHILE = 0.02;

    /** Multiply-adds of a vector that take as long as to read and add a vector of the input; each is multiplied with all output channels. */
    private static final double INPUT_COST = 5;

    /** The same for a vector of the output, which is the sum over all input channels: it is written three times, and read twice. */
    private static final double OUTPUT_COST = 6;

    /** The same for a vector of the weights, beyond what it takes to pack them for the direct product; each is multiplied with some positions. */
    private static final double PACKING_COST = 40;

    /**
     * Whether vectors are as wide as a block. With narrower ones a register tile has 6 positions, not 14, so what it does besides multiplying counts for
     * more: on a processor with AVX-512 that was told to use AVX2, these products took 1.0 to 1.27 times as long as the direct ones.
     */
    private static final boolean IS_WIDE = Lanes.COUNT == BlockedLayout.BLOCK;

    private Strassen() {}

    /** The form of B that a form of A is multiplied with. */
    static int partner(int form) {
        return PARTNERS[form];
    }

    /**
     * Whether a 1x1 convolution can be computed so, and gains by it.
     *
     * @param uses positions that weights are multiplied with before they are packed again; 0 if they are packed once and used again and again
     */
    public static boolean pays(BlockedLayout in, BlockedLayout out, int uses) {
        return out.height() * out.width() >= LEAST_PLANE && pays(in.channels(), out.channels(), uses);
    }

    /** The same for the product of a matrix with many rows of {@code inputs} values and one with {@code outputs} columns. */
    public static boolean pays(int inputs, int outputs, int uses) {
        double cost = INPUT_COST / outputs + OUTPUT_COST / inputs + (uses == 0 ? 0 : PACKING_COST / uses);
        return IS_WIDE
                && inputs % (2 * BlockedLayout.BLOCK) == 0
                && outputs % (2 * GROUP) == 0
                && cost + WORTHWHILE <= SAVED;
    }
}
