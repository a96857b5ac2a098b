package dev.squall.jvm.layout;

/** Weights in the order in which a kernel reads them, in memory of their own. */
public interface PackedWeights {
    /** Gives the memory back. */
    void free();
}
