package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Small pieces that kernels share; TornadoVM inlines them.
 *
 * <p>Wherever lanes are computed with a branch they are computed before the vector is made: TornadoVM does not compile a branch between
 * the parentheses of {@code new Float8(...)}.
 */
final class Float8s {
    private Float8s() {}

    /** Eight times {@code v}. {@code Float8.mult(vector, scalar)} would be compiled to eight scalar products. */
    static Float8 splat(float v) {
        return new Float8(v, v, v, v, v, v, v, v);
    }

    /** {@code sum + v * a}. */
    static Float8 plus(Float8 sum, Float8 v, float a) {
        return Float8.add(sum, Float8.mult(v, splat(a)));
    }

    /**
     * What work-item {@code i} of a line has of the {@code count} vectors from vector {@code first} on: here vector i. On a GPU it is eight floats that lie a
     * work-group apart (see {@link Lanes}), so that this is for kernels which treat all elements alike.
     */
    static Float8 load(VectorFloat8 memory, int first, int i, int count) {
        return memory.get(first + i);
    }

    /** The counterpart of {@link #load}. */
    static void store(VectorFloat8 memory, int first, int i, int count, Float8 value) {
        memory.set(first + i, value);
    }

    /** What belongs to the elements of {@link #load} of the {@code vectors} vectors from vector {@code first} on, one float for each channel. */
    static Float8 loadChannels(VectorFloat8 memory, int first, int stride, int i, int count, int vectors) {
        return memory.get(first + i % vectors);
    }

    /** As {@link #load}, of a tensor that starts at float {@code base} and has pixels of {@code stride} floats, {@code vectors} vectors for {@code channels}. */
    static Float8 loadElements(VectorFloat8 memory, int base, int stride, int i, int count, int vectors, int channels) {
        return loadPixel(memory, base, stride, i / vectors, i % vectors * 8, channels);
    }

    /** The counterpart of {@link #loadElements}; padding becomes zeros. */
    static void storeElements(
            VectorFloat8 memory, int base, int stride, int i, int count, int vectors, int channels, Float8 value) {
        storePixel(memory, base, stride, i / vectors, i % vectors * 8, channels, value);
    }

    /** {@code v} with the lanes that stand for channels {@code channels} and beyond set to 0; lane 0 stands for channel {@code first}. */
    static Float8 mask(Float8 v, int first, int channels) {
        int left = channels - first;
        Float8 result = v;
        if (left < 8) {
            float s0 = left > 0 ? v.getS0() : 0f;
            float s1 = left > 1 ? v.getS1() : 0f;
            float s2 = left > 2 ? v.getS2() : 0f;
            float s3 = left > 3 ? v.getS3() : 0f;
            float s4 = left > 4 ? v.getS4() : 0f;
            float s5 = left > 5 ? v.getS5() : 0f;
            float s6 = left > 6 ? v.getS6() : 0f;
            result = new Float8(s0, s1, s2, s3, s4, s5, s6, 0f);
        }
        return result;
    }

    /** {@code value} where it is a channel below {@code channels}, else 0. */
    private static float guarded(FloatArray values, int base, int channel, int channels) {
        float v = 0f;
        if (channel < channels) {
            v = values.get(base + channel);
        }
        return v;
    }

