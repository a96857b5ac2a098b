package dev.squall.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A handle into a backend's memory, shared by reference counting: each open {@link Tensor} and each operation that saved it for its
 * backward pass holds one reference, and the memory is freed with the last. Not thread-safe: a storage belongs to the thread that builds
 * and runs the graph.
 *
 * <p>Every write bumps the {@linkplain #version() version}, so that stale tensors are noticed.
 *
 * <p>Contents that have been {@linkplain Memory#round rounded} to a format of 16 bits are {@linkplain Memory#pack packed} into half of the memory when the last
 * tensor has been closed and only operations hold them for their backward passes.
 */
public abstract class Storage {
    private final Memory memory;
    private final Shape shape;
    private final Role role;
    private final List<Saved> savers = new ArrayList<>(2);
    private int references;
    private int version;
    private boolean freed;
    private String lastWriter = "";
    private @Nullable HalfFormat format;
    private boolean packed;

    protected Storage(Memory memory, Shape shape, Role role) {
        this.memory = memory;
        this.shape = shape;
        this.role = role;
    }

    /** The memory (the backend) that this storage lies in. */
    public final Memory memory() {
        return memory;
    }

    /** The logical shape. */
    public final Shape shape() {
        return shape;
    }

    /** What it was allocated for. */
    public final Role role() {
        return role;
    }

    /** Physical size in bytes, padding included, while it is not packed. */
    public abstract long bytes();

    /** What it takes of the memory now. */
    public final long heldBytes() {
        return packed ? packedBytes(bytes()) : bytes();
    }

    /** What {@code bytes} bytes of floats take when they are packed. */
    public static long packedBytes(long bytes) {
        return Math.ceilDiv(bytes, 2);
    }

    /** The format that its contents have been rounded to and not changed since; null for none. */
    public final @Nullable HalfFormat format() {
        return format;
    }

    /** Whether its contents are packed: whoever reads or writes them calls {@link Memory#unpack} first. */
    public final boolean isPacked() {
        return packed;
    }

    /** Notes what was done to the contents. For the memory, when it has rounded, packed or unpacked them. */
    public final void keeps(@Nullable HalfFormat valuesOf, boolean inHalfTheMemory) {
        format = valuesOf;
        packed = inHalfTheMemory;
    }

    /** Counts the writes after the first; see {@link #overwrite}. */
    public final int version() {
        return version;
    }

    /** The operation that overwrote it last, or the empty string. */
    final String lastWriter() {
        return lastWriter;
    }

    /** Whether the memory has been given back. */
    public final boolean isFreed() {
        return freed;
    }

    /** Whether exactly one reference is left, so that its owner may write into it unseen. */
    public final boolean isExclusive() {
        return references == 1;
    }

    final void retain() {
        if (freed) {
            throw new IllegalStateException("a tensor of shape " + shape + " was used after its scope had freed it");
        }
        references++;
    }

    final void release() {
        if (--references == 0) {
            memory.free(this);
            freed = true;
        } else if (format != null && !packed && references == savers.size()) {
            memory.pack(this);
        }
    }

    /**
     * Notes that the memory is being given back. For the memory itself, which calls it first thing in {@link Memory#free}.
     *
     * @throws IllegalStateException if a tensor or an operation still holds it, or it has been freed before
     */
    public final void markFreed() {
        if (freed || references > 0) {
            throw new IllegalStateException("a storage of shape " + shape
                    + (freed ? " was freed twice" : " cannot be freed while a tensor holds it; close the tensor"));
        }
        freed = true;
    }

    /** Keeps the contents alive and unchanged until the result is released: operation {@code op} needs them for its backward pass. */
    public final Saved save(String op) {
        retain();
        Saved saved = new Saved(this, op);
        savers.add(saved);
        return saved;
    }

    final void permitChange(Saved saved) {
        savers.remove(saved);
    }

    /**
     * Requires that nobody needs the contents, which {@code op} is about to change.
     *
     * @throws IllegalStateException if an operation saved the contents for its backward pass; names both operations
     */
    public final void requireNotSaved(String op) {
        if (!savers.isEmpty()) {
            throw new IllegalStateException(op + " would change in place a tensor of shape " + shape + " that "
                    + savers.getLast().op()
                    + " still needs for its backward pass; run backward first, or use an operation that"
                    + " writes a new tensor");
        }
    }

    /** Whether an operation needs the contents for its backward pass. */
    public final boolean isSaved() {
        return !savers.isEmpty();
    }

    /** Announces that a primitive writes the contents. For backends, whose checks call it before each write. */
    public final void beginWrite() {
        format = null;
        contentsChange();
    }

    /** The contents change: a storage that keeps what was made of them, such as packed weights, overrides it and drops that. */
    protected void contentsChange() {}

    /**
     * Announces that operation {@code op} is about to change the contents in place.
     *
     * @throws IllegalStateException if an operation saved the contents for its backward pass; names both operations
     */
    public final void overwrite(String op) {
        requireNotSaved(op);
        version++;
        lastWriter = op;
    }
}
