package dev.squall.backend.meta;

import java.util.function.IntToLongFunction;

/** Finds how many images fit a device, without the device. */
public final class LargestBatch {
    private LargestBatch() {}

    /**
     * The largest batch from 1 to {@code limit} whose peak memory is at most {@code memoryBytes}; 0 if not even one image fits.
     *
     * @param peakBytes from a batch size to the {@linkplain MetaBackend#peakBytes() peak} of a run with it; must not fall as the batch grows
     */
    public static int fitting(long memoryBytes, int limit, IntToLongFunction peakBytes) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit for a batch must be at least 1, got " + limit);
        }
        int fits = 0;
        int tooLarge = limit + 1;
        for (int batch = 1; tooLarge - fits > 1; batch = next(fits, tooLarge, limit)) {
            if (peakBytes.applyAsLong(batch) <= memoryBytes) {
                fits = batch;
            } else {
                tooLarge = batch;
            }
        }
        return fits;
    }

    /** Doubles until something does not fit, then bisects: no batch much larger than the answer is ever tried. */
    private static int next(int fits, int tooLarge, int limit) {
        return tooLarge > limit ? Math.min(2 * fits, limit) : fits + (tooLarge - fits) / 2;
    }
}
