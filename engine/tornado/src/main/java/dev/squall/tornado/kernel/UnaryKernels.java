package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Elementary functions of one number and their derivatives, one float a work-item. The branch on the function is the same for all work-items, and
 * saves a compilation for each function.
 */
public final class UnaryKernels {
    private UnaryKernels() {}

    public static final Kernel APPLY = Kernel.line(
                    "applyUnary",
                    "out = f(x): exponential, logarithm, root, power, magnitude, clamp, a x + b, softplus",
                    UnaryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            UnaryKernels::applyUnary,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel APPLY_BACKWARD = Kernel.line(
                    "applyUnaryBackward",
                    "dx = dy * f'(x) of the same functions; of exponential and root from the output",
                    UnaryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            UnaryKernels::applyUnaryBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    /** Functions as sizes name them. */
    public static final int EXP = 0;

    public static final int LOG = 1;
    public static final int SQRT = 2;
    public static final int ABS = 3;
    public static final int POWER = 4;
    public static final int CLAMP = 5;
    public static final int LINEAR = 6;
    public static final int SOFTPLUS = 7;

    /**
     * Sizes: 0 floats with padding, 1 floats of a pixel, 2 channels (those beyond are padding and become zero), 3 first float of x, 4 of out, 5 the
     * function. Settings: 0 and 1 those of the function.
     */
    public static void applyUnary(
            KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray from = x.getArray();
            FloatArray to = out.getArray();
            float y = 0f;
            if (i % sizes.get(1) < sizes.get(2)) {
                y = function(sizes.get(5), from.get(sizes.get(3) + i), settings.get(0), settings.get(1));
            }
            to.set(sizes.get(4) + i, y);
        }
    }

    /** Sizes: 0 to 2 as above, 3 first float of what was saved, 4 of dy, 5 of dx, 6 the function. Settings: as above. */
    public static void applyUnaryBackward(
            KernelContext context,
            VectorFloat8 from,
            VectorFloat8 dy,
            VectorFloat8 dx,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray stored = from.getArray();
            FloatArray dys = dy.getArray();
            FloatArray dxs = dx.getArray();
            float product = 0f;
            if (i % sizes.get(1) < sizes.get(2)) {
                float saved = stored.get(sizes.get(3) + i);
                product = dys.get(sizes.get(4) + i) * derivative(sizes.get(6), saved, settings.get(0), settings.get(1));
            }
            dxs.set(sizes.get(5) + i, product);
        }
    }

    private static float function(int function, float x, float a, float b) {
        float y = x;
        if (function == EXP) {
            y = TornadoMath.exp(x);
        }
        if (function == LOG) {
            y = TornadoMath.log(x);
        }
        if (function == SQRT) {
            y = TornadoMath.sqrt(x);
        }
        if (function == ABS) {
            y = TornadoMath.abs(x);
        }
        if (function == POWER) {
            y = Powers.power(x, a);
        }
        if (function == CLAMP) {
            // Comparisons let a NaN through, which a device's own minimum and maximum do not promise.
            if (y < a) {
                y = a;
            }
            if (y > b) {
                y = b;
            }
        }
        if (function == LINEAR) {
            y = a * x + b;
        }
        if (function == SOFTPLUS) {
            y = softplus(x);
        }
        return y;
    }

    /** 1 from {@code low} to {@code high}, else 0. */
    private static float within(float x, float low, float high) {
        float result = 0f;
        if (x > low) {
            if (x < high) {
                result = 1f;
            }
        }
        if (x == low) {
            result = 1f;
        }
        if (x == high) {
            result = 1f;
        }
        if (low > high) {
            result = 0f;
        }
        return result;
    }

    /**
     * max(x, 0) + ln(1 + e) with e = exp(-|x|). Rounding 1 + e to u loses most of a small e; ln(u) e / (u - 1) makes good for it, since both ln(u)
     * and u - 1 have lost the same.
     */
    private static float softplus(float x) {
        float e = TornadoMath.exp(-TornadoMath.abs(x));
        float u = 1f + e;
        float y = e;
        if (u != 1f) {
            y = TornadoMath.log(u) * (e / (u - 1f));
        }
        if (x > 0f) {
            y = y + x;
        }
        return y;
    }

    private static float derivative(int function, float saved, float a, float b) {
        float slope = saved;
        if (function == LOG) {
            slope = 1f / saved;
        }
        if (function == SQRT) {
            slope = 0.5f / saved;
        }
        if (function == ABS) {
            if (saved > 0f) {
                slope = 1f;
            }
            if (saved < 0f) {
                slope = -1f;
            }
        }
        if (function == POWER) {
            slope = 0f;
            if (a != 0f) {
                slope = a * Powers.power(saved, a - 1f);
            }
        }
        if (function == CLAMP) {
            slope = within(saved, a, b);
        }
        if (function == LINEAR) {
            slope = a;
        }
        if (function == SOFTPLUS) {
            slope = 1f / (1f + TornadoMath.exp(-saved));
        }
        return slope;
    }
}
