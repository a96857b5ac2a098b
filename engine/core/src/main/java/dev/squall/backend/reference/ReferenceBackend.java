package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.MemoryCounter;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The backend {@code reference}; see the package documentation. */
public final class ReferenceBackend extends CheckedBackend {
    static final String NAME = "reference";

    private final MemoryCounter memory = new MemoryCounter();
    private final @Nullable HalfFormat activations;

    /** A backend in the Java heap. */
    public ReferenceBackend() {
        this(null);
    }

    /** One that keeps images in {@code activations}, if that is not null. */
    public ReferenceBackend(@Nullable HalfFormat activations) {
        this.activations = activations;
        serve(new Families(
                new ReferenceElementwise(),
                new ReferenceReduction(),
                new ReferenceMovement(),
                new ReferenceMatmul(),
                new ReferenceConvolution(),
                new ReferencePooling(),
                new ReferenceNormalisation(),
                new ReferenceLoss(),
                new ReferenceUpdate()));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "plain loops in double precision";
    }

    @Override
    protected Storage make(Shape shape, Role role) {
        try {
            ArrayStorage storage = new ArrayStorage(this, shape, role);
            memory.add(storage.bytes());
            return storage;
        } catch (OutOfMemoryError e) {
            throw new IllegalStateException(
                    "the Java heap of " + Runtime.getRuntime().maxMemory() + " bytes, of which tensors hold "
                            + memory.live() + ", has no room for another of shape " + shape
                            + "; raise it with -Xmx, or use a smaller batch",
                    e);
        }
    }

    @Override
    protected void release(Storage storage) {
        memory.remove(storage.heldBytes());
        ((ArrayStorage) storage).drop();
    }

    @Override
    protected void write(float[] values, Storage destination) {
        System.arraycopy(values, 0, values(destination), 0, values.length);
    }

    @Override
    protected void read(Storage source, float[] values) {
        System.arraycopy(values(source), 0, values, 0, values.length);
    }

    @Override
    protected void set(Storage destination, float value) {
        Arrays.fill(values(destination), value);
    }

    @Override
    protected void add(Storage addend, Storage destination) {
        float[] from = values(addend);
        float[] to = values(destination);
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
    }

    @Override
    public @Nullable HalfFormat activationFormat() {
        return activations;
    }

    @Override
    protected void roundTo(HalfFormat format, Storage storage) {
        float[] values = values(storage);
        for (int i = 0; i < values.length; i++) {
            values[i] = format.round(values[i]);
        }
    }

    @Override
    protected void packAs(HalfFormat format, Storage storage) {
        memory.add(Storage.packedBytes(storage.bytes()));
        ((ArrayStorage) storage).pack(format);
        memory.remove(storage.bytes());
    }

    @Override
    protected void unpackFrom(HalfFormat format, Storage storage) {
        memory.add(storage.bytes());
        ((ArrayStorage) storage).unpack(format);
        memory.remove(Storage.packedBytes(storage.bytes()));
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
        // The garbage collector takes the arrays.
    }
}
