package dev.squall.jvm.tile;

/** A {@link DenseKernel} of two vectors that has memory brought near while it sums, see {@link Prefetches}. */
public interface PrefetchingKernel {
    /** @param ahead the first of as many cache lines as there are channels in all taps; the other parameters are those of {@link DenseKernel#run} */
    void run(
            long in,
            long inSecond,
            long[] taps,
            int tapCount,
            int depth,
            long weights,
            long out,
            long outSecond,
            long outVector,
            FusedEpilogue epilogue,
            long bias,
            long inStep,
            long outStep,
            long ahead);
}
