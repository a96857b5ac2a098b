package dev.squall.tornado;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.tornado.device.Launcher;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The TornadoVM backend in the simulator, with all detectors on, or on a device if the JVM was started with TornadoVM. */
public final class Simulated {
    private static final long ARENA_BYTES = 64L << 20;

    private static @Nullable TornadoVmBackend severalArenas;

    private Simulated() {}

    /** With the kernels for GPUs or with those for processors. */
    public static TornadoVmBackend backend(boolean isGpu) {
        return new TornadoVmBackend(
                BackendOptions.DEFAULT.withPrecision(Precision.ACCURATE).withMemoryBytes(ARENA_BYTES), isGpu);
    }

    /** With the kernels for GPUs in mixed precision. */
    public static TornadoVmBackend mixed() {
        return new TornadoVmBackend(
                BackendOptions.DEFAULT.withPrecision(Precision.MIXED).withMemoryBytes(ARENA_BYTES), true);
    }

    /** The names of the kernels that a backend has launched. */
    public static Set<String> launchedKernels(TornadoVmBackend backend) {
        return backend.launcher().device().launchesByKernel().keySet();
    }

    /** The names of those that it has launched with images of halves. */
    public static Set<String> launchedWithHalves(TornadoVmBackend backend) {
        return backend.launcher().device().launchedWithHalves();
    }

    /** With the kernels for GPUs and four arenas, that activations go to in turn: one for all tests. */
    public static synchronized TornadoVmBackend severalArenas() {
        if (severalArenas == null) {
            severalArenas = inArenas(ARENA_BYTES, 4);
        }
        return severalArenas;
    }

    /** With the kernels for GPUs, and {@code memory} bytes in so many arenas. */
    static TornadoVmBackend inArenas(long memory, int arenas) {
        return inArenas(BackendOptions.DEFAULT.withPrecision(Precision.ACCURATE).withMemoryBytes(memory), arenas);
    }

    /** The same with other options. */
    static TornadoVmBackend inArenas(BackendOptions options, int arenas) {
        System.setProperty(Launcher.ARENA_BYTES, Long.toString(options.memoryBytes() / arenas));
        try {
            return new TornadoVmBackend(options, true);
        } finally {
            System.clearProperty(Launcher.ARENA_BYTES);
        }
    }
}
