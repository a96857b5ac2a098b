package dev.squall.backend.meta;

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
import java.util.function.ToLongBiFunction;

/** The backend {@code meta}; see the package documentation. All elements read as 0. */
public final class MetaBackend implements Backend {
    static final String NAME = "meta";

    private final MemoryCounter memory = new MemoryCounter();
    private final WorkCounter work = new WorkCounter();
    private final Elementwise elementwise = work.counting(Elementwise.class);
    private final Reduction reduction = work.counting(Reduction.class);
    private final Matmul matmul = work.counting(Matmul.class);
    private final Convolution convolution = work.counting(Convolution.class);
    private final Pooling pooling = work.counting(Pooling.class);
    private final Normalisation normalisation = work.counting(Normalisation.class);
    private final Loss loss = work.counting(Loss.class);
    private final Update update = work.counting(Update.class);

    private final ToLongBiFunction<Shape, Role> bytes;

    /** Counts 4 bytes for each element. */
    public MetaBackend() {
        this((shape, role) -> (long) Float.BYTES * shape.elements());
    }

    /** Counts what another backend would take, such as {@code jvm::bytes}. */
    public MetaBackend(ToLongBiFunction<Shape, Role> bytes) {
        this.bytes = bytes;
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
    public Storage allocate(Shape shape, Role role) {
        MetaStorage storage = new MetaStorage(this, shape, role, bytes.applyAsLong(shape, role));
        memory.add(storage.bytes());
        return storage;
    }

    @Override
    public void free(Storage storage) {
        memory.remove(storage.bytes());
    }

    @Override
    public void upload(float[] values, Storage destination) {
        // There is nowhere to keep them.
    }

    @Override
    public void download(Storage source, float[] values) {
        Arrays.fill(values, 0f);
    }

    @Override
    public void fill(Storage destination, float value) {
        work.count(0, destination.bytes());
    }

    @Override
    public void accumulate(Storage addend, Storage destination) {
        work.count(0, addend.bytes() + 2 * destination.bytes());
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
        // Nothing was allocated.
    }
}
