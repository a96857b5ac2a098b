package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Rounding to FP16 as a kernel writes, which spares mixed precision a launch for each image: whether it is asked to, the last of its sizes says.
 *
 * <p>A kernel cannot look at the bits of a float, so subtractions round. Of 2<sup>13</sup> x - x, which has 13 bits more before x's last ones than x, a float keeps
 * those down to the last one of an FP16 of x's size, to the nearest, ties to even; what is missing to 2<sup>13</sup> x is x with as many:
 *
 * <pre>
 *   nearest(x) = 2^13 x - float(2^13 x - x)
 * </pre>
 *
 * Where x is only a little above a power of two, that difference lies below one and keeps a bit more; but there all of x's further bits are too few to make the result another one. A tie stays one to even,
 * since 2<sup>13</sup> x is then an even number of such last bits. Products with 2<sup>13</sup> are exact, so that it does not matter whether a device joins them with what follows.
 */
public final class Halves {
    private Halves() {}

    /** The place among the sizes of the question: 1 for yes, 0 for no. */
    public static final int ASKED = 63;

    /** The smallest FP16 that has all bits; those below are multiples of 2<sup>-24</sup>, as floats between 1/2 and 1 are. */
    private static final float NORMAL = 0x1p-14f;

    /** What lies above is infinite. */
    private static final float LARGEST = 0x1.ffdffep15f;

    /** What makes it so. */
    private static final float OVERFLOW = 1e38f;

    /** {@code v}, in each lane rounded to the nearest FP16 if the sizes ask for it. */
    static Float8 asAsked(Float8 v, IntArray sizes) {
        Float8 result = v;
        if (sizes.get(ASKED) == 1) {
            float s0 = nearest(v.getS0());
            float s1 = nearest(v.getS1());
            float s2 = nearest(v.getS2());
            float s3 = nearest(v.getS3());
            float s4 = nearest(v.getS4());
            float s5 = nearest(v.getS5());
            float s6 = nearest(v.getS6());
            float s7 = nearest(v.getS7());
            result = new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
        }
        return result;
    }

    /** The same of one float. */
    static float asAsked(float v, IntArray sizes) {
        float result = v;
        if (sizes.get(ASKED) == 1) {
            result = nearest(v);
        }
        return result;
    }

    /** The FP16 nearest to x, ties to even; 0 for both zeros. */
    static float nearest(float x) {
        float size = x;
        if (x < 0f) {
            size = -x;
        }
        float large = x * 0x1p13f;
        float rest = large - x;
        float y = large - rest;
        if (size < NORMAL) {
            float sum = x + 0.75f;
            y = sum - 0.75f;
        }
        if (size > LARGEST) {
            y = x * OVERFLOW;
        }
        return y;
    }
}
