package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Functions of one number, one float a work-item. The branch on the function is the same for all work-items and saves a compilation for each.
 *
 * <p>Conditions are written so that a NaN goes through them, which a device's own minimum and maximum do not promise.
 */
public final class FunctionKernels {
    private FunctionKernels() {}

    public static final Kernel APPLY = Kernel.line(
                    "applyFunction",
                    "out = f(x): ReLU6, hard sigmoid, hard swish, tanh, GELU",
                    FunctionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            FunctionKernels::applyFunction,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel APPLY_BACKWARD = Kernel.line(
                    "applyFunctionBackward",
                    "dx = dy * f'(x) of the same functions; of ReLU6 and tanh from the output",
                    FunctionKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            FunctionKernels::applyFunctionBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 1, 2);

    /** Functions as sizes name them; the numbers below stand for those of {@link ActivationKernels}. */
    public static final int RELU6 = 10;

    public static final int HARD_SIGMOID = 11;
    public static final int HARD_SWISH = 12;
    public static final int TANH = 13;
    public static final int GELU = 14;
    public static final int GELU_TANH = 15;

    private static final float SQRT_HALF = 0.70710678f;
    private static final float SQRT_2_OVER_PI = 0.7978845608f;
    private static final float GELU_CUBIC = 0.044715f;

    /** Beyond it, on either side of 0, GELU by tanh is straight, and the derivative of the tanh's argument, infinite further out, is multiplied by 0. */
    private static final float FLAT = 100f;

    /** Density of the standard normal distribution at 0: 1 / sqrt(2 pi). */
    private static final float DENSITY = 0.39894228f;

    /** Sizes: 0 floats with padding channels, 1 first float of x, 2 of out, 3 function, 4 floats of a pixel, 5 channels. */
    public static void applyFunction(KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray xs = x.getArray();
            FloatArray ys = out.getArray();
            float y = 0f;
            // Padding channels stay zero, also where f(0) is not.
            if (i % sizes.get(4) < sizes.get(5)) {
                y = function(sizes.get(3), xs.get(sizes.get(1) + i));
            }
            ys.set(sizes.get(2) + i, y);
        }
    }

