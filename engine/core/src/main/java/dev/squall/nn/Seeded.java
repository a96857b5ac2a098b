package dev.squall.nn;

/** A module whose forward pass draws random numbers, such as {@link Dropout}. */
public interface Seeded {
    /** Decides everything random until the next call. */
    void seed(long seed);
}
