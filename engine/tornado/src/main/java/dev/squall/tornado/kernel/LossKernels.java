package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Softmax and cross entropy over rows of {@code [N, C]}. One work-item does one row: with a few hundred rows of at most some thousand classes these
 * kernels are a thousandth of a training step, so they are written to be read.
 */
public final class LossKernels {
    private LossKernels() {}

    public static final Kernel SOFTMAX = Kernel.line(
            "softmaxRows",
            "y = exp(x - max) / sum of exp(x - max), each row",
            LossKernels.class,
            (g, a) ->
                    g.task(Kernel.TASK, LossKernels::softmaxRows, a.context(), a.operand(0), a.operand(1), a.sizes()));

    public static final Kernel SOFTMAX_BACKWARD = Kernel.line(
            "softmaxBackward",
            "dx = y * (dy - sum of dy * y), each row",
            LossKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    LossKernels::softmaxBackward,
                    a.context(),
                    a.operand(0),
                    a.operand(1),
                    a.operand(2),
                    a.sizes()));

    public static final Kernel CROSS_ENTROPY = Kernel.line(
            "crossEntropyRows",
            "cross entropy of each row against target probabilities, and its gradient",
            LossKernels.class,
            (g, a) -> g.task(
                    Kernel.TASK,
                    LossKernels::crossEntropyRows,
                    a.context(),
                    a.operand(0),
                    a.operand(1),
                    a.operand(2),
                    a.memory(),
                    a.sizes()));

    private static float largest(VectorFloat8 logits, int row, int classes) {
        float max = logits.getArray().get(row);
        for (int c = 1; c < classes; c++) {
            max = TornadoMath.max(max, logits.getArray().get(row + c));
        }
        return max;
    }

    private static float sumOfExponentials(VectorFloat8 logits, int row, int classes, float max) {
        float sum = 0f;
        for (int c = 0; c < classes; c++) {
            sum += TornadoMath.exp(logits.getArray().get(row + c) - max);
        }
        return sum;
    }

    /**
     * y[c] = exp(x[c] - max) / the sum of exp(x - max). Subtracting the largest changes nothing but that no exponential overflows.
     *
     * <p>Sizes: 0 rows, 1 classes, 2 first float of x, 3 of y.
     */
    public static void softmaxRows(
            KernelContext context, VectorFloat8 logits, VectorFloat8 probabilities, IntArray sizes) {
        int row = context.globalIdx;
        if (row < sizes.get(0)) {
            int classes = sizes.get(1);
            int x = sizes.get(2) + row * classes;
            int y = sizes.get(3) + row * classes;
            float max = largest(logits, x, classes);
            float sum = sumOfExponentials(logits, x, classes, max);
            for (int c = 0; c < classes; c++) {
                probabilities
                        .getArray()
                        .set(y + c, TornadoMath.exp(logits.getArray().get(x + c) - max) / sum);
            }
        }
    }

    /** dx[c] = y[c] * (dy[c] - the sum of dy * y). Sizes: 0 rows, 1 classes, 2 first float of y, 3 of dy, 4 of dx. */
    public static void softmaxBackward(
            KernelContext context,
            VectorFloat8 probabilities,
            VectorFloat8 gradients,
            VectorFloat8 results,
            IntArray sizes) {
        int row = context.globalIdx;
        if (row < sizes.get(0)) {
            int classes = sizes.get(1);
            int y = sizes.get(2) + row * classes;
            int dy = sizes.get(3) + row * classes;
            int dx = sizes.get(4) + row * classes;
            float dot = 0f;
            for (int c = 0; c < classes; c++) {
                dot += probabilities.getArray().get(y + c)
                        * gradients.getArray().get(dy + c);
            }
            for (int c = 0; c < classes; c++) {
                float difference = gradients.getArray().get(dy + c) - dot;
                results.getArray().set(dx + c, probabilities.getArray().get(y + c) * difference);
            }
        }
    }

    /**
     * Forward and backward in one pass over the row, since they share the exponentials:
     *
     * <pre>
     *   loss  = - the sum over c of t[c] * log softmax(x)[c],    log softmax(x)[c] = x[c] - max - log(the sum of exp(x - max))
     *   dx[c] = (softmax(x)[c] * the sum of t - t[c]) / rows     the loss being the mean over the rows
     * </pre>
     *
     * The targets t are probabilities, so that smoothed and mixed labels need nothing more.
     *
     * <p>Sizes: 0 rows, 1 classes, 2 first float of x, 3 of the targets, 4 of dx, 5 of the rows' losses.
     */
    public static void crossEntropyRows(
            KernelContext context,
            VectorFloat8 logits,
            VectorFloat8 labels,
            VectorFloat8 gradients,
            VectorFloat8 memory,
            IntArray sizes) {
        int row = context.globalIdx;
        if (row < sizes.get(0)) {
            int classes = sizes.get(1);
            int x = sizes.get(2) + row * classes;
            int t = sizes.get(3) + row * classes;
            int dx = sizes.get(4) + row * classes;
            float max = largest(logits, x, classes);
            float sum = sumOfExponentials(logits, x, classes, max);
            float logSum = TornadoMath.log(sum);
            float targets = 0f;
            float loss = 0f;
            for (int c = 0; c < classes; c++) {
                float target = labels.getArray().get(t + c);
                targets += target;
                // Finite also for logits of 3e38 and -3e38, whose difference no float holds: a target of 0 times
                // infinity would be no number.
                float difference = TornadoMath.max(logits.getArray().get(x + c) - max, -3.4e38f);
                loss -= target * (difference - logSum);
            }
            for (int c = 0; c < classes; c++) {
                float probability = TornadoMath.exp(logits.getArray().get(x + c) - max) / sum;
                float gradient = probability * targets - labels.getArray().get(t + c);
                gradients.getArray().set(dx + c, gradient / sizes.get(0));
            }
            memory.getArray().set(sizes.get(5) + row, loss);
        }
    }
}
