package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.Storage;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lets kernels for blocked images work on row-major tensors: those are copied to blocks and the results back. It is
 * meant for {@code [N, C]}, which is small.
 */
public final class Staging implements AutoCloseable {
    private final Workspace workspace;
    private final Deque<Runnable> onClose = new ArrayDeque<>();

    /** A tensor in blocked layout. */
    public record BlockedImages(long address, BlockedLayout layout) {
        /** The first pixel of plane {@code p} = image * blocks + block. */
        public long plane(int p) {
            return address + layout.plane(p);
        }
    }

    public Staging(Workspace workspace) {
        this.workspace = workspace;
    }

    /** The contents of {@code storage}. */
    public BlockedImages in(Storage storage) {
        JvmStorage source = JvmStorage.of(storage);
        if (source.isBlocked()) {
            return new BlockedImages(source.address(), source.layout());
        }
        BlockedImages copy = allocate(source);
        float[] values = new float[source.shape().elements()];
        source.read(values, workspace.pool());
        copy.layout().write(copy.address(), values, workspace.pool());
        return copy;
    }

    /** Where to write the contents of {@code storage}; they arrive there on {@link #close}. */
    public BlockedImages out(Storage storage) {
        JvmStorage target = JvmStorage.of(storage);
        if (target.isBlocked()) {
            return new BlockedImages(target.address(), target.layout());
        }
        BlockedImages copy = allocate(target);
        copy.layout().clearHalo(copy.address());
        onClose.addFirst(() -> {
            float[] values = new float[target.shape().elements()];
            copy.layout().read(copy.address(), values, workspace.pool());
            target.write(values, workspace.pool());
        });
        return copy;
    }

    private BlockedImages allocate(JvmStorage like) {
        BlockedLayout layout = BlockedLayout.of(like.shape());
        Allocator.Block block = workspace.scratch().allocate(layout.bytes());
        onClose.addLast(() -> workspace.scratch().free(block));
        return new BlockedImages(block.address(), layout);
    }

    @Override
    public void close() {
        onClose.forEach(Runnable::run);
    }
}
