package dev.squall.backend;

/** Keeps the books of a backend's memory: bytes live now, and the most there have been. */
public final class MemoryCounter {
    private long live;
    private long peak;

    /** Counts an allocation. */
    public void add(long bytes) {
        live += bytes;
        peak = Math.max(peak, live);
    }

    /** Counts a release. */
    public void remove(long bytes) {
        live -= bytes;
    }

    /** Bytes now allocated. */
    public long live() {
        return live;
    }

    /** The largest {@link #live()} since {@link #resetPeak()}. */
    public long peak() {
        return peak;
    }

    /** Measures the peak anew, from what is live now. */
    public void resetPeak() {
        peak = live;
    }
}
