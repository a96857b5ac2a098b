package dev.squall.jvm;

import static dev.squall.jvm.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Functions of a vector that the hardware lacks. */
final class VectorMath {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: a float of this size has no fraction bits, so adding it rounds to an integer in the low bits. */
    private static final float ROUNDING = 12582912f;

    private static final int EXPONENT_BITS_OF_ONE = 0x3F800000;

    private VectorMath() {}

    /**
     * exp(x) to about 1 ulp, for x clamped to [-87, 88]: 2^n exp(r) with |r| at most ln(2)/2, and the polynomial of Cephes' {@code expf}
     * (Moshier). Unlike {@link VectorOperators#EXP}, it is fast and the same on every platform.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(-87f).min(88f);
        FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector r = n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), clamped));
        FloatVector p = broadcast(1.9875691500e-4f)
                .fma(r, broadcast(1.3981999507e-3f))
                .fma(r, broadcast(8.3334519073e-3f))
                .fma(r, broadcast(4.1665795894e-2f))
                .fma(r, broadcast(1.6666665459e-1f))
                .fma(r, broadcast(5.0000001201e-1f))
                .fma(r.mul(r), r.add(1f));
        FloatVector power = shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(EXPONENT_BITS_OF_ONE)
                .reinterpretAsFloats();
        return p.mul(power);
    }

    /** 1 / (1 + exp(-x)). */
    static FloatVector sigmoid(FloatVector x) {
        return broadcast(1f).div(exp(x.neg()).add(1f));
    }
}
