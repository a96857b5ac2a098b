package dev.squall.tornado;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.List;

/** Every kernel of the backend. */
public final class Kernels {
    private static final List<Kernel> ALL = List.of(MemoryKernels.FILL, MemoryKernels.UPLOAD, MemoryKernels.DOWNLOAD);

    private Kernels() {}

    /** All kernels, {@link MemoryKernels#FILL} first. */
    public static List<Kernel> all() {
        return ALL;
    }
}
