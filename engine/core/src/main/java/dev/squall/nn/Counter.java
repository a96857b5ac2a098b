package dev.squall.nn;

/** A whole number that is part of a module's state, such as {@code num_batches_tracked}; stored as int64. */
public final class Counter {
    private long value;

    Counter() {}

    /** The value. */
    public long get() {
        return value;
    }

    /** Replaces the value. */
    public void set(long value) {
        this.value = value;
    }

    /** Adds one. */
    public void increment() {
        value++;
    }
}
