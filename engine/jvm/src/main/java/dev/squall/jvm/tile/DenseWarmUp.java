package dev.squall.jvm.tile;

import dev.squall.backend.Activation;
import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import java.lang.foreign.Arena;

/** Has a new {@link DenseKernel} compiled before it is used. */
final class DenseWarmUp {
    /** Enough for the compiler to take a kernel, with the thresholds of {@code java.options}. */
    private static final int WARMING_RUNS = 20;

    /** Input channels of the only tap. */
    private static final int DEPTH = BlockedLayout.BLOCK;

    /** All that a kernel may have to do: the compiler leaves out what it has not seen, and would have to begin anew when it is asked for. */
    private static final FusedEpilogue[] WARMING = {
        FusedEpilogue.NONE,
        FusedEpilogue.of(true, 0, Activation.RELU),
        FusedEpilogue.of(false, 0, Activation.RELU),
        FusedEpilogue.of(true, 0, Activation.IDENTITY),
        FusedEpilogue.of(false, 0, Activation.leakyRelu(0.5f))
    };

    private DenseWarmUp() {}

    /**
     * Runs a new kernel on short sums until it is compiled. Left to its first long one, the interpreter would be caught inside of a loop, and the
     * compiler would make a version to take over there, which is slow: it keeps vectors as objects.
     */
    static void run(DenseKernel kernel, int positions, int inStep, int outStep) {
        try (Arena arena = Arena.ofConfined()) {
            long weightBytes = 2L * DEPTH * Lanes.BYTES;
            long outBytes = (long) positions * outStep + Lanes.BYTES;
            long inBytes = (long) positions * inStep + (long) DEPTH * Float.BYTES;
            long memory = arena.allocate(weightBytes + 2 * outBytes + inBytes, Lanes.BYTES)
                    .address();
            long out = memory + weightBytes;
            long in = out + 2 * outBytes;
            int half = TileSizes.half(positions);
            for (int i = 0; i < WARMING_RUNS; i++) {
                kernel.run(
                        in,
                        in + (long) half * inStep,
                        new long[1],
                        1,
                        DEPTH,
                        memory,
                        out,
                        out + (long) half * outStep,
                        outBytes,
                        WARMING[i % WARMING.length],
                        DenseKernel.NO_BIAS,
                        inStep,
                        outStep,
                        memory);
            }
        }
    }
}
