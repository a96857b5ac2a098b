package dev.squall.jvm;

/** Weights in the order in which a kernel reads them, in memory of their own. */
interface PackedWeights {
    /** Gives the memory back. */
    void free();
}