    /** Sizes: 0 floats with padding channels, 1 first float of x (or y), 2 of dy, 3 of dx, 4 function. */
    public static void applyFunctionBackward(
            KernelContext context, VectorFloat8 from, VectorFloat8 dy, VectorFloat8 dx, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray saved = from.getArray();
            FloatArray dys = dy.getArray();
            FloatArray dxs = dx.getArray();
            float slope = derivative(sizes.get(4), saved.get(sizes.get(1) + i));
            dxs.set(sizes.get(3) + i, dys.get(sizes.get(2) + i) * slope);
        }
    }

    private static float function(int function, float x) {
        float y = x;
        if (function == RELU6) {
            y = clamp(x, 6f);
        }
        if (function == HARD_SIGMOID) {
            y = clamp(x + 3f, 6f) / 6f;
        }
        if (function == HARD_SWISH) {
            y = x * (clamp(x + 3f, 6f) / 6f);
        }
        if (function == TANH) {
            y = TornadoMath.tanh(x);
        }
        if (function == GELU) {
            y = x * normalDistribution(x);
        }
        if (function == GELU_TANH) {
            y = x * geluWeight(x);
        }
        return y;
    }

    /** f'(x), for ReLU6 and tanh from y = f(x). */
    private static float derivative(int function, float saved) {
        float slope = 1f;
        if (function == RELU6) {
            slope = inside(saved, 0f, 6f);
        }
        if (function == HARD_SIGMOID) {
            slope = inside(saved, -3f, 3f) / 6f;
        }
        if (function == HARD_SWISH) {
            slope = hardSwishSlope(saved);
        }
        if (function == TANH) {
            slope = 1f - saved * saved;
        }
        if (function == GELU) {
            slope = normalDistribution(saved) + saved * DENSITY * TornadoMath.exp(-0.5f * saved * saved);
        }
        if (function == GELU_TANH) {
            float weight = geluWeight(saved);
            float near = saved;
            if (near > FLAT) {
                near = FLAT;
            }
            if (near < -FLAT) {
                near = -FLAT;
            }
            float inner = SQRT_2_OVER_PI * (1f + 3f * GELU_CUBIC * near * near);
            slope = weight + 2f * weight * (1f - weight) * saved * inner;
        }
        return slope;
    }

    /** 0 up to -3, 1 from 3 on, x / 3 + 1/2 between; NaN of NaN, for which no comparison is true. */
    private static float hardSwishSlope(float x) {
        float slope = x;
        if (x > -3f) {
            slope = 1f;
            if (x < 3f) {
                slope = x / 3f + 0.5f;
            }
        }
        if (x < -3f) {
            slope = 0f;
        }
        if (x == -3f) {
            slope = 0f;
        }
        return slope;
    }

    /** min(max(x, 0), limit). */
    private static float clamp(float x, float limit) {
        float y = x;
        if (x < 0f) {
            y = 0f;
        }
        if (x > limit) {
            y = limit;
        }
        return y;
    }

    /** 1 if low &lt; x &lt; high, else 0. */
    private static float inside(float x, float low, float high) {
        float result = 0f;
        if (x > low) {
            if (x < high) {
                result = 1f;
            }
        }
        return result;
    }

    /**
     * (1 + tanh z) / 2 with z = sqrt(2 / pi) (x + 0.044715 x^3), as 1 / (1 + e^-2z): a device's tanh need not reach -1, and 1 + tanh z, multiplied
     * with an x of -1e38, would be far from nothing then.
     */
    private static float geluWeight(float x) {
        float z = SQRT_2_OVER_PI * x * (1f + GELU_CUBIC * x * x);
        return 1f / (1f + TornadoMath.exp(-2f * z));
    }

    /** erfc(-x / sqrt(2)) / 2 with the polynomials of Cephes' {@code erff} and {@code erfcf}: devices have no error function in common. */
    private static float normalDistribution(float x) {
        float u = x * SQRT_HALF;
        float size = TornadoMath.abs(u);
        float result;
        if (size < 1f) {
            result = 0.5f + 0.5f * erf(u);
        } else {
            float tail = 0.5f * erfc(size);
            result = 1f - tail;
            if (u < 0f) {
                result = tail;
            }
        }
        return result;
    }

    private static float erf(float u) {
        float z = u * u;
        float p = 7.853861353153693e-5f * z - 8.010193625184903e-4f;
        p = p * z + 5.188327685732524e-3f;
        p = p * z - 2.685381193529856e-2f;
        p = p * z + 1.128358514861418e-1f;
        p = p * z - 3.761262582423300e-1f;
        p = p * z + 1.128379165726710f;
        return u * p;
    }

    /** For u of at least 1. */
    private static float erfc(float u) {
        float q = 1f / u;
        float y = q * q;
        float p;
        if (u < 2f) {
            p = 2.326819970068386e-2f * y - 1.387039388740657e-1f;
            p = p * y + 3.687424674597105e-1f;
            p = p * y - 5.824733027278666e-1f;
            p = p * y + 6.210004621745983e-1f;
            p = p * y - 4.944515323274145e-1f;
            p = p * y + 3.404879937665872e-1f;
            p = p * y - 2.741127028184656e-1f;
            p = p * y + 5.638259427386472e-1f;
        } else {
            p = -1.047766399936249e1f * y + 1.297719955372516e1f;
            p = p * y - 7.495518717768503f;
            p = p * y + 2.921019019210786f;
            p = p * y - 1.015265279202700f;
            p = p * y + 4.218463358204948e-1f;
            p = p * y - 2.820767439740514e-1f;
            p = p * y + 5.641895067754075e-1f;
        }
        return TornadoMath.exp(-u * u) * q * p;
    }
}
