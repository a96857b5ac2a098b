package dev.squall.jvm;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/** The {@link DenseKernel}s of a tile, each made when it is first needed. */
final class DenseKernels {
    /** Enough for the compiler to take a kernel, with the thresholds of {@code java.options}. */
    private static final int WARMING_RUNS = 20;

    /** Address of two vectors of zeros: no bias. */
    static final long ZEROS =
            Arena.global().allocate(2L * Lanes.BYTES, Lanes.BYTES).address();

    /** All that a kernel may have to do. */
    private static final Ending[] WARMING = {
        Ending.PLAIN,
        new Ending(true, 0, true),
        new Ending(false, 0, true),
        new Ending(true, 0, false),
        new Ending(false, 0, false, 0.5f)
    };

    private final int positions;
    private final int inStep;
    private final int outStep;
    private final @Nullable DenseKernel[] kernels = new DenseKernel[2];

    /** See {@link TileKernels#dense}. */
    DenseKernels(int positions, int inStep, int outStep) {
        this.positions = positions;
        this.inStep = inStep;
        this.outStep = outStep;
    }

    /** How many positions the tile has. */
    int positions() {
        return positions;
    }

    /** Bytes from a position to the next in the input. */
    int inStep() {
        return inStep;
    }

    /** The same in the output. */
    int outStep() {
        return outStep;
    }

    /**
     * The kernel for {@code vectors} vectors of output channels, 1 or 2.
     */
    DenseKernel of(int vectors) {
        int index = vectors - 1;
        DenseKernel kernel = kernels[index];
        if (kernel == null) {
            // Threads that meet here get the same one.
            kernel = TileKernels.dense(positions, vectors, inStep, outStep);
            kernels[index] = kernel;
        }
        return kernel;
    }

    /**
     * Runs a new kernel on short sums until it is compiled. Left to its first long one, the interpreter would be caught inside of a loop, and the
     * compiler would make a version to take over there, which is slow: it keeps vectors as objects.
     */
    static void warm(DenseKernel kernel, int positions, int inStep, int outStep) {
        try (Arena arena = Arena.ofConfined()) {
            int depth = BlockedLayout.BLOCK;
            long weightBytes = 2L * depth * Lanes.BYTES;
            long outBytes = (long) positions * outStep + Lanes.BYTES;
            long inBytes = (long) positions * inStep + (long) depth * Float.BYTES;
            long memory = arena.allocate(weightBytes + 2 * outBytes + inBytes, Lanes.BYTES)
                    .address();
            long out = memory + weightBytes;
            long in = out + 2 * outBytes;
            int half = TileKernels.half(positions);
            for (int i = 0; i < WARMING_RUNS; i++) {
                kernel.run(
                        in,
                        in + (long) half * inStep,
                        new long[1],
                        1,
                        depth,
                        memory,
                        out,
                        out + (long) half * outStep,
                        outBytes,
                        WARMING[i % WARMING.length],
                        ZEROS,
                        inStep,
                        outStep);
            }
        }
    }
}
