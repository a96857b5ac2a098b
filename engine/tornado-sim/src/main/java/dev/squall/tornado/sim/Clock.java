package dev.squall.tornado.sim;

/**
 * Who is running. Every work-item of every launch has a stamp of its own; the stamps of a launch are one range, so what
 * an earlier launch left in the {@link Races} tables needs no clearing.
 */
final class Clock {

    private int base = 1;
    private int end = 1;

    /** Stamp of the work-item that runs now. */
    int now;

    /** Starts a launch of {@code items} work-items; false when the stamps are used up and {@link #reset} must come first. */
    boolean begin(int items) {
        if (end > Integer.MAX_VALUE - items - 1) {
            return false;
        }
        base = end;
        end = base + items + 1;
        return true;
    }

    void reset() {
        base = 1;
        end = 1;
    }

    void run(int linearItem) {
        now = base + linearItem;
    }

    /** Whether a stamp belongs to this launch. */
    boolean isCurrent(int stamp) {
        return stamp >= base;
    }

    int itemOf(int stamp) {
        return stamp - base;
    }

    /** The stamp that means "several work-items of this launch". */
    int several() {
        return end - 1;
    }
}
