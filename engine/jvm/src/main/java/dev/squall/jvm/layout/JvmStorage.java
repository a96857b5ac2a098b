package dev.squall.jvm.layout;

import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.tensor.Memory;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's memory: blocked images, or row-major values.
 *
 * <p>Row-major values are followed by room up to the next multiple of a vector, with unspecified content: an elementwise loop may
 * run over it, a sum may not.
 */
public final class JvmStorage extends Storage {
    private final Allocator.Block block;
    private final @Nullable BlockedLayout layout;
    private final Map<Object, PackedWeights> packed = new HashMap<>();
    private final Set<Request> asked = new HashSet<>();
    private int packedVersion;
    private boolean packedTransposed;
    /** Whether the contents have changed after they had been packed, or are going to. */
    private boolean hasChanged;

    private record Request(Object key, boolean transposed) {}

    public JvmStorage(Memory memory, Allocator allocator, Shape shape, Role role) {
        super(memory, shape, role);
        layout = role == Role.ACTIVATION && shape.rank() == 4 ? BlockedLayout.of(shape) : null;
        block = allocator.allocate(bytes(), layout);
        // Nobody writes a halo, so that of the last tensor of this layout is still zero.
        if (layout != null && !block.isUsedAgain()) {
            layout.clearHalo(block.address());
        }
    }

    public static JvmStorage of(Storage storage) {
        return (JvmStorage) storage;
    }

    /** The address of the first byte, 64-byte aligned. */
    public long address() {
        return block.address();
    }

    public Allocator.Block block() {
        return block;
    }

    /** Whether it holds blocked images; else its values are row-major without gaps. */
    public boolean isBlocked() {
        return layout != null;
    }

    /** The layout of blocked images. */
    public BlockedLayout layout() {
        if (layout == null) {
            throw new IllegalArgumentException(
                    "images [N, C, H, W] that are an activation are needed, got " + role() + " " + shape());
        }
        return layout;
    }

    @Override
    public long bytes() {
        return layout == null ? Math.ceilDiv(shape().elements(), 16) * 64L : layout.bytes();
    }

    /** Replaces the contents by row-major values. */
    public void write(float[] values, WorkerPool pool) {
        invalidate();
        if (layout != null) {
            layout.write(address(), values, pool);
        } else {
            Lanes.write(address(), values, shape().elements());
        }
    }

    /** Copies the contents, row-major. */
    public void read(float[] values, WorkerPool pool) {
        if (layout != null) {
            layout.read(address(), values, pool);
        } else {
            Lanes.read(address(), values, shape().elements());
        }
    }

    /** Sets the room behind row-major values to zero, so that sums may run over it. */
    public void clearTail() {
        if (layout == null) {
            long end = (long) shape().elements() * Float.BYTES;
            Lanes.zero(address() + end, bytes() - end);
        }
    }

    /**
     * What {@code pack} made of the current contents. It is kept, until they change or are asked for transposed differently, which a training
     * step does once and which together would take several times the room of the weights. Contents that have changed before are
     * likely to change again before they are asked for a second time: then the first answer is not kept, so that
     * all weights of a training step are packed into the same little memory, near to the processor. The caller
     * hands it back to {@link #release}.
     */
    public PackedWeights packed(Object key, boolean transposed, Supplier<PackedWeights> pack) {
        if (packedVersion != version()) {
            invalidate();
            packedVersion = version();
        } else if (packedTransposed != transposed) {
            freePacked();
        }
        packedTransposed = transposed;
        PackedWeights kept = packed.get(key);
        if (kept != null) {
            return kept;
        }
        PackedWeights made = pack.get();
        boolean isFirst = asked.add(new Request(key, transposed));
        if (!isFirst || !hasChanged) {
            packed.put(key, made);
        }
        return made;
    }

    /** Says that the contents are those of a training, which change with every step, so that the first step too keeps nothing packed. */
    public void expectChange() {
        hasChanged = true;
    }

    /** Ends the use of what {@link #packed} returned. */
    public void release(PackedWeights used) {
        if (!packed.containsValue(used)) {
            used.free();
        }
    }

    /** Drops what was made of the contents, which change. Writes that {@link #version()} does not count call it. */
    public void invalidate() {
        hasChanged |= !asked.isEmpty();
        asked.clear();
        freePacked();
    }

    private void freePacked() {
        packed.values().forEach(PackedWeights::free);
        packed.clear();
    }
}
