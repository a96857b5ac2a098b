package dev.squall.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frees the tensors made while it is open, unless they are {@linkplain #keep kept}. Scopes nest, per thread:
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *     Tensor loss = crossEntropy(network.forward(images), targets);
 *     Autograd.backward(loss);
 *     optimizer.step();
 * }
 * }</pre>
 *
 * What an operation saved for its backward pass outlives an inner scope, so a block of a network can drop its own handles early; the
 * backward pass frees it as soon as it has used it, and the outermost scope drops whatever graph is left.
 */
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();

    private final @Nullable Scope parent;
    private final Scope outermost;
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<GradientNode> nodes = new ArrayList<>();
    private volatile boolean closed;

    private Scope(@Nullable Scope parent) {
        this.parent = parent;
        outermost = parent == null ? this : parent.outermost;
    }

    /** Opens a scope inside the current one, on this thread. */
    public static Scope open() {
        Scope scope = new Scope(CURRENT.get());
        CURRENT.set(scope);
        return scope;
    }

    /**
     * Runs {@code body} on this thread, which has no scope open, inside this scope of another one. Both threads, and others that do the same, take turns:
     * only one of them computes at a time, and each has seen what those before it did.
     */
    public void inside(Runnable body) {
        if (CURRENT.get() != null) {
            throw new IllegalStateException("a thread that has a scope open cannot enter that of another thread");
        }
        CURRENT.set(this);
        try {
            body.run();
        } finally {
            CURRENT.remove();
        }
    }

    /** Whether this thread has a scope open. */
    public static boolean isOpen() {
        return CURRENT.get() != null;
    }

    /** The outermost scope that this thread has open. */
    public static @Nullable Scope outermost() {
        Scope scope = CURRENT.get();
        return scope == null ? null : scope.outermost;
    }

    /** Whether it has been closed; any thread may ask. */
    public boolean isClosed() {
        return closed;
    }

    /** Hands {@code tensor}, made in this scope, over to the enclosing one (or to nobody, if there is none), and returns it. */
    public Tensor keep(Tensor tensor) {
        for (int i = tensors.size() - 1; i >= 0; i--) {
            if (tensors.get(i) == tensor) {
                tensors.remove(i);
                if (parent != null) {
                    parent.tensors.add(tensor);
                }
                break;
            }
        }
        return tensor;
    }

    static void adopt(Tensor tensor) {
        Scope scope = CURRENT.get();
        if (scope != null) {
            scope.tensors.add(tensor);
        }
    }

    /** Lets the outermost scope discard {@code node} in the end. For the autograd package. */
    public static void adopt(GradientNode node) {
        Scope scope = CURRENT.get();
        if (scope != null) {
            scope.outermost.nodes.add(node);
        }
    }

    /** Frees what was made in this scope and not kept. */
    @Override
    public void close() {
        if (CURRENT.get() != this) {
            throw new IllegalStateException(
                    "scopes must be closed in the reverse order of opening, on their own thread");
        }
        CURRENT.set(parent);
        nodes.forEach(GradientNode::discard);
        tensors.forEach(Tensor::close);
        closed = true;
    }
}
