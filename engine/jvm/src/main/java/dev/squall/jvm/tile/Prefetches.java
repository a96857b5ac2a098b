package dev.squall.jvm.tile;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Memory that kernels are to bring near while they sum, so that nobody waits for it later: what a processor reads ahead by itself stays far behind where
 * several runs through memory are short.
 *
 * <p>Java has no instruction for this, and a load will not do, since the processor holds everything behind it until it has its value. So kernels store a
 * vector under a mask without lanes. That writes nothing and cannot fail, wherever it points, but the processor fetches the line that would be written,
 * and goes on meanwhile. One such store for each step of a sum hides most of what it takes to read memory; many at once fill the queue of stores, which
 * takes longer than it saves. So was it measured on a Zen 4. The masks are those of AVX-512: with AVX2 such a store is slow.
 */
public final class Prefetches {
    /** Whether there are such stores. */
    public static final boolean ARE_POSSIBLE = Lanes.COUNT == BlockedLayout.BLOCK;

    /** What {@link #next} returns when nothing is left. */
    public static final long NONE = 0;

    private record Stretch(long address, long bytes) {}

    private final Deque<Stretch> stretches = new ArrayDeque<>();
    private long next;
    private long end;

    /** Adds memory behind all that is left. */
    public void add(long address, long bytes) {
        stretches.add(new Stretch(address, bytes));
    }

    /** Forgets what is left. */
    public void clear() {
        stretches.clear();
        next = end;
    }

    /** Where a kernel begins to fetch that brings {@code lines} cache lines near, or {@link #NONE}. */
    public long next(int lines) {
        if (next >= end) {
            Stretch stretch = stretches.poll();
            if (stretch == null) {
                return NONE;
            }
            next = stretch.address;
            end = next + stretch.bytes;
        }
        long piece = next;
        next += (long) lines * BlockedLayout.PIXEL_BYTES;
        return piece;
    }
}
