package dev.squall.jvm.runtime;

import dev.squall.backend.DeviceMemoryException;
import dev.squall.backend.HostMemory;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap memory of one backend, in 64-byte aligned blocks of unspecified content.
 *
 * <p>A freed block is kept and handed out again, because the page faults of fresh memory cost more than most kernels. Sizes
 * are rounded up to an eighth of a power of two, so a block that returns fits the next request of about its size. The C heap is
 * used rather than an arena: an arena clears what it hands out, and counts against {@code -XX:MaxDirectMemorySize}. On Linux the system is
 * asked for pages of 2 MiB, which fault and miss in the TLB less often.
 *
 * <p>Blocks are kept for as long as there is memory: before more is taken from a system that has little left, all of them go back. A program that
 * runs many networks, or one at many sizes, would otherwise keep blocks of every size it ever needed, and Linux kills a process that takes too much
 * instead of refusing.
 */
public class Allocator implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long PAGE = 4096;
    private static final long HUGE_PAGE = 2 << 20;
    private static final long SMALLEST = 256;

    /** What should be left to the system where it has so much, for the Java heap and for others. */
    private static final long RESERVE = 256 << 20;

    private static final MethodHandle MALLOC =
            function("malloc", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
    private static final @Nullable MethodHandle MADVISE = System.getProperty("os.name")
                    .equals("Linux")
            ? function(
                    "madvise",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))
            : null;

    /** Linux's MADV_HUGEPAGE. */
    private static final int HUGE_PAGES_WANTED = 14;

    /** Kept blocks by capacity. */
    private final Map<Long, ArrayDeque<Block>> kept = new HashMap<>();

    private final long limit;
    private final LongSupplier available;

    /** What may be taken from the system before it is asked again how much it has. */
    private long unasked;

    private long liveBytes;
    private boolean closed;
    private long peakBytes;
    private long keptBytes;
    private long blocksMade;

    /** A piece of memory. */
    public static final class Block {
        private final long address;
        private final long capacity;
        /** What the C heap returned. */
        private final long base;

        private @Nullable Object use;
        private boolean isUsedAgain;

        Block(long address, long capacity, long base) {
            this.address = address;
            this.capacity = capacity;
            this.base = base;
        }

        /** Its first byte, 64-byte aligned. */
        public long address() {
            return address;
        }

        /** What the system gave. */
        long base() {
            return base;
        }

        /** Bytes usable from there. */
        long capacity() {
            return capacity;
        }

        /** Whether the memory was used for the same purpose before, and holds what that left. */
        public boolean isUsedAgain() {
            return isUsedAgain;
        }

        private void useFor(@Nullable Object purpose) {
            isUsedAgain = purpose != null && purpose.equals(use);
            use = purpose;
        }
    }

    /**
     * @param limit the most bytes to hand out; 0 for no limit but the system's
     */
    public Allocator(long limit) {
        this(limit, () -> HostMemory.available().bytes());
    }

    /**
     * @param available tells how many bytes the system has left for this process
     */
    Allocator(long limit, LongSupplier available) {
        this.limit = limit;
        this.available = available;
    }

    /**
     * A block of at least {@code bytes} bytes; its content is whatever was there.
     *
     * @throws DeviceMemoryException if the limit, or the system's memory, is exhausted
     */
    public Block allocate(long bytes) {
        return allocate(bytes, null);
    }

    /** The same, and one that {@linkplain Block#isUsedAgain is used again} for {@code purpose} if there is any. */
    public synchronized Block allocate(long bytes, @Nullable Object purpose) {
        if (bytes < 0) {
            throw new IllegalArgumentException(
                    "a block needs a size of 0 bytes or more, but " + bytes + " were asked for");
        }
        long capacity = capacity(bytes);
        if (limit > 0 && liveBytes + capacity > limit) {
            throw DeviceMemoryException.ofHost(capacity, liveBytes, limit);
        }
        Block block = takeKept(capacity, purpose);
        if (block == null) {
            block = make(capacity);
        } else {
            keptBytes -= capacity;
        }
        block.useFor(purpose);
        liveBytes += capacity;
        peakBytes = Math.max(peakBytes, liveBytes);
        return block;
    }

    private @Nullable Block takeKept(long capacity, @Nullable Object purpose) {
        ArrayDeque<Block> blocks = kept.get(capacity);
        if (blocks == null) {
            return null;
        }
        for (Iterator<Block> latestFirst = blocks.descendingIterator(); purpose != null && latestFirst.hasNext(); ) {
            Block block = latestFirst.next();
            if (purpose.equals(block.use)) {
                latestFirst.remove();
                return block;
            }
        }
        return blocks.pollLast();
    }

    /** Takes a block back; nothing may touch its memory after this. */
    public synchronized void free(Block block) {
        liveBytes -= block.capacity;
        if (closed) {
            release(block);
            return;
        }
        keptBytes += block.capacity;
        kept.computeIfAbsent(block.capacity, c -> new ArrayDeque<>()).addLast(block);
    }

    /** Bytes handed out and not yet freed. */
    public synchronized long liveBytes() {
        return liveBytes;
    }

    /** The largest {@link #liveBytes()} since the last {@link #resetPeak()}. */
    public synchronized long peakBytes() {
        return peakBytes;
    }

    public synchronized void resetPeak() {
        peakBytes = liveBytes;
    }

    /** Bytes of freed blocks kept for the next request. */
    synchronized long keptBytes() {
        return keptBytes;
    }

    /** Returns the freed blocks to the operating system. */
    synchronized void trim() {
        kept.values().forEach(blocks -> blocks.forEach(this::release));
        kept.clear();
        keptBytes = 0;
    }

    /** Returns the freed blocks to the operating system; blocks still in use stay valid until they are freed. */
    @Override
    public synchronized void close() {
        closed = true;
        trim();
    }

    /** The size of a block for {@code bytes}. A test allocates no byte more, to find who writes there. */
    long capacity(long bytes) {
        return roundUp(bytes);
    }

    /** Gives back what is kept, if the system has hardly {@code wanted} bytes left. */
    private void leaveRoomFor(long wanted) {
        unasked -= wanted;
        if (unasked >= 0 || keptBytes == 0) {
            return;
        }
        long left = available.getAsLong() - wanted;
        if (left < Math.min(RESERVE, liveBytes / 2)) {
            trim();
        }
        // To ask takes as long as a small kernel; others take memory too meanwhile.
        unasked = left / 8;
    }

    /** Takes memory from the system. */
    Block make(long capacity) {
        leaveRoomFor(capacity);
        // Large blocks start at different offsets inside a page: equal ones would share cache sets and 4 KiB aliases.
        long stagger = capacity >= PAGE ? (blocksMade++ * 5 % (PAGE / ALIGNMENT)) * ALIGNMENT : 0;
        long wanted = capacity + stagger + ALIGNMENT;
        long base = malloc(wanted);
        if (base == 0) {
            trim();
            base = malloc(wanted);
        }
        if (base == 0) {
            throw DeviceMemoryException.ofHost(
                    capacity, liveBytes, liveBytes + HostMemory.available().bytes());
        }
        wantHugePages(base, wanted);
        long address = (base + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + stagger;
        return new Block(address, capacity, base);
    }

    public static long roundUp(long bytes) {
        long size = Math.max(bytes, SMALLEST);
        long step = Math.max(ALIGNMENT, Long.highestOneBit(size) / 8);
        return (size + step - 1) / step * step;
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        MemorySegment address = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new IllegalStateException("the C library of this system has no function " + name));
        return linker.downcallHandle(address, descriptor);
    }

    private static long malloc(long bytes) {
        try {
            return (long) MALLOC.invokeExact(bytes);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc could not be called", e);
        }
    }

    private static void wantHugePages(long base, long bytes) {
        if (MADVISE == null || bytes < HUGE_PAGE) {
            return;
        }
        long firstPage = (base + PAGE - 1) / PAGE * PAGE;
        try {
            // It is advice: memory is as good where the system declines.
            int ignored = (int) MADVISE.invokeExact(firstPage, base + bytes - firstPage, HUGE_PAGES_WANTED);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise could not be called", e);
        }
    }

    /** Gives memory back to the system. */
    void release(Block block) {
        try {
            FREE.invokeExact(block.base);
        } catch (Throwable e) {
            throw new IllegalStateException("free could not be called", e);
        }
    }
}
