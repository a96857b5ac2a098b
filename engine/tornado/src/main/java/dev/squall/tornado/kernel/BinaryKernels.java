package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Functions of two numbers, comparisons and choices, of tensors in any layout that are broadcast to one another. One work-item computes one float
 * of the result; where its operands lie is the sum over the axes of a walk, see {@code Walk}: each axis has its size and one step for each operand.
 */
public final class BinaryKernels {
    private BinaryKernels() {}

    public static final Kernel COMBINE = Kernel.line(
                    "combineBroadcast",
                    "out = f(x, y) with x and y broadcast: arithmetic, powers, extremes, comparisons",
                    BinaryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            BinaryKernels::combineBroadcast,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .images(0, 1, 2);

    public static final Kernel CHOOSE = Kernel.line(
                    "chooseBroadcast",
                    "out = condition ? x : y, each broadcast",
                    BinaryKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            BinaryKernels::chooseBroadcast,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.operand(3),
                            a.sizes()))
            .images(0, 1, 2, 3);

    /** Functions as sizes name them. */
    public static final int ADD = 0;

    public static final int SUBTRACT = 1;
    public static final int MULTIPLY = 2;
    public static final int DIVIDE = 3;
    public static final int POWER = 4;
    public static final int MAXIMUM = 5;
    public static final int MINIMUM = 6;
    public static final int EQUAL = 7;
    public static final int NOT_EQUAL = 8;
    public static final int LESS = 9;
    public static final int LESS_EQUAL = 10;
    public static final int GREATER = 11;
    public static final int GREATER_EQUAL = 12;

    /** In the place of an operand's first float: the operand is the number in settings. */
    public static final int NUMBER = -1;

    /**
     * Sizes: 0 floats of out with padding, 1 floats of a pixel of out, 2 channels (those beyond are padding and become zero), 3 first float of out, 4
     * of x, 5 of y or {@link #NUMBER}, 6 the function, 7 axes, from 8 on for each axis its size and the steps of x and y. Settings: 0 the number.
     */
    public static void combineBroadcast(
            KernelContext context,
            VectorFloat8 first,
            VectorFloat8 other,
            VectorFloat8 out,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray xs = first.getArray();
            FloatArray ys = other.getArray();
            FloatArray results = out.getArray();
            float result = 0f;
            if (i % sizes.get(1) < sizes.get(2)) {
                int x = sizes.get(4);
                int y = sizes.get(5);
                int rest = i;
                for (int axis = 0; axis < sizes.get(7); axis++) {
                    int size = sizes.get(8 + 3 * axis);
                    int index = rest % size;
                    rest = rest / size;
                    x += index * sizes.get(9 + 3 * axis);
                    y += index * sizes.get(10 + 3 * axis);
                }
                float second = settings.get(0);
                if (sizes.get(5) != NUMBER) {
                    second = ys.get(y);
                }
                result = function(sizes.get(6), xs.get(x), second);
            }
            results.set(sizes.get(3) + i, result);
        }
    }

    private static float function(int function, float x, float y) {
        float result = x + y;
        if (function == SUBTRACT) {
            result = x - y;
        }
        if (function == MULTIPLY) {
            result = x * y;
        }
        if (function == DIVIDE) {
            result = x / y;
        }
        if (function == POWER) {
            result = Powers.power(x, y);
        }
        if (function == MAXIMUM) {
            result = greater(x, y);
        }
        if (function == MINIMUM) {
            result = -greater(-x, -y);
        }
        if (function >= EQUAL) {
            result = comparison(function, x, y);
        }
        return result;
    }

    /** The greater of x and y; NaN if one of them is, which a device's own maximum does not promise. */
    @SuppressWarnings("IdentityBinaryExpression") // only a NaN differs from itself; kernels have no isNaN
    private static float greater(float x, float y) {
        float result = y;
        if (x > y) {
            result = x;
        }
        if (x != x) {
            result = x;
        }
        return result;
    }

    private static float comparison(int function, float x, float y) {
        float less = 0f;
        float equal = 0f;
        float greater = 0f;
        if (x < y) {
            less = 1f;
        }
        if (x == y) {
            equal = 1f;
        }
        if (x > y) {
            greater = 1f;
        }
        float result = equal;
        if (function == NOT_EQUAL) {
            result = 1f - equal;
        }
        if (function == LESS) {
            result = less;
        }
        if (function == LESS_EQUAL) {
            result = less + equal;
        }
        if (function == GREATER) {
            result = greater;
        }
        if (function == GREATER_EQUAL) {
            result = greater + equal;
        }
        return result;
    }

    /**
     * Sizes: 0 to 3 as above, 4 first float of the condition, 5 of x, 6 of y, 7 axes, from 8 on for each axis its size and the steps of the
     * condition, x and y. A condition that is not a number chooses x.
     */
    public static void chooseBroadcast(
            KernelContext context,
            VectorFloat8 asked,
            VectorFloat8 first,
            VectorFloat8 other,
            VectorFloat8 out,
            IntArray sizes) {
        int i = context.globalIdx;
        if (i < sizes.get(0)) {
            FloatArray conditions = asked.getArray();
            FloatArray xs = first.getArray();
            FloatArray ys = other.getArray();
            FloatArray results = out.getArray();
            float result = 0f;
            if (i % sizes.get(1) < sizes.get(2)) {
                int condition = sizes.get(4);
                int x = sizes.get(5);
                int y = sizes.get(6);
                int rest = i;
                for (int axis = 0; axis < sizes.get(7); axis++) {
                    int size = sizes.get(8 + 4 * axis);
                    int index = rest % size;
                    rest = rest / size;
                    condition += index * sizes.get(9 + 4 * axis);
                    x += index * sizes.get(10 + 4 * axis);
                    y += index * sizes.get(11 + 4 * axis);
                }
                float chosen = xs.get(x);
                if (conditions.get(condition) == 0f) {
                    chosen = ys.get(y);
                }
                result = chosen;
            }
            results.set(sizes.get(3) + i, result);
        }
    }
}
