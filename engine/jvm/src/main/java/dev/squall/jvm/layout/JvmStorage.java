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
 * <p>Row-major values are followed by room up to the next multiple of 64 bytes, so that a loop over elements needs no rest of less than a vector. What
 * is in that room has no meaning: a loop over elements may pass over it, a sum must not.
 */
public final class JvmStorage extends Storage {
    private Allocator.Block block;
    private final @Nullable BlockedLayout layout;
    private final Map<Object, PackedWeights> packed = new HashMap<>();
    private final Set<Request> asked = new HashSet<>();
    private boolean packedTransposed;
    /** Whether the contents have changed after they had been packed, or will change soon, as weights do in training. */
    private boolean hasChanged;
    /** See {@link #planeSums}. */
    private double @Nullable [] planeSums;

    private record Request(Object key, boolean transposed) {}

    public JvmStorage(Memory memory, Allocator allocator, Shape shape, Role role) {
        super(memory, shape, role);
        layout = role == Role.ACTIVATION && shape.rank() == 4 ? BlockedLayout.of(shape) : null;
        block = allocator.allocate(bytes(), layout);
        // Nobody writes into a halo. Where the memory last held a tensor of this layout, the halo is zero already.
        if (layout != null && !block.isUsedAgain()) {
            layout.clearHalo(block.address());
        }
    }

    /** What such a storage takes of the memory: halo, missing channels of the last block, and rounding up included. */
    public static long bytes(Shape shape, Role role) {
        boolean blocked = role == Role.ACTIVATION && shape.rank() == 4;
        return Allocator.roundUp(blocked ? BlockedLayout.of(shape).bytes() : (long) Float.BYTES * shape.elements());
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

    /**
     * Says that the contents lie in another block now.
     *
     * @return the one where they were, which is the caller's to free
     */
    public Allocator.Block moveTo(Allocator.Block other) {
        Allocator.Block before = block;
        block = other;
        planeSums = null;
        return before;
    }

    /** Sets the room behind row-major values to zero, so that sums may run over it. */
    public void clearTail() {
        if (layout == null) {
            long end = (long) shape().elements() * Float.BYTES;
            Lanes.zero(address() + end, bytes() - end);
        }
    }

    /**
     * What {@code pack} made of the current contents; the caller hands it back to {@link #release}.
     *
     * <p>It is kept until the contents change or are asked for with the other value of {@code transposed}. A training step asks for both, once each,
     * and to keep both would take several times the room of the weights. Contents that have changed before are likely to change again before they
     * are asked for a second time, so then the first answer is not kept: all weights of a training step are packed into the same little memory,
     * which stays near to the processor.
     *
     * @param key says how they are packed
     * @param transposed whether inputs and outputs have changed places
     */
    public PackedWeights packed(Object key, boolean transposed, Supplier<PackedWeights> pack) {
        if (packedTransposed != transposed) {
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

    /** Says that these are weights in training, which change with every step: so the first step, too, keeps nothing packed. */
    public void expectChange() {
        hasChanged = true;
    }

    /**
     * The sum of each plane of images, [images, blocks, 16], where whoever wrote them gathered it; null where nobody did, or the contents have changed
     * since.
     */
    public double @Nullable [] planeSums() {
        return planeSums;
    }

    /** Keeps the sums of the planes until the contents change. */
    public void keepPlaneSums(double[] sums) {
        planeSums = sums;
    }

    /** Ends the use of what {@link #packed} returned. */
    public void release(PackedWeights used) {
        if (!packed.containsValue(used)) {
            used.free();
        }
    }

    @Override
    protected void contentsChange() {
        hasChanged |= !asked.isEmpty();
        asked.clear();
        freePacked();
        planeSums = null;
    }

    private void freePacked() {
        packed.values().forEach(PackedWeights::free);
        packed.clear();
    }
}
