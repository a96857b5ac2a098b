package dev.squall.jvm;

/**
 * What a {@link DenseKernel} does with its sums before it writes them: first it adds what memory holds, then it makes 0 of what is negative.
 *
 * @param accumulate whether to add what memory holds
 * @param held step from a value of the output to what to add to it: 0 if that is what the output holds
 * @param rectify whether to apply ReLU, where {@link TileKernels#RECTIFIES}
 */
record Ending(boolean accumulate, long held, boolean rectify) {
    /** Writes the sums as they are. */
    static final Ending PLAIN = new Ending(false, 0, false);
}
