package dev.squall.op;

/** Sums over all parts of a batch, wherever they are, for norms that are to see the batch as one. Every part asks for the same sums in the same order. */
public interface BatchSums {
    /** The sum of what every part gives here, the same for all; not to be changed. */
    float[] sum(float... mine);

    /** Whether the part that asks now counts; one that does not is there only to keep step with the others. */
    boolean isCounted();

    /** Whether the part that asks now is the one that moves running statistics, of those that share them. */
    boolean movesStatistics();
}
