package dev.squall.jvm;

/**
 * What a {@link DenseKernel} does with its sums before it writes them: first it adds what memory holds, then the bias, then it scales what is negative.
 *
 * @param accumulate whether to add what memory holds
 * @param held step from a value of the output to what to add to it: 0 if that is what the output holds
 * @param activates whether to add a bias and to scale
 * @param slope factor for negative values: 1 for no activation, 0 for ReLU
 */
record Ending(boolean accumulate, long held, boolean activates, float slope) {
    /** Writes the sums as they are. */
    static final Ending PLAIN = new Ending(false, 0, false, 1);
}
