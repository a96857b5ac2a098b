package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Functions of a vector that the hardware lacks. */
public final class VectorMath {
    private static final float LOG2_E = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** 1.5 * 2^23: a float of this size has no fraction bits, so adding it rounds to an integer in the low bits. */
    private static final float ROUNDING = 12582912f;

    private static final int EXPONENT_BITS_OF_ONE = 0x3F800000;
    private static final int SQRT_HALF_BITS = 0x3F3504F3;
    private static final int MANTISSA_BITS = 0x7FFFFF;

    private VectorMath() {}

    /**
     * exp(x) to about 1 ulp, for x clamped to [-87, 88]: 2^n exp(r) with |r| at most ln(2)/2, and the polynomial of Cephes' {@code expf}
     * (Moshier). Unlike {@link VectorOperators#EXP}, it is fast and the same on every platform.
     */
    public static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(-87f).min(88f);
        FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector power = shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(EXPONENT_BITS_OF_ONE)
                .reinterpretAsFloats();
        return polynomial(clamped, n).mul(power);
    }

    /** exp(x - n ln 2) for n the nearest integer to x / ln 2. */
    private static FloatVector polynomial(FloatVector x, FloatVector n) {
        FloatVector r = n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), x));
        return broadcast(1.9875691500e-4f)
                .fma(r, broadcast(1.3981999507e-3f))
                .fma(r, broadcast(8.3334519073e-3f))
                .fma(r, broadcast(4.1665795894e-2f))
                .fma(r, broadcast(1.6666665459e-1f))
                .fma(r, broadcast(5.0000001201e-1f))
                .fma(r.mul(r), r.add(1f));
    }

    /** exp(x) to about 1 ulp for all x: 0 or infinite where the result is too small or too large for a float. */
    public static FloatVector exponential(FloatVector x) {
        FloatVector clamped = x.max(-104f).min(89f);
        FloatVector shifted = clamped.fma(broadcast(LOG2_E), broadcast(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        IntVector exponent = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(ROUNDING));
        // In two factors, since 2^128 and 2^-150 are no floats.
        IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
        return polynomial(clamped, n).mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    }

    private static FloatVector powerOfTwo(IntVector exponent) {
        return exponent.lanewise(VectorOperators.LSHL, 23)
                .add(EXPONENT_BITS_OF_ONE)
                .reinterpretAsFloats();
    }

    /** ln(x) to about 1 ulp: x = 2^e m with m from sqrt(1/2) to sqrt(2), and the polynomial of Cephes' {@code logf} (Moshier). */
    public static FloatVector log(FloatVector x) {
        // Numbers without a leading 1 get one by scaling.
        var tiny = x.compare(VectorOperators.LT, Float.MIN_NORMAL);
        FloatVector scaled = x.blend(x.mul(0x1p24f), tiny);
        IntVector bits = scaled.reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector e = ((FloatVector) bits.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0));
        e = e.blend(e.sub(24f), tiny);
        FloatVector m = bits.and(MANTISSA_BITS)
                .add(SQRT_HALF_BITS)
                .reinterpretAsFloats()
                .sub(1f);
        FloatVector z = m.mul(m);
        FloatVector p = broadcast(7.0376836292e-2f)
                .fma(m, broadcast(-1.1514610310e-1f))
                .fma(m, broadcast(1.1676998740e-1f))
                .fma(m, broadcast(-1.2420140846e-1f))
                .fma(m, broadcast(1.4249322787e-1f))
                .fma(m, broadcast(-1.6668057665e-1f))
                .fma(m, broadcast(2.0000714765e-1f))
                .fma(m, broadcast(-2.4999993993e-1f))
                .fma(m, broadcast(3.3333331174e-1f))
                .mul(m)
                .mul(z);
        p = e.fma(broadcast(LN2_LOW), p);
        p = z.fma(broadcast(-0.5f), p);
        FloatVector log = e.fma(broadcast(LN2_HIGH), m.add(p));
        FloatVector positive =
                log.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.EQ, Float.POSITIVE_INFINITY));
        // Not a number for a NaN and below 0, without a comparison that a NaN would pass.
        FloatVector valid = broadcast(Float.NaN).blend(positive, x.compare(VectorOperators.GT, 0f));
        return valid.blend(Float.NEGATIVE_INFINITY, x.compare(VectorOperators.EQ, 0f));
    }

    /** ln(1 + e^x) = max(x, 0) + ln(1 + u) with u = e^-|x|; where 1 + u is rounded, ln(1 + u) is corrected by u over what was added. */
    public static FloatVector softplus(FloatVector x) {
        FloatVector u = exponential(x.abs().neg());
        FloatVector sum = u.add(1f);
        FloatVector added = sum.sub(1f);
        FloatVector log = log(sum).mul(u.div(added)).blend(u, added.compare(VectorOperators.EQ, 0f));
        return x.max(0f).add(log);
    }

    /**
     * tanh(x) to about 2 ulp: near 0 the polynomial of Cephes' {@code tanhf}, which keeps its digits there, else 1 - 2 / (exp(2 |x|) + 1) with
     * the sign of x.
     */
    public static FloatVector tanh(FloatVector x) {
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
    public static FloatVector normalDistribution(FloatVector x) {
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
