package dev.squall.backend;

/** The mask of dropout, as a function of the seed and the row-major index: the same on every backend. */
public final class DropoutMask {
    private DropoutMask() {}

    /** Folds a seed to the 32 bits that {@link #uniform} takes. */
    public static int fold(long seed) {
        return (int) (seed ^ (seed >>> 32)) * 0x85EBCA6B + 0x27D4EB2F;
    }

    /**
     * A number in [0, 1) with 24 random bits for element {@code i}; the element is dropped when it is below p. A finaliser of the
     * "lowbias32" family (Wellons, "Prospecting for Hash Functions").
     */
    public static float uniform(int foldedSeed, int i) {
        int x = i * 0x9E3779B9 + foldedSeed;
        x ^= x >>> 16;
        x *= 0x7FEB352D;
        x ^= x >>> 15;
        x *= 0x846CA68B;
        x ^= x >>> 16;
        return (x >>> 8) * 0x1p-24f;
    }
}
