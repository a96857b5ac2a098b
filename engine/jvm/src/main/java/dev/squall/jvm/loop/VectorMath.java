package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Functions of a vector that the hardware lacks. */
public final class VectorMath {
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
    public static FloatVector exp(FloatVector x) {
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

    /**
     * tanh(x) to about 2 ulp: near 0 the polynomial of Cephes' {@code tanhf}, which keeps its digits there, else 1 - 2 / (exp(2 |x|) + 1) with
     * the sign of x.
     */
    static FloatVector tanh(FloatVector x) {
        FloatVector z = x.mul(x);
        FloatVector near = broadcast(-5.70498872745e-3f)
                .fma(z, broadcast(2.06390887954e-2f))
                .fma(z, broadcast(-5.37397155531e-2f))
                .fma(z, broadcast(1.33314422036e-1f))
                .fma(z, broadcast(-3.33332819422e-1f))
                .mul(z)
                .fma(x, x);
        FloatVector size = x.abs();
        FloatVector far =
                broadcast(1f).sub(broadcast(2f).div(exp(size.add(size)).add(1f)));
        FloatVector signed = far.blend(far.neg(), x.compare(VectorOperators.LT, 0f));
        return signed.blend(near, size.compare(VectorOperators.LT, 0.625f));
    }

    /**
     * The distribution function of the standard normal distribution, erfc(-x / sqrt(2)) / 2: the polynomials of Cephes' {@code erff} and {@code
     * erfcf}, so that it keeps its digits where it is small.
     */
    static FloatVector normalDistribution(FloatVector x) {
        FloatVector u = x.mul(0.70710678f);
        FloatVector z = u.mul(u);
        FloatVector erf = broadcast(7.853861353153693e-5f)
                .fma(z, broadcast(-8.010193625184903e-4f))
                .fma(z, broadcast(5.188327685732524e-3f))
                .fma(z, broadcast(-2.685381193529856e-2f))
                .fma(z, broadcast(1.128358514861418e-1f))
                .fma(z, broadcast(-3.761262582423300e-1f))
                .fma(z, broadcast(1.128379165726710f))
                .mul(u);
        FloatVector near = erf.fma(broadcast(0.5f), broadcast(0.5f));
        FloatVector size = u.abs();
        FloatVector q = broadcast(1f).div(size);
        FloatVector y = q.mul(q);
        FloatVector middle = broadcast(2.326819970068386e-2f)
                .fma(y, broadcast(-1.387039388740657e-1f))
                .fma(y, broadcast(3.687424674597105e-1f))
                .fma(y, broadcast(-5.824733027278666e-1f))
                .fma(y, broadcast(6.210004621745983e-1f))
                .fma(y, broadcast(-4.944515323274145e-1f))
                .fma(y, broadcast(3.404879937665872e-1f))
                .fma(y, broadcast(-2.741127028184656e-1f))
                .fma(y, broadcast(5.638259427386472e-1f));
        FloatVector outer = broadcast(-1.047766399936249e1f)
                .fma(y, broadcast(1.297719955372516e1f))
                .fma(y, broadcast(-7.495518717768503f))
                .fma(y, broadcast(2.921019019210786f))
                .fma(y, broadcast(-1.015265279202700f))
                .fma(y, broadcast(4.218463358204948e-1f))
                .fma(y, broadcast(-2.820767439740514e-1f))
                .fma(y, broadcast(5.641895067754075e-1f));
        FloatVector p = outer.blend(middle, size.compare(VectorOperators.LT, 2f));
        FloatVector tail = exp(z.neg()).mul(q).mul(p).mul(0.5f);
        FloatVector far = broadcast(1f).sub(tail).blend(tail, x.compare(VectorOperators.LT, 0f));
        return far.blend(near, size.compare(VectorOperators.LT, 1f));
    }

    /** 1 / (1 + exp(-x)). */
    public static FloatVector sigmoid(FloatVector x) {
        return broadcast(1f).div(exp(x.neg()).add(1f));
    }
}
