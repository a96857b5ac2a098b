package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Depthwise convolutions: each channel is convolved by itself, with a window of its own.
 *
 * <pre>
 *   y[pixel][c] = f( bias[c] + residual[pixel][c] + the sum over taps of x[pixel at the tap][c] * w[tap][c] )
 * </pre>
 *
 * Nothing is summed over channels, so eight channels are simply the eight lanes of a vector, and no factor is spread. Weights are packed as
 * {@code [tap][C8]}.
 */
public final class DepthwiseKernels {
    private DepthwiseKernels() {}

    public static final Kernel WEIGHT_GRADIENT = Kernel.plane(
                    "weightGradientDepthwise",
                    "weight gradient of a depthwise convolution, partial sums",
                    DepthwiseKernels.class,
                    16,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            DepthwiseKernels::weightGradientDepthwise,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.memory(),
                            a.sizes()))
            .on(Kernel.Target.PROCESSORS);

    /**
     * One work-item computes 8 channels for one tap, over a range of rows: see {@link WeightGradientKernels}, whose sizes these are. Neighbours
     * read neighbouring channels of the same pixels.
     */
    public static void weightGradientDepthwise(
            KernelContext context, VectorFloat8 input, VectorFloat8 gradients, VectorFloat8 memory, IntArray sizes) {
        int tile = context.globalIdx;
        int range = context.globalIdy;
        if (tile < sizes.get(WeightGradientKernels.TILES) && range < sizes.get(WeightGradientKernels.RANGES)) {
            int vectors = sizes.get(WeightGradientKernels.DY_VECTORS);
            int vector = tile % vectors;
            int tap = tile / vectors;
            Float8 sum = Float8s.splat(0f);
            int rowShift =
                    tap / sizes.get(WeightGradientKernels.KERNEL_WIDTH) * sizes.get(WeightGradientKernels.ROW_DILATION)
                            - sizes.get(WeightGradientKernels.ROW_PADDING);
            int columnShift = tap
                            % sizes.get(WeightGradientKernels.KERNEL_WIDTH)
                            * sizes.get(WeightGradientKernels.COLUMN_DILATION)
                    - sizes.get(WeightGradientKernels.COLUMN_PADDING);
            int stride = sizes.get(WeightGradientKernels.COLUMN_STRIDE);
            int from = WeightGradientKernels.firstColumn(columnShift, stride);
            int to = Math.min(
                    sizes.get(WeightGradientKernels.DY_WIDTH),
                    WeightGradientKernels.firstColumn(columnShift - sizes.get(WeightGradientKernels.X_WIDTH), stride));
            int height = sizes.get(WeightGradientKernels.DY_HEIGHT);
            int lastLine = Math.min(
                    sizes.get(WeightGradientKernels.LINES),
                    (range + 1) * sizes.get(WeightGradientKernels.LINES_OF_RANGE));
            for (int line = range * sizes.get(WeightGradientKernels.LINES_OF_RANGE); line < lastLine; line++) {
                int row = line % height * sizes.get(WeightGradientKernels.ROW_STRIDE) + rowShift;
                int lineOfX = (line / height * sizes.get(WeightGradientKernels.X_HEIGHT) + row)
                                * sizes.get(WeightGradientKernels.X_WIDTH)
                        + columnShift;
                if (row >= 0 && row < sizes.get(WeightGradientKernels.X_HEIGHT)) {
                    for (int j = from; j < to; j++) {
                        int x = sizes.get(WeightGradientKernels.X) + (lineOfX + j * stride) * vectors + vector;
                        int dy = sizes.get(WeightGradientKernels.DY)
                                + (line * sizes.get(WeightGradientKernels.DY_WIDTH) + j) * vectors
                                + vector;
                        sum = Float8.add(sum, Float8.mult(gradients.get(dy), input.get(x)));
                    }
                }
            }
            memory.set(
                    sizes.get(WeightGradientKernels.PARTIAL)
                            + range * sizes.get(WeightGradientKernels.PARTIAL_VECTORS)
                            + tile,
                    sum);
        }
    }
}
