package dev.squall.tornado.device;

import dev.squall.backend.DeviceMemoryException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out ranges of the arena, first fit by address, and joins free neighbours again. Works on vector indices (eight floats, 32 bytes), so every
 * range is aligned for vector access.
 */
public final class ArenaAllocator {
    /** Floats of a vector. */
    public static final int LANES = 8;

    public static final int VECTOR_BYTES = LANES * Float.BYTES;

    private final int capacity;
    private final TreeMap<Integer, Integer> free = new TreeMap<>();
    private Runnable reclaim = () -> {};
    private long live;
    private long peak;

    /** An allocator for vectors {@code reserved} to {@code capacity - 1}. */
    public ArenaAllocator(int reserved, int capacity) {
        this.capacity = capacity;
        free.put(reserved, capacity - reserved);
    }

    /** How many vectors the arena has. */
    public int capacity() {
        return capacity;
    }

    /** What to do before memory is refused: it may release some. */
    public void reclaim(Runnable action) {
        reclaim = action;
    }

    /**
     * The first vector of a free range of {@code wanted} vectors.
     *
     * @throws DeviceMemoryException if no free range is long enough
     */
    public synchronized int allocate(long wanted) {
        if (wanted > capacity) {
            throw new DeviceMemoryException(wanted * VECTOR_BYTES, liveBytes(), bytes(capacity));
        }
        int vectors = (int) wanted;
        int start = firstFit(vectors);
        if (start < 0) {
            reclaim.run();
            start = firstFit(vectors);
        }
        if (start < 0) {
            throw new DeviceMemoryException(bytes(vectors), liveBytes(), bytes(capacity));
        }
        return start;
    }

    private int firstFit(int vectors) {
        for (Map.Entry<Integer, Integer> range : free.entrySet()) {
            if (range.getValue() >= vectors) {
                int start = range.getKey();
                int rest = range.getValue() - vectors;
                free.remove(start);
                if (rest > 0) {
                    free.put(start + vectors, rest);
                }
                live += vectors;
                peak = Math.max(peak, live);
                return start;
            }
        }
        return -1;
    }

    /** Takes back the range of {@code vectors} vectors that starts at {@code start}. */
    public synchronized void release(int start, int vectors) {
        live -= vectors;
        Map.Entry<Integer, Integer> before = free.lowerEntry(start);
        if (before != null && before.getKey() + before.getValue() == start) {
            start = before.getKey();
            vectors += before.getValue();
        }
        Integer after = free.remove(start + vectors);
        free.put(start, after == null ? vectors : vectors + after);
    }

    public synchronized long liveBytes() {
        return live * VECTOR_BYTES;
    }

    public synchronized long peakBytes() {
        return peak * VECTOR_BYTES;
    }

    public synchronized void resetPeak() {
        peak = live;
    }

    private static long bytes(int vectors) {
        return (long) vectors * VECTOR_BYTES;
    }
}
