package dev.squall.jvm.tile;

/**
 * What a {@link DenseKernel} does with its sums before it writes them: first it adds what memory holds, then it applies ReLU or leaky ReLU.
 *
 * @param accumulate whether to add what memory holds
 * @param held step from a value of the output to what to add to it: 0 if that is what the output holds
 * @param rectify whether to apply ReLU
 * @param slope what leaky ReLU multiplies negative values with, where {@link TileSizes#LEAKS}; 1 for no leaky ReLU
 */
public record Ending(boolean accumulate, long held, boolean rectify, float slope) {
    Ending(boolean accumulate, long held, boolean rectify) {
        this(accumulate, held, rectify, 1);
    }

    /** Writes the sums as they are. */
    public static final Ending PLAIN = new Ending(false, 0, false);
}
