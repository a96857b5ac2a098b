package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;

import dev.squall.backend.Unary;
import dev.squall.jvm.runtime.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The functions of one number over one span of {@code bytes} bytes (a multiple of 64), padding channels included. Each has a loop of its own: with a
 * choice inside the loop, the compiler keeps vectors in memory.
 */
public final class UnaryKernels {
    private UnaryKernels() {}

    /** out = f(x). */
    public static void apply(Unary f, long x, long out, int bytes) {
        switch (f.kind()) {
            case EXP -> exp(x, out, bytes);
            case LOG -> log(x, out, bytes);
            case SQRT -> sqrt(x, out, bytes);
            case ABS -> abs(x, out, bytes);
            case CLAMP -> clamp(f.a(), f.b(), x, out, bytes);
            case LINEAR -> linear(f.a(), f.b(), x, out, bytes);
            case SOFTPLUS -> softplus(x, out, bytes);
            case POWER -> power(f.a(), x, out, bytes);
        }
    }

    /** dx = dy * f'(saved). */
    public static void applyBackward(Unary f, long saved, long dy, long dx, int bytes) {
        switch (f.kind()) {
            case EXP -> ElementwiseKernels.multiply(saved, dy, dx, bytes);
            case LOG -> divide(1f, dy, saved, dx, bytes);
            case SQRT -> divide(0.5f, dy, saved, dx, bytes);
            case ABS -> absBackward(saved, dy, dx, bytes);
            case CLAMP -> clampBackward(f.a(), f.b(), saved, dy, dx, bytes);
            case LINEAR -> ElementwiseKernels.scale(f.a(), dy, dx, bytes);
            case SOFTPLUS -> softplusBackward(saved, dy, dx, bytes);
            case POWER -> powerBackward(f.a(), saved, dy, dx, bytes);
        }
    }

    private static void exp(long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.exponential(x));
        }
    }

    private static void log(long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.log(x));
        }
    }

    private static void sqrt(long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, x.sqrt());
        }
    }

    private static void abs(long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, x.abs());
        }
    }

    private static void clamp(float low, float high, long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, x.max(low).min(high));
        }
    }

    private static void linear(float alpha, float beta, long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, x.mul(alpha).add(beta));
        }
    }

    private static void softplus(long from, long to, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.softplus(x));
        }
    }

    /** Squares, reciprocals and their roots are frequent and fast; other powers are computed one by one. */
    private static void power(float exponent, long x, long out, int bytes) {
        if (exponent == 2f) {
            ElementwiseKernels.multiply(x, x, out, bytes);
        } else if (exponent == -1f) {
            reciprocal(x, out, bytes);
        } else if (exponent == -0.5f) {
            reciprocalRoot(x, out, bytes);
        } else {
            for (int i = 0; i < bytes; i += Float.BYTES) {
                Lanes.set(out + i, (float) Math.pow(Lanes.get(x + i), exponent));
            }
        }
    }

    private static void reciprocal(long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(out + i, broadcast(1f).div(load(x + i)));
        }
    }

    /** Of the zero below nothing and of the infinity there as pow(x, -0.5) has it, infinity and 0, which the root alone does not give. */
    private static void reciprocalRoot(long x, long out, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector v = load(x + i);
            var least = v.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY);
            store(out + i, broadcast(1f).div(v.add(0f).sqrt()).blend(0f, least));
        }
    }

    private static void powerBackward(float exponent, long x, long dy, long dx, int bytes) {
        if (exponent == 2f) {
            for (int i = 0; i < bytes; i += BYTES) {
                store(dx + i, load(dy + i).mul(load(x + i).mul(2f)));
            }
        } else {
            for (int i = 0; i < bytes; i += Float.BYTES) {
                double slope = exponent == 0 ? 0 : exponent * Math.pow(Lanes.get(x + i), exponent - 1.0);
                Lanes.set(dx + i, (float) (Lanes.get(dy + i) * slope));
            }
        }
    }

    /** dx = factor * dy / x. */
    private static void divide(float factor, long dy, long x, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(dx + i, load(dy + i).mul(factor).div(load(x + i)));
        }
    }

    private static void absBackward(long x, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector v = load(x + i);
            FloatVector d = load(dy + i);
            FloatVector signed = d.blend(d.neg(), v.compare(VectorOperators.LT, 0f));
            // A NaN has no sign, and goes through.
            store(dx + i, signed.blend(0f, v.compare(VectorOperators.EQ, 0f)).blend(v, v.test(VectorOperators.IS_NAN)));
        }
    }

    private static void clampBackward(float low, float high, long x, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector v = load(x + i);
            var inside = v.compare(VectorOperators.GE, low).and(v.compare(VectorOperators.LE, high));
            store(dx + i, broadcast(0f).blend(load(dy + i), inside));
        }
    }

    private static void softplusBackward(long x, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            store(dx + i, load(dy + i).mul(VectorMath.sigmoid(load(x + i))));
        }
    }
}
