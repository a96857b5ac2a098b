package dev.squall.backend.meta;

import dev.squall.backend.Backend;
import dev.squall.backend.Convolution;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.MemoryCounter;
import dev.squall.backend.Movement;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import java.util.function.ToLongBiFunction;
import org.jspecify.annotations.Nullable;

/** The backend {@code meta}; see the package documentation. All elements read as 0. */
public final class MetaBackend extends CheckedBackend {
    static final String NAME = "meta";

    private final MemoryCounter memory = new MemoryCounter();
    private final WorkCounter work = new WorkCounter();
    private final ToLongBiFunction<Shape, Role> bytes;
    private final @Nullable HalfFormat activations;

    /** Counts 4 bytes for each element. */
    public static final ToLongBiFunction<Shape, Role> FLOATS = (shape, role) -> (long) Float.BYTES * shape.elements();

    private static final int IMAGE_RANK = 4;

    /** Counts 2 bytes for each element of an image and 4 for any other: mixed precision where images lie in memory as halves from the beginning, so that nothing is packed. */
    public static final ToLongBiFunction<Shape, Role> IMAGES_AS_HALVES =
            (shape, role) -> (long) (role == Role.ACTIVATION && shape.rank() == IMAGE_RANK ? Short.BYTES : Float.BYTES)
                    * shape.elements();

    /** Counts {@link #FLOATS}, in single precision. */
    public MetaBackend() {
        this(FLOATS, null);
    }

    /** Counts what another backend would take. */
    public MetaBackend(Backend other) {
        this(other::bytes, other.packs() ? other.activationFormat() : null);
    }

    /**
     * Counts what {@code bytes} says that a tensor takes.
     *
     * @param activations what images are packed into that wait for a backward pass, or null
     */
    public MetaBackend(ToLongBiFunction<Shape, Role> bytes, @Nullable HalfFormat activations) {
        this.bytes = bytes;
        this.activations = activations;
        serve(new Families(
                work.counting(Elementwise.class),
                work.counting(Reduction.class),
                work.counting(Movement.class),
                work.counting(Matmul.class),
                work.counting(Convolution.class),
                work.counting(Pooling.class),
                work.counting(Normalisation.class),
                work.counting(Loss.class),
                work.counting(Update.class)));
    }

    /** What has been done so far. */
    public Counters counters() {
        return work.counters();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "counts, computes nothing";
    }

    @Override
    public long bytes(Shape shape, Role role) {
        return bytes.applyAsLong(shape, role);
    }

    @Override
    protected Storage make(Shape shape, Role role) {
        MetaStorage storage = new MetaStorage(this, shape, role, bytes.applyAsLong(shape, role));
        memory.add(storage.bytes());
        return storage;
    }

    @Override
    protected void release(Storage storage) {
        memory.remove(storage.heldBytes());
    }

    @Override
    protected void write(float[] values, Storage destination) {
        // There is nowhere to keep them.
    }

    @Override
    protected void read(Storage source, float[] values) {
        Arrays.fill(values, 0f);
    }

    @Override
    protected void set(Storage destination, float value) {
        work.count(0, destination.bytes());
    }

    @Override
    protected void add(Storage addend, Storage destination) {
        work.count(0, addend.bytes() + 2 * destination.bytes());
    }

    @Override
    public @Nullable HalfFormat activationFormat() {
        return activations;
    }

    @Override
    protected void roundTo(HalfFormat format, Storage storage) {
        work.count(0, 2 * storage.bytes());
    }

    @Override
    protected void packAs(HalfFormat format, Storage storage) {
        convert(storage.bytes(), Storage.packedBytes(storage.bytes()));
    }

    @Override
    protected void unpackFrom(HalfFormat format, Storage storage) {
        convert(Storage.packedBytes(storage.bytes()), storage.bytes());
    }

    /** For a moment both are there. */
    private void convert(long from, long to) {
        work.count(0, from + to);
        memory.add(to);
        memory.remove(from);
    }

    @Override
    public long liveBytes() {
        return memory.live();
    }

    @Override
    public long peakBytes() {
        return memory.peak();
    }

    @Override
    public void resetPeak() {
        memory.resetPeak();
    }

    @Override
    protected void shutDown() {
        // Nothing was allocated.
    }
}
