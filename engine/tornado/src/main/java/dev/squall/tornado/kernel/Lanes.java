package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Small pieces that kernels share; TornadoVM inlines them.
 *
 * <p>Wherever lanes are computed with a branch they are computed before the vector is made: TornadoVM does not compile a branch between
 * the parentheses of {@code new Float8(...)}.
 */
final class Lanes {
    private Lanes() {}

    /** Eight times {@code v}. {@code Float8.mult(vector, scalar)} would be compiled to eight scalar products. */
    static Float8 splat(float v) {
        return new Float8(v, v, v, v, v, v, v, v);
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
}
