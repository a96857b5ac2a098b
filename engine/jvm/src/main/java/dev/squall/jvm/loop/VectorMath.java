package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.broadcast;

import dev.squall.jvm.runtime.Lanes;
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

    /** Beyond this, a sigmoid is as at it: 1. */
    private static final float FAR = 87f;

    /**
     * Below this, a sigmoid is as at it, 0, for its divisor 1 + 2^128 is infinite: no smaller divisor makes 0 of any x. What {@link #divisor} computes is
     * infinite for the nearest numbers above, too, and nowhere else.
     */
    private static final float MINUS_FAR = -88.722839f;

    private static final int FAR_BITS = Float.floatToRawIntBits(FAR);
    private static final int MINUS_FAR_BITS = Float.floatToRawIntBits(MINUS_FAR);

    /** The powers of 2 from 1 to 2 that {@link #POWERS} has: one in each lane, or 1 alone where these would be too few to spare terms. */
    private static final int STEPS = Lanes.COUNT < 8 ? 1 : Lanes.COUNT;

    private static final int STEP_SHIFT = 23 - Integer.numberOfTrailingZeros(STEPS);

    /** In lane i the bits of 2^(i / STEPS), less what a shift by {@link #STEP_SHIFT} makes of i. */
    private static final IntVector POWERS =
            (IntVector) Lanes.SPECIES.withLanes(int.class).fromArray(powers(), 0);

    private VectorMath() {}

    private static int[] powers() {
        int[] bits = new int[Lanes.COUNT];
        for (int i = 0; i < bits.length; i++) {
            int step = i % STEPS;
            bits[i] = Float.floatToRawIntBits((float) Math.pow(2, (double) step / STEPS)) - (step << STEP_SHIFT);
        }
        return bits;
    }

    /**
     * x, or the bound that it is beyond; a NaN stays one. Two comparisons and choices: a maximum of Java, for which -0 is below 0, takes three times as
     * many instructions.
     */
    public static FloatVector clamp(FloatVector x, float low, float high) {
        FloatVector raised = x.blend(low, x.compare(VectorOperators.LT, low));
        return raised.blend(high, raised.compare(VectorOperators.GT, high));
    }

    /**
     * exp(x) to about 1 ulp, for x clamped to [-87, 88]: 2^n exp(r) with |r| at most ln(2)/2, and the polynomial of Cephes' {@code expf}
     * (Moshier). Unlike {@link VectorOperators#EXP}, it is fast and the same on every platform.
     */
    public static FloatVector exp(FloatVector x) {
        FloatVector clamped = clamp(x, -87f, 88f);
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
        FloatVector clamped = clamp(x, -104f, 89f);
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

    /**
     * ln(1 + e^x) = max(x, 0) + ln(1 + u) with u = e^-|x|, and ln(1 + u) = 2 artanh(s) with s = u / (2 + u), at most 1/3: the first eight terms of its
     * series s + s^3/3 + s^5/5 + ..., which keep their digits where u is small.
     */
    public static FloatVector softplus(FloatVector x) {
        FloatVector u = exponential(x.abs().neg());
        FloatVector s = u.div(u.add(2f));
        FloatVector z = s.mul(s);
        FloatVector series = broadcast(1f / 15)
                .fma(z, broadcast(1f / 13))
                .fma(z, broadcast(1f / 11))
                .fma(z, broadcast(1f / 9))
                .fma(z, broadcast(1f / 7))
                .fma(z, broadcast(1f / 5))
                .fma(z, broadcast(1f / 3))
                .fma(z, broadcast(1f));
        return x.max(0f).add(series.mul(s.add(s)));
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
     * The distribution function of the standard normal distribution, erfc(-x / sqrt(2)) / 2, with erfc(u) = t exp(P(t) - u^2) and t = 1 / (1 + u/2) for
     * u &ge; 0: the polynomial of degree 9 of "Numerical Recipes" ({@code erfcc}), whose relative error is below 1.2e-7 everywhere. One polynomial for all
     * arguments is half of the instructions of one for each range, and more than that the compiler does not keep in one loop.
     */
    public static FloatVector normalDistribution(FloatVector x) {
        FloatVector u = x.abs().mul(0.70710678f);
        FloatVector t = broadcast(1f).div(u.fma(broadcast(0.5f), broadcast(1f)));
        FloatVector exponent = broadcast(0.17087277f)
                .fma(t, broadcast(-0.82215223f))
                .fma(t, broadcast(1.48851587f))
                .fma(t, broadcast(-1.13520398f))
                .fma(t, broadcast(0.27886807f))
                .fma(t, broadcast(-0.18628806f))
                .fma(t, broadcast(0.09678418f))
                .fma(t, broadcast(0.37409196f))
                .fma(t, broadcast(1.00002368f))
                .fma(t, broadcast(-1.26551223f));
        FloatVector half = exp(exponent.sub(u.mul(u))).mul(t).mul(0.5f);
        return broadcast(1f).sub(half).blend(half, x.compare(VectorOperators.LT, 0f));
    }

    /** 1 / (1 + exp(-x)). */
    public static FloatVector sigmoid(FloatVector x) {
        return broadcast(1f).div(sigmoidDivisor(x));
    }

    /**
     * 1 + exp(-x), infinite below about -88, so precise that the sigmoid is to 1e-7, and to 3e-7 of itself above -10. It takes half of what {@link #exp} does, whose digits the sum
     * with 1 would lose.
     */
    public static FloatVector sigmoidDivisor(FloatVector x) {
        return divisor(clamp(x, MINUS_FAR, FAR));
    }

    /**
     * The same but for a NaN, for which it is some number: so for a product with x, which is NaN anyhow. It takes four fifths of the time. As integers,
     * floats at least 0 are ordered as they are, and so are those below by size if they have no sign; each of the two minima leaves the others as
     * they are.
     */
    public static FloatVector siluDivisor(FloatVector x) {
        return divisor(x.reinterpretAsInts()
                .lanewise(VectorOperators.MIN, FAR_BITS)
                .lanewise(VectorOperators.UMIN, MINUS_FAR_BITS)
                .reinterpretAsFloats());
    }

    /**
     * 1 + 2^y for y = -x / ln 2, and 2^y = 2^n 2^(i / STEPS) 2^f with y nearest to n + i / STEPS: a shift, a lane of {@link #POWERS}, and a polynomial, which a
     * table of 8 lanes or more lets have the degree 3.
     */
    private static FloatVector divisor(FloatVector clamped) {
        FloatVector rounding = broadcast(ROUNDING / STEPS);
        FloatVector shifted = clamped.fma(broadcast(-LOG2_E), rounding);
        FloatVector f = clamped.fma(broadcast(-LOG2_E), rounding.sub(shifted));
        IntVector steps = shifted.reinterpretAsInts();
        FloatVector power = steps.lanewise(VectorOperators.LSHL, STEP_SHIFT)
                .add(STEPS == 1 ? POWERS : steps.selectFrom(POWERS))
                .reinterpretAsFloats();
        return power2(f).fma(power, broadcast(1f));
    }

    /** 2^f for f between -1/2 and 1/2 of a step: the nearest of the polynomials that are 1 at 0. */
    private static FloatVector power2(FloatVector f) {
        return STEPS == 1
                ? broadcast(1.3264726e-3f)
                        .fma(f, broadcast(9.6715127e-3f))
                        .fma(f, broadcast(5.5507337e-2f))
                        .fma(f, broadcast(2.4022242e-1f))
                        .fma(f, broadcast(6.9314698e-1f))
                        .fma(f, broadcast(1f))
                : broadcast(5.5496223e-2f)
                        .fma(f, broadcast(2.4025764e-1f))
                        .fma(f, broadcast(6.9314724e-1f))
                        .fma(f, broadcast(1f));
    }
}
