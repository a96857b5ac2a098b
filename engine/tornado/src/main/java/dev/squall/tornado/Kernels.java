package dev.squall.tornado;

import dev.squall.tornado.kernel.ElementwiseKernels;
import dev.squall.tornado.kernel.GatherKernels;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
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
            ElementwiseKernels.ACTIVATE,
            ElementwiseKernels.ACTIVATE_BACKWARD,
            ElementwiseKernels.CHANNELS,
            ElementwiseKernels.DROPOUT,
            GatherKernels.GATHER,
            GatherKernels.COPY_CHANNELS,
            GatherKernels.ROW_CHANNELS);

    private Kernels() {}

    /** All kernels, {@link MemoryKernels#FILL} first. */
    public static List<Kernel> all() {
        return ALL;
    }
}
