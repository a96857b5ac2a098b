package dev.squall.jvm.loop;

import static dev.squall.jvm.runtime.Lanes.BYTES;
import static dev.squall.jvm.runtime.Lanes.broadcast;
import static dev.squall.jvm.runtime.Lanes.load;
import static dev.squall.jvm.runtime.Lanes.store;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.squall.backend.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The activations beyond those of {@link ElementwiseKernels}, over one span of {@code bytes} bytes (a multiple of 64) or over pixels at regular steps.
 * Each has a loop of its own: with a choice inside the loop, the compiler keeps vectors in memory.
 */
public final class ActivationKernels {
    private static final float SQRT_2_OVER_PI = 0.7978845608f;
    /** Beyond it, the slope of GELU does not change. */
    private static final float FLAT = 100f;

    private static final float GELU_CUBIC = 0.044715f;

    private static final int SIX_BITS = Float.floatToRawIntBits(6f);

    private ActivationKernels() {}

    /** out = f(x). A function that does not keep zero makes padding channels of images non-zero. */
    public static void activate(Activation.Kind kind, long x, long out, int bytes) {
        switch (kind) {
            case RELU6 -> relu6(x, out, BYTES, bytes / BYTES);
            case HARD_SIGMOID -> hardSigmoid(x, out, BYTES, bytes / BYTES);
            case HARD_SWISH -> hardSwish(x, out, BYTES, bytes / BYTES);
            case TANH -> tanh(x, out, BYTES, bytes / BYTES);
            case GELU -> gelu(x, out, BYTES, bytes / BYTES);
            case GELU_TANH -> geluTanh(x, out, BYTES, bytes / BYTES);
            default -> throw new IllegalArgumentException("no loop for " + kind);
        }
    }

    /** The same in place, for {@code rows} by {@code columns} vectors. */
    public static void activate(Activation.Kind kind, long at, int rows, long rowBytes, int columns, int step) {
        for (int i = 0; i < rows; i++) {
            long row = at + i * rowBytes;
            switch (kind) {
                case RELU6 -> relu6(row, row, step, columns);
                case HARD_SIGMOID -> hardSigmoid(row, row, step, columns);
                case HARD_SWISH -> hardSwish(row, row, step, columns);
                case TANH -> tanh(row, row, step, columns);
                case GELU -> gelu(row, row, step, columns);
                case GELU_TANH -> geluTanh(row, row, step, columns);
                default -> throw new IllegalArgumentException("no loop for " + kind);
            }
        }
    }

    /** dx = dy * f'(saved). */
    public static void activateBackward(Activation.Kind kind, long saved, long dy, long dx, int bytes) {
        switch (kind) {
            case RELU6 -> relu6Backward(saved, dy, dx, bytes);
            case HARD_SIGMOID -> hardSigmoidBackward(saved, dy, dx, bytes);
            case HARD_SWISH -> hardSwishBackward(saved, dy, dx, bytes);
            case TANH -> tanhBackward(saved, dy, dx, bytes);
            case GELU -> geluBackward(saved, dy, dx, bytes);
            case GELU_TANH -> geluTanhBackward(saved, dy, dx, bytes);
            default -> throw new IllegalArgumentException("no loop for " + kind);
        }
    }

    static FloatVector hardSigmoid(FloatVector x) {
        return VectorMath.clamp(x.add(3f), 0f, 6f).mul(1 / 6f);
    }

    /**
     * x times that, which is a NaN for one by the factor x. So a NaN need not pass the bounds, which as integers, ordered like floats from 0 on, take half of
     * the instructions.
     */
    static FloatVector hardSwish(FloatVector x) {
        return x.mul(x.add(3f)
                .reinterpretAsInts()
                .lanewise(VectorOperators.MAX, 0)
                .lanewise(VectorOperators.MIN, SIX_BITS)
                .reinterpretAsFloats()
                .mul(1 / 6f));
    }

    private static FloatVector geluArgument(FloatVector x) {
        return x.mul(x).mul(GELU_CUBIC).add(1f).mul(x.mul(SQRT_2_OVER_PI));
    }

    /** (1 + t) / 2 + x (1 - t^2) / 2 a', with a the argument of the tanh t and a' its derivative. Where t is 1 or -1, a' must not become infinite. */
    private static FloatVector geluTanhDerivative(FloatVector x) {
        FloatVector near = VectorMath.clamp(x, -FLAT, FLAT);
        FloatVector one = broadcast(1f);
        FloatVector t = VectorMath.tanh(geluArgument(near));
        FloatVector slope = near.mul(near).mul(3 * GELU_CUBIC).add(1f).mul(SQRT_2_OVER_PI);
        return one.sub(t.mul(t)).mul(x).mul(slope).add(t).add(1f).mul(0.5f);
    }

    private static void relu6(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.clamp(x, 0f, 6f));
        }
    }

    private static void relu6Backward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector y = load(saved + i);
            store(
                    dx + i,
                    load(dy + i).mul(broadcast(0f).blend(1f, y.compare(GT, 0f).and(y.compare(LT, 6f)))));
        }
    }

    private static void hardSigmoid(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, hardSigmoid(x));
        }
    }

    private static void hardSigmoidBackward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(saved + i);
            store(
                    dx + i,
                    load(dy + i)
                            .mul(broadcast(0f).blend(1 / 6f, x.compare(GT, -3f).and(x.compare(LT, 3f)))));
        }
    }

    private static void hardSwish(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, hardSwish(x));
        }
    }

    private static void hardSwishBackward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(saved + i);
            store(
                    dx + i,
                    load(dy + i)
                            .mul(x.mul(1 / 3f)
                                    .add(0.5f)
                                    .blend(0f, x.compare(LE, -3f))
                                    .blend(1f, x.compare(GE, 3f))));
        }
    }

    private static void tanh(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.tanh(x));
        }
    }

    private static void tanhBackward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector y = load(saved + i);
            store(dx + i, load(dy + i).mul(broadcast(1f).sub(y.mul(y))));
        }
    }

    private static void gelu(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, x.mul(VectorMath.normalDistribution(x)));
        }
    }

    private static void geluBackward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(saved + i);
            store(
                    dx + i,
                    load(dy + i)
                            .mul(VectorMath.exponential(x.mul(x).mul(-0.5f))
                                    .mul(x.mul(0.39894228f))
                                    .add(VectorMath.normalDistribution(x))));
        }
    }

    private static void geluTanh(long from, long to, int step, int count) {
        for (long i = 0; i < (long) count * step; i += step) {
            FloatVector x = load(from + i);
            store(to + i, VectorMath.tanh(geluArgument(x)).add(1f).mul(x.mul(0.5f)));
        }
    }

    private static void geluTanhBackward(long saved, long dy, long dx, int bytes) {
        for (int i = 0; i < bytes; i += BYTES) {
            FloatVector x = load(saved + i);
            store(dx + i, load(dy + i).mul(geluTanhDerivative(x)));
        }
    }
}
