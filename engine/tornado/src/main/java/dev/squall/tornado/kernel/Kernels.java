package dev.squall.tornado.kernel;

import java.util.List;

/** Every kernel of the backend. */
public final class Kernels {
    private static final List<Kernel> ALL = List.of(
            MemoryKernels.FILL,
            MemoryKernels.UPLOAD,
            MemoryKernels.DOWNLOAD,
            ElementwiseKernels.SCALE,
            ElementwiseKernels.SCALE_BY,
            ElementwiseKernels.BROADCAST,
            ElementwiseKernels.AXPBY,
            ElementwiseKernels.MULTIPLY,
            ElementwiseKernels.ADD_RELU,
            ElementwiseKernels.EXCITE_ADD_RELU,
            ElementwiseKernels.RECTIFY,
            ElementwiseKernels.RECTIFY_LEAKY,
            ElementwiseKernels.RECTIFY_BACKWARD,
            ElementwiseKernels.ACTIVATE,
            ElementwiseKernels.ACTIVATE_BACKWARD,
            FunctionKernels.APPLY,
            FunctionKernels.APPLY_BACKWARD,
            ElementwiseKernels.CHANNELS,
            ElementwiseKernels.DROPOUT,
            GatherKernels.GATHER,
            GatherKernels.COPY_CHANNELS,
            GatherKernels.ROW_CHANNELS,
            ReductionKernels.CHANNEL_PARTIALS,
            ReductionKernels.CHANNEL_TOTALS,
            ReductionKernels.PARTIALS,
            ReductionKernels.TOTAL,
            NormalisationKernels.APPLY,
            NormalisationKernels.BACKWARD_PARTIALS,
            NormalisationKernels.BACKWARD_TOTALS,
            NormalisationKernels.BACKWARD_INPUT,
            PoolingKernels.BLUR,
            PoolingKernels.BLUR_BACKWARD,
            PoolingKernels.SPACE_TO_DEPTH,
            PoolingKernels.DEPTH_TO_SPACE,
            PoolingKernels.SPREAD,
            PoolingKernels.AVERAGE,
            PoolingKernels.AVERAGE_BACKWARD,
            PoolingKernels.MAX,
            PoolingKernels.MAX_BACKWARD,
            LossKernels.SOFTMAX,
            LossKernels.SOFTMAX_BACKWARD,
            LossKernels.CROSS_ENTROPY,
            UpdateKernels.SGD,
            UpdateKernels.ADAM,
            UpdateKernels.INTERPOLATE,
            PanelKernels.PACK,
            PanelKernels.SUM,
            MatmulKernels.REGISTERS,
            MatmulKernels.LOCAL,
            ConvolutionKernels.REGISTERS,
            ConvolutionKernels.LOCAL,
            DepthwiseKernels.CONVOLVE,
            DepthwiseKernels.WEIGHT_GRADIENT,
            DepthwiseRowKernels.CONVOLVE_3X3,
            DepthwiseRowKernels.CONVOLVE,
            DepthwiseRowKernels.WEIGHT_GRADIENT,
            GroupKernels.CONVOLVE,
            GroupKernels.WEIGHT_GRADIENT,
            WeightGradientKernels.REGISTERS,
            WeightGradientKernels.LOCAL);

    private Kernels() {}

    /** All kernels, {@link MemoryKernels#FILL} first. */
    public static List<Kernel> all() {
        return ALL;
    }
}
