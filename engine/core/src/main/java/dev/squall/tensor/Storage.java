package dev.squall.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A handle into a backend's memory, shared by reference counting: each open {@link Tensor} and each operation that saved it for its
 * backward pass holds one reference, and the memory is freed with the last. Not thread-safe: a storage belongs to the thread that builds
 * and runs the graph.
 *
 * <p>Every write bumps the {@linkplain #version() version}, so that stale tensors are noticed.
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

    /** Physical size in bytes, padding included. */
    public abstract long bytes();

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

    /**
     * Announces that a primitive writes the contents. A storage that keeps what was made of them, such as packed weights, overrides it and drops
     * that. For backends, whose checks call it before each write.
     */
    public void contentsChange() {}

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