    /**
     * Channels {@code first} to {@code first + 7} of a vector of per-channel values that starts at float {@code base}, zeros from {@code channels} on.
     * The start need not be a multiple of 8.
     */
    static Float8 channelValues(VectorFloat8 memory, int base, int first, int channels) {
        FloatArray values = memory.getArray();
        float s0 = guarded(values, base, first, channels);
        float s1 = guarded(values, base, first + 1, channels);
        float s2 = guarded(values, base, first + 2, channels);
        float s3 = guarded(values, base, first + 3, channels);
        float s4 = guarded(values, base, first + 4, channels);
        float s5 = guarded(values, base, first + 5, channels);
        float s6 = guarded(values, base, first + 6, channels);
        float s7 = guarded(values, base, first + 7, channels);
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /**
     * Channels {@code channel} to {@code channel + 7} of pixel {@code pixel} of a tensor that starts at float {@code base} and takes {@code stride} floats a pixel: one
     * vector if the layout is aligned, single floats if it is not (rows of a row-major {@code [N, C]}).
     */
    static Float8 loadPixel(VectorFloat8 memory, int base, int stride, int pixel, int channel, int channels) {
        int at = base + pixel * stride;
        Float8 value;
        if (stride % 8 == 0) {
            value = memory.get((at + channel) / 8);
        } else {
            value = channelValues(memory, at, channel, channels);
        }
        return value;
    }

    /** The counterpart of {@link #loadPixel}; lanes from {@code channels} on become zeros if the layout has room for them. */
    static void storePixel(
            VectorFloat8 memory, int base, int stride, int pixel, int channel, int channels, Float8 value) {
        int at = base + pixel * stride;
        if (stride % 8 == 0) {
            memory.set((at + channel) / 8, mask(value, channel, channels));
        } else {
            FloatArray values = memory.getArray();
            storeGuarded(values, at, channel, channels, value.getS0());
            storeGuarded(values, at, channel + 1, channels, value.getS1());
            storeGuarded(values, at, channel + 2, channels, value.getS2());
            storeGuarded(values, at, channel + 3, channels, value.getS3());
            storeGuarded(values, at, channel + 4, channels, value.getS4());
            storeGuarded(values, at, channel + 5, channels, value.getS5());
            storeGuarded(values, at, channel + 6, channels, value.getS6());
            storeGuarded(values, at, channel + 7, channels, value.getS7());
        }
    }

    private static void storeGuarded(FloatArray values, int base, int channel, int channels, float value) {
        if (channel < channels) {
            values.set(base + channel, value);
        }
    }

    /** {@code slope} where {@code v} is below 0, else 1. Branches inside the arguments of {@code new Float8(...)} do not compile, hence the locals. */
    static Float8 slopes(Float8 v, float slope) {
        float s0 = v.getS0() < 0f ? slope : 1f;
        float s1 = v.getS1() < 0f ? slope : 1f;
        float s2 = v.getS2() < 0f ? slope : 1f;
        float s3 = v.getS3() < 0f ? slope : 1f;
        float s4 = v.getS4() < 0f ? slope : 1f;
        float s5 = v.getS5() < 0f ? slope : 1f;
        float s6 = v.getS6() < 0f ? slope : 1f;
        float s7 = v.getS7() < 0f ? slope : 1f;
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /** The derivative of the (leaky) ReLU, from its output: 1 where that is above 0, else {@code slope}. */
    static Float8 derivative(Float8 v, float slope) {
        float s0 = v.getS0() > 0f ? 1f : slope;
        float s1 = v.getS1() > 0f ? 1f : slope;
        float s2 = v.getS2() > 0f ? 1f : slope;
        float s3 = v.getS3() > 0f ? 1f : slope;
        float s4 = v.getS4() > 0f ? 1f : slope;
        float s5 = v.getS5() > 0f ? 1f : slope;
        float s6 = v.getS6() > 0f ? 1f : slope;
        float s7 = v.getS7() > 0f ? 1f : slope;
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /** v where it is at least 0 (or not a number), slope * v below: the (leaky) ReLU. */
    static Float8 rectify(Float8 v, float slope) {
        Float8 negative = Float8.mult(v, splat(slope));
        if (slope == 0f) {
            negative = splat(0f);
        }
        return choose(v, negative);
    }

    /**
     * v where it is at least 0, {@code negative} below.
     *
     * <p>max(v, 0) would be shorter for ReLU, but a device may answer 0 to the maximum of 0 and NaN, and a training run that has diverged would go on
     * as if nothing had happened. Eight choices are as fast: a driver makes one masked move of them.
     */
    static Float8 choose(Float8 v, Float8 negative) {
        float s0 = v.getS0() < 0f ? negative.getS0() : v.getS0();
        float s1 = v.getS1() < 0f ? negative.getS1() : v.getS1();
        float s2 = v.getS2() < 0f ? negative.getS2() : v.getS2();
        float s3 = v.getS3() < 0f ? negative.getS3() : v.getS3();
        float s4 = v.getS4() < 0f ? negative.getS4() : v.getS4();
        float s5 = v.getS5() < 0f ? negative.getS5() : v.getS5();
        float s6 = v.getS6() < 0f ? negative.getS6() : v.getS6();
        float s7 = v.getS7() < 0f ? negative.getS7() : v.getS7();
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /** The larger of a and b in each lane; NaN if one of them is, which a device's own maximum does not promise. */
    static Float8 larger(Float8 a, Float8 b) {
        float s0 = larger(a.getS0(), b.getS0());
        float s1 = larger(a.getS1(), b.getS1());
        float s2 = larger(a.getS2(), b.getS2());
        float s3 = larger(a.getS3(), b.getS3());
        float s4 = larger(a.getS4(), b.getS4());
        float s5 = larger(a.getS5(), b.getS5());
        float s6 = larger(a.getS6(), b.getS6());
        float s7 = larger(a.getS7(), b.getS7());
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    @SuppressWarnings("IdentityBinaryExpression") // only a NaN differs from itself; kernels have no isNaN
    private static float larger(float a, float b) {
        float result = b;
        if (a > b) {
            result = a;
        }
        if (a != a) {
            result = a;
        }
        return result;
    }

    /** Lane by lane, since the compiler has no square root of vectors. */
    static Float8 squareRoot(Float8 v) {
        float s0 = TornadoMath.sqrt(v.getS0());
        float s1 = TornadoMath.sqrt(v.getS1());
        float s2 = TornadoMath.sqrt(v.getS2());
        float s3 = TornadoMath.sqrt(v.getS3());
        float s4 = TornadoMath.sqrt(v.getS4());
        float s5 = TornadoMath.sqrt(v.getS5());
        float s6 = TornadoMath.sqrt(v.getS6());
        float s7 = TornadoMath.sqrt(v.getS7());
        return new Float8(s0, s1, s2, s3, s4, s5, s6, s7);
    }

    /** Lane l is lane {@code l xor 1} of {@code v}. A driver makes one instruction of it, as of the next two. */
    static Float8 crossBy1(Float8 v) {
        return new Float8(v.getS1(), v.getS0(), v.getS3(), v.getS2(), v.getS5(), v.getS4(), v.getS7(), v.getS6());
    }

    /** Lane l is lane {@code l xor 2} of {@code v}. */
    static Float8 crossBy2(Float8 v) {
        return new Float8(v.getS2(), v.getS3(), v.getS0(), v.getS1(), v.getS6(), v.getS7(), v.getS4(), v.getS5());
    }

    /** Lane l is lane {@code l xor 3} of {@code v}. */
    static Float8 crossBy3(Float8 v) {
        return new Float8(v.getS3(), v.getS2(), v.getS1(), v.getS0(), v.getS7(), v.getS6(), v.getS5(), v.getS4());
    }

    /** Lane l is lane {@code l xor 4} of {@code v}. */
    static Float8 crossBy4(Float8 v) {
        return new Float8(v.getS4(), v.getS5(), v.getS6(), v.getS7(), v.getS0(), v.getS1(), v.getS2(), v.getS3());
    }

    /** The sum of the eight lanes, pairwise. */
    static float sum(Float8 v) {
        return ((v.getS0() + v.getS1()) + (v.getS2() + v.getS3()))
                + ((v.getS4() + v.getS5()) + (v.getS6() + v.getS7()));
    }
}
