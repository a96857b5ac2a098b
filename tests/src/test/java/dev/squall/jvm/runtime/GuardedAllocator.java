package dev.squall.jvm.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory in which mistakes show at once: every block ends or begins at a page that may not be touched, is no byte longer than asked for, is filled
 * with NaN, and goes back to the system when it is freed, so that a late access crashes too.
 */
public final class GuardedAllocator extends Allocator {
    private static final long PAGE = 4096;
    private static final int NO_ACCESS = 0;
    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE_AND_ANONYMOUS = 0x22;
    private static final MethodHandle MMAP = function(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = function(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP = function(
            "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private long made;

    /** Without a limit. */
    public GuardedAllocator() {
        super(0);
        // A closed allocator keeps no block.
        close();
    }

    @Override
    long capacity(long bytes) {
        return Math.max(64, Math.ceilDiv(bytes, 64) * 64);
    }

    @Override
    Block make(long capacity) {
        long inside = Math.ceilDiv(capacity, PAGE) * PAGE;
        try {
            long base = (long) MMAP.invokeExact(0L, inside + 2 * PAGE, NO_ACCESS, PRIVATE_AND_ANONYMOUS, -1, 0L);
            int result = (int) MPROTECT.invokeExact(base + PAGE, inside, READ_AND_WRITE);
            if (base == -1 || result != 0) {
                throw new IllegalStateException("the system gives no memory between guard pages");
            }
            MemorySegment.ofAddress(base + PAGE)
                    .reinterpret(inside, Arena.global(), null)
                    .fill((byte) 0xFF);
            // By turns at the end and at the beginning.
            long address = base + PAGE + (made++ % 2 == 0 ? inside - capacity : 0);
            return new Block(address, capacity, base);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void release(Block block) {
        try {
            int result = (int) MUNMAP.invokeExact(block.base(), Math.ceilDiv(block.capacity(), PAGE) * PAGE + 2 * PAGE);
            if (result != 0) {
                throw new IllegalStateException("memory between guard pages could not be given back");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }
}
