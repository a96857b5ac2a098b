package dev.squall.tornado;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;

/** The TornadoVM backend in the simulator, with all detectors on, or on a device if the JVM was started with TornadoVM. */
public final class Simulated {
    private static final long ARENA_BYTES = 64L << 20;

    private Simulated() {}

    /** With the kernels for GPUs or with those for processors. */
    public static TornadoVmBackend backend(boolean isGpu) {
        return new TornadoVmBackend(
                BackendOptions.DEFAULT.withPrecision(Precision.ACCURATE).withMemoryBytes(ARENA_BYTES), isGpu);
    }
}
