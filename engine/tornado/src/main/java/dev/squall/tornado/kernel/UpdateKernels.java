package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/** Updates of hundreds of parameters in one launch, see {@link Jobs}. */
public final class UpdateKernels {
    private UpdateKernels() {}

    public static final Kernel SGD = Kernel.line(
            "sgdStep",
            "stochastic gradient descent with momentum and weight decay, many parameters at once",
            UpdateKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK, UpdateKernels::sgdStep, a.context(), a.memory(), a.sizes(), a.settings(), a.table()),
            Extra.SETTINGS,
            Extra.TABLE);

    public static final Kernel ADAM = Kernel.line(
            "adamStep",
            "Adam or AdamW, many parameters at once",
            UpdateKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK, UpdateKernels::adamStep, a.context(), a.memory(), a.sizes(), a.settings(), a.table()),
            Extra.SETTINGS,
            Extra.TABLE);

    public static final Kernel INTERPOLATE = Kernel.line(
            "averageWeights",
            "moving averages of weights, many parameters at once",
            UpdateKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    UpdateKernels::averageWeights,
                    a.context(),
                    a.memory(),
                    a.sizes(),
                    a.settings(),
                    a.table()),
            Extra.SETTINGS,
            Extra.TABLE);

    /**
     * <pre>
     *   g' = g + decay * p          weight decay as part of the gradient
     *   b  = momentum * b + g'      the first time b = g', as PyTorch does
     *   p  = p - rate * b           or, in Nesterov's form, rate * (g' + momentum * b)
     * </pre>
     *
     * A row of the table: parameter, gradient, buffer, vectors. Settings: 0 learning rate, 1 momentum (0: no buffer), 2 weight decay, 3 momentum if
     * Nesterov's form is wanted, else 0, 4 the factor of the old buffer (0 at the first step).
     */
    public static void sgdStep(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings, IntArray table) {
        int chunk = context.groupIdx / Jobs.GROUPS;
        int row = table.get(2 * chunk);
        int i = table.get(2 * chunk + 1) + context.groupIdx % Jobs.GROUPS * Jobs.ITEMS + context.localIdx;
        if (i < table.get(row + 3)) {
            int vectors = table.get(row + 3);
            Float8 p = Float8s.load(memory, table.get(row), i, vectors);
            Float8 g = Float8s.load(memory, table.get(row + 1), i, vectors);
            Float8 step = Float8.add(g, Float8.mult(p, Float8s.splat(settings.get(2))));
            if (settings.get(1) != 0f) {
                Float8 b = step;
                if (settings.get(4) != 0f) {
                    Float8 old = Float8s.load(memory, table.get(row + 2), i, vectors);
                    b = Float8.add(step, Float8.mult(old, Float8s.splat(settings.get(4))));
                }
                Float8s.store(memory, table.get(row + 2), i, vectors, b);
                Float8 ahead = Float8.add(step, Float8.mult(b, Float8s.splat(settings.get(3))));
                step = b;
                if (settings.get(3) != 0f) {
                    step = ahead;
                }
            }
            Float8 moved = Float8.sub(p, Float8.mult(step, Float8s.splat(settings.get(0))));
            Float8s.store(memory, table.get(row), i, vectors, moved);
        }
    }

    /**
     * <pre>
     *   m = beta1 * m + (1 - beta1) * g                       mean of the gradient
     *   v = beta2 * v + (1 - beta2) * g^2                     mean of its square
     *   p = (1 - rate * decay) * p - rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
     * </pre>
     *
     * What is the same for all parameters, such as the powers of step t, the host has computed. Adam, unlike AdamW, adds the decay to g
     * instead.
     *
     * <p>A row of the table: parameter, gradient, mean, square, vectors. Settings: 0 the factor of the parameter (decoupled decay), 1 weight decay added to the
     * gradient, 2 beta1, 3 1 - beta1, 4 beta2, 5 1 - beta2, 6 learning rate / (1 - beta1^t), 7 1 / (1 - beta2^t), 8 epsilon.
     */
    public static void adamStep(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings, IntArray table) {
        int chunk = context.groupIdx / Jobs.GROUPS;
        int row = table.get(2 * chunk);
        int i = table.get(2 * chunk + 1) + context.groupIdx % Jobs.GROUPS * Jobs.ITEMS + context.localIdx;
        if (i < table.get(row + 4)) {
            int vectors = table.get(row + 4);
            Float8 p = Float8s.load(memory, table.get(row), i, vectors);
            Float8 gradient = Float8s.load(memory, table.get(row + 1), i, vectors);
            Float8 mean = Float8s.load(memory, table.get(row + 2), i, vectors);
            Float8 square = Float8s.load(memory, table.get(row + 3), i, vectors);
            Float8 g = Float8.add(gradient, Float8.mult(p, Float8s.splat(settings.get(1))));
            Float8 m = Float8.add(
                    Float8.mult(mean, Float8s.splat(settings.get(2))), Float8.mult(g, Float8s.splat(settings.get(3))));
            Float8 v = Float8.add(
                    Float8.mult(square, Float8s.splat(settings.get(4))),
                    Float8.mult(Float8.mult(g, g), Float8s.splat(settings.get(5))));
            Float8s.store(memory, table.get(row + 2), i, vectors, m);
            Float8s.store(memory, table.get(row + 3), i, vectors, v);
            Float8 root = Float8s.squareRoot(Float8.mult(v, Float8s.splat(settings.get(7))));
            Float8 step = Float8.div(
                    Float8.mult(m, Float8s.splat(settings.get(6))), Float8.add(root, Float8s.splat(settings.get(8))));
            Float8 moved = Float8.sub(Float8.mult(p, Float8s.splat(settings.get(0))), step);
            Float8s.store(memory, table.get(row), i, vectors, moved);
        }
    }

    /** average = decay * average + (1 - decay) * value. A row of the table: average, value, vectors. Settings: 0 decay, 1 1 - decay. */
    public static void averageWeights(
            KernelContext context, VectorFloat8 memory, IntArray sizes, FloatArray settings, IntArray table) {
        int chunk = context.groupIdx / Jobs.GROUPS;
        int row = table.get(2 * chunk);
        int i = table.get(2 * chunk + 1) + context.groupIdx % Jobs.GROUPS * Jobs.ITEMS + context.localIdx;
        if (i < table.get(row + 2)) {
            int vectors = table.get(row + 2);
            Float8 old = Float8s.load(memory, table.get(row), i, vectors);
            Float8 value = Float8s.load(memory, table.get(row + 1), i, vectors);
            Float8 average = Float8.add(
                    Float8.mult(old, Float8s.splat(settings.get(0))),
                    Float8.mult(value, Float8s.splat(settings.get(1))));
            Float8s.store(memory, table.get(row), i, vectors, average);
        }
    }
}
