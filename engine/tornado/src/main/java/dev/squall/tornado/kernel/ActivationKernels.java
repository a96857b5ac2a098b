package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Rectifiers, sigmoid and SiLU, alone and as the end of other kernels, which name them by the numbers here. What {@link ElementwiseKernels} says of
 * vectors and of padding channels is so here, too.
 */
public final class ActivationKernels {
    private ActivationKernels() {}

    public static final Kernel RECTIFY = Kernel.line(
                    "rectifyVectors",
                    "out = max(x, 0): ReLU",
                    ActivationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ActivationKernels::rectifyVectors,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel RECTIFY_LEAKY = Kernel.line(
                    "rectifyLeaky",
                    "out = x where x >= 0, else slope * x: leaky ReLU",
                    ActivationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ActivationKernels::rectifyLeaky,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1);

    public static final Kernel RECTIFY_BACKWARD = Kernel.line(
                    "rectifyBackward",
                    "dx = dy where the output is positive, else slope * dy",
                    ActivationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ActivationKernels::rectifyBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    public static final Kernel ACTIVATE = Kernel.line(
                    "activateVectors",
                    "out = f(x) for sigmoid and SiLU",
                    ActivationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ActivationKernels::activateVectors,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes()))
            .images(0, 1);

    public static final Kernel ACTIVATE_BACKWARD = Kernel.line(
                    "activateBackward",
                    "dx = dy * f'(x) for sigmoid, from its output, and SiLU, from its input",
                    ActivationKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            ActivationKernels::activateBackward,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .images(0, 1, 2);

    /** Activations as sizes name them. */
    public static final int IDENTITY = 0;

    public static final int LEAKY_RELU = 1;
    public static final int SIGMOID = 2;
    public static final int SILU = 3;

    /**
     * Sizes: 0 vectors, 1 x, 2 out.
     *
     * <p>A kernel for each function, not a branch on it: these are nothing but memory, and took about 1.4 times as long with branches on a device
     * made of processor cores.
     */
    public static void rectifyVectors(KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8s.store(
                    out,
                    sizes.get(2),
                    i,
                    sizes.get(0),
                    Float8s.choose(Float8s.load(x, sizes.get(1), i, sizes.get(0)), Float8s.splat(0f)));
        }
    }

    /** Sizes: 0 vectors, 1 x, 2 out. Settings: 0 slope for negative x, not 0, which would make NaN of an infinite x. */
    public static void rectifyLeaky(
            KernelContext context, VectorFloat8 from, VectorFloat8 out, IntArray sizes, FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8 x = Float8s.load(from, sizes.get(1), i, sizes.get(0));
            Float8s.store(
                    out,
                    sizes.get(2),
                    i,
                    sizes.get(0),
                    Float8s.choose(x, Float8.mult(x, Float8s.splat(settings.get(0)))));
        }
    }

    /** Sizes: 0 vectors, 1 saved output, 2 dy, 3 dx. Settings: 0 slope. */
    public static void rectifyBackward(
            KernelContext context,
            VectorFloat8 outputs,
            VectorFloat8 dy,
            VectorFloat8 dx,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            Float8 saved = Float8s.load(outputs, sizes.get(1), i, sizes.get(0));
            Float8 gradient = Float8.mult(
                    Float8s.load(dy, sizes.get(2), i, sizes.get(0)), Float8s.derivative(saved, settings.get(0)));
            Float8s.store(dx, sizes.get(3), i, sizes.get(0), gradient);
        }
    }

    /**
     * Sizes: 0 vectors, 1 x, 2 out, 3 function, 4 vectors of a pixel, 5 channels.
     *
     * <p>The branch on the function is the same for all work-items and little beside an exponential, and saves a compilation.
     */
    public static void activateVectors(KernelContext context, VectorFloat8 x, VectorFloat8 out, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int function = sizes.get(3);
            Float8 y = smooth(x.get(sizes.get(1) + i), function);
            if (function == SIGMOID) {
                y = Float8s.mask(y, i % sizes.get(4) * 8, sizes.get(5));
            }
            out.set(sizes.get(2) + i, y);
        }
    }

    /** f(x); the sigmoid's padding channels are not zero yet. */
    static Float8 activate(Float8 x, int function, float slope) {
        Float8 y = smooth(x, function);
        if (function == LEAKY_RELU) {
            y = Float8s.rectify(x, slope);
        }
        return y;
    }

    /** f(x) if f is the sigmoid or SiLU, else x. */
    private static Float8 smooth(Float8 x, int function) {
        Float8 y = x;
        if (function == SIGMOID || function == SILU) {
            Float8 s = sigmoid(x);
            y = s;
            if (function == SILU) {
                y = Float8.mult(x, s);
            }
        }
        return y;
    }

    /** Sizes: 0 vectors, 1 saved output (SiLU: input), 2 dy, 3 dx, 4 function. */
    public static void activateBackward(
            KernelContext context, VectorFloat8 from, VectorFloat8 dy, VectorFloat8 dx, IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            int function = sizes.get(4);
            Float8 saved = Float8s.load(from, sizes.get(1), i, sizes.get(0));
            Float8 one = Float8s.splat(1f);
            Float8 derivative = one;
            if (function == SIGMOID) {
                derivative = Float8.mult(saved, Float8.sub(one, saved));
            }
            if (function == SILU) {
                Float8 s = sigmoid(saved);
                derivative = Float8.add(s, Float8.mult(Float8.mult(saved, s), Float8.sub(one, s)));
            }
            Float8s.store(
                    dx,
                    sizes.get(3),
                    i,
                    sizes.get(0),
                    Float8.mult(Float8s.load(dy, sizes.get(2), i, sizes.get(0)), derivative));
        }
    }

    private static float sigmoid(float x) {
        return 1f / (1f + TornadoMath.exp(-x));
    }

    private static Float8 sigmoid(Float8 x) {
        return new Float8(
                sigmoid(x.getS0()),
                sigmoid(x.getS1()),
                sigmoid(x.getS2()),
                sigmoid(x.getS3()),
                sigmoid(x.getS4()),
                sigmoid(x.getS5()),
                sigmoid(x.getS6()),
                sigmoid(x.getS7()));
    }
}
