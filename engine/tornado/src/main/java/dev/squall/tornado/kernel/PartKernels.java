package dev.squall.tornado.kernel;

import dev.squall.tornado.kernel.Kernel.Extra;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** Adds up the parts of a matrix product or convolution whose sum was cut into several, on GPUs. */
public final class PartKernels {
    private PartKernels() {}

    public static final Kernel SUM = Kernel.line(
                    "sumParts",
                    "adds the parts of a product or convolution in fixed order: for GPUs",
                    PartKernels.class,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            PartKernels::sumParts,
                            a.context(),
                            a.memory(),
                            a.operand(0),
                            a.operand(1),
                            a.sizes(),
                            a.settings()),
                    Extra.SETTINGS)
            .on(Kernel.Target.GPUS)
            .images(0, 1);

    /**
     * result[i] = f( the sum over parts p of part[p][i] + bias + residual[i] ); one work-item computes one float.
     *
     * <p>Sizes: 0 floats of the result, 1 result, 2 first part, 3 parts, 4 floats of a pixel, 5 channels of a pixel, those beyond become zeros, 6 bias or -1, 7 residual
     * or -1, 8 the function, a code of {@link ActivationKernels}, 9 floats from a part to the next. Settings: 0 the slope.
     */
    public static void sumParts(
            KernelContext context,
            VectorFloat8 memory,
            VectorFloat8 residuals,
            VectorFloat8 out,
            IntArray sizes,
            FloatArray settings) {
        int i = context.globalIdx;
        int all = sizes.get(0);
        if (i < all) {
            FloatArray floats = memory.getArray();
            int channels = sizes.get(5);
            int channel = i % sizes.get(4);
            int residual = sizes.get(7) * 8 + i;
            if (sizes.get(7) < 0) {
                residual = 0;
            }
            float sum = floats.get(biasAt(sizes.get(6) * 8, channel, channels))
                    + residuals.getArray().get(residual);
            int part = sizes.get(2) * 8 + i;
            for (int p = 0; p < sizes.get(3); p++) {
                sum = sum + floats.get(part + p * sizes.get(9));
            }
            float value = 0f;
            if (channel < channels) {
                value = activate(sum, sizes.get(8), settings.get(0));
            }
            out.getArray().set(sizes.get(1) * 8 + i, value);
        }
    }

    /** Where a channel's bias lies; the arena's first float, a zero for ever, if there is none. */
    static int biasAt(int bias, int channel, int channels) {
        int result = bias + channel;
        if (bias < 0 || channel >= channels) {
            result = 0;
        }
        return result;
    }

    /** f(x): what {@link ActivationKernels} does to eight lanes, for one. */
    static float activate(float x, int function, float slope) {
        return ActivationKernels.activate(Float8s.splat(x), function, slope).getS0();
    }
}
