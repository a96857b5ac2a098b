package dev.squall.tornado.sim;

import org.jspecify.annotations.Nullable;

/** A kernel did something that a real device punishes with wrong results, a hang or a crash, mostly in silence. */
public final class KernelFault extends RuntimeException {

    /** What the simulator finds. */
    public enum Kind {
        /** An index past the end of an array in global or local memory. */
        OUT_OF_BOUNDS,
        /** A negative index, which is nearly always an int computation that wrapped around. */
        INDEX_OVERFLOW,
        /** Two work-items of one launch touch the same element of global memory, and at least one writes it. */
        GLOBAL_RACE,
        /** Two work-items of a group touch the same element of local memory with no barrier in between. */
        LOCAL_RACE,
        /** A read of local memory that no work-item of the group has written. */
        UNWRITTEN_LOCAL,
        /** A barrier that not every work-item of the group reaches. */
        BARRIER_DIVERGENCE,
        /** The kernel threw an exception, for instance by dividing an int by zero. */
        EXCEPTION,
        /** Java that TornadoVM's compiler rejects, or turns into something else. */
        UNSUPPORTED,
        /** The launch itself is wrong: no grid, a grid the groups do not divide, memory that is not on the device. */
        LAUNCH
    }

    private final Kind kind;
    private final String kernel;
    private final int @Nullable [] workItem;
    private final @Nullable StackTraceElement location;

    KernelFault(
            Kind kind,
            String kernel,
            int @Nullable [] workItem,
            @Nullable StackTraceElement location,
            String message,
            @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.kernel = kernel;
        this.workItem = workItem;
        this.location = location;
    }

    static KernelFault launch(String kernel, String message) {
        return new KernelFault(Kind.LAUNCH, kernel, null, null, "Kernel " + kernel + ": " + message, null);
    }

    public Kind kind() {
        return kind;
    }

    /** {@code Class.method} of the kernel. */
    public String kernel() {
        return kernel;
    }

    /** Global x, y, z of the work-item, or null where the fault belongs to the whole launch. */
    public int @Nullable [] workItem() {
        return workItem == null ? null : workItem.clone();
    }

    /** The source line that did it, in the kernel or in a method it calls. */
    public @Nullable StackTraceElement location() {
        return location;
    }
}
