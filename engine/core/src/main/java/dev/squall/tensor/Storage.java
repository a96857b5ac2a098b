package dev.squall.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * A handle into a backend's memory, shared by reference counting: each open {@link Tensor} and each operation that saved it for its
 * backward pass holds one reference, and the memory is freed with the last. Not thread-safe: a storage belongs to the thread that builds
 * and runs the graph.
 *
 * <p>Every write bumps the {@linkplain #version() version}, so that stale tensors are noticed and backends can cache what they derive
 * from the contents, such as packed weights.
 */
public abstract class Storage {
    private final Memory memory;
    private final Shape shape;
    private final Role role;
    private final List<String> savers = new ArrayList<>(2);
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
            freed = true;
            memory.free(this);
        }
    }

    /** Keeps the contents alive and unchanged until {@link #unsave}: operation {@code op} needs them for its backward pass. */
    public final void save(String op) {
        retain();
        savers.add(op);
    }

    /** Ends {@link #save}. */
    public final void unsave(String op) {
        savers.remove(op);
        release();
    }

    /**
     * Announces that operation {@code op} is about to change the contents in place.
     *
     * @throws IllegalStateException if an operation saved the contents for its backward pass; names both operations
     */
    public final void overwrite(String op) {
        if (!savers.isEmpty()) {
            throw new IllegalStateException(op + " would change in place a tensor of shape " + shape + " that "
                    + savers.getLast()
                    + " still needs for its backward pass; run backward first, or use an operation that"
                    + " writes a new tensor");
        }
        version++;
        lastWriter = op;
    }
}
