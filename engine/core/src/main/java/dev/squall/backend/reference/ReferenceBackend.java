package dev.squall.backend.reference;

import static dev.squall.backend.reference.ArrayStorage.values;

import dev.squall.backend.Backend;
import dev.squall.backend.Convolution;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.MemoryCounter;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.util.Arrays;

/** The backend {@code reference}; see the package documentation. */
public final class ReferenceBackend implements Backend {
    static final String NAME = "reference";

    private final MemoryCounter memory = new MemoryCounter();
    private final Elementwise elementwise = new ReferenceElementwise();
    private final Reduction reduction = new ReferenceReduction();
    private final Matmul matmul = new ReferenceMatmul();
    private final Convolution convolution = new ReferenceConvolution();
    private final Pooling pooling = new ReferencePooling();
    private final Normalisation normalisation = new ReferenceNormalisation();
    private final Loss loss = new ReferenceLoss();
    private final Update update = new ReferenceUpdate();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "plain loops in double precision";
    }

    @Override
    public Storage allocate(Shape shape, Role role) {
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
    public void free(Storage storage) {
        memory.remove(storage.bytes());
        ((ArrayStorage) storage).drop();
    }

    @Override
    public void upload(float[] values, Storage destination) {
        System.arraycopy(values, 0, values(destination), 0, values.length);
    }

    @Override
    public void download(Storage source, float[] values) {
        System.arraycopy(values(source), 0, values, 0, values.length);
    }

    @Override
    public void fill(Storage destination, float value) {
        Arrays.fill(values(destination), value);
    }

    @Override
    public void accumulate(Storage addend, Storage destination) {
        float[] from = values(addend);
        float[] to = values(destination);
        for (int i = 0; i < to.length; i++) {
            to[i] += from[i];
        }
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
    public Elementwise elementwise() {
        return elementwise;
    }

    @Override
    public Reduction reduction() {
        return reduction;
    }

    @Override
    public Matmul matmul() {
        return matmul;
    }

    @Override
    public Convolution convolution() {
        return convolution;
    }

    @Override
    public Pooling pooling() {
        return pooling;
    }

    @Override
    public Normalisation normalisation() {
        return normalisation;
    }

    @Override
    public Loss loss() {
        return loss;
    }

    @Override
    public Update update() {
        return update;
    }

    @Override
    public void close() {
        // The garbage collector takes the arrays.
    }
}
