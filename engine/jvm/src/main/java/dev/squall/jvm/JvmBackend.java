package dev.squall.jvm;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.checked.CheckedBackend;
import dev.squall.backend.checked.Families;
import dev.squall.error.Plural;
import dev.squall.jvm.layout.JvmStorage;
import dev.squall.jvm.layout.Spans;
import dev.squall.jvm.loop.HalfKernels;
import dev.squall.jvm.runtime.Allocator;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.runtime.WorkerPool;
import dev.squall.jvm.runtime.Workspace;
import dev.squall.tensor.HalfFormat;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** The pure-JVM backend; see the package documentation. */
public final class JvmBackend extends CheckedBackend {
    private final BackendOptions options;
    private final Allocator allocator;
    /** For what is derived, such as packed weights and copies with a wider halo: not counted as the tensors' memory. */
    private final Allocator scratch;

    private final WorkerPool pool;
    private final JvmElementwise elementwise;

    /** A backend with {@code options.threads()} threads (0: one per processor) and at most {@code options.memoryBytes()} for tensors. */
    public JvmBackend(BackendOptions options) {
        this(options, new Allocator(options.memoryBytes()), new Allocator(0));
    }

    JvmBackend(BackendOptions options, Allocator allocator, Allocator scratch) {
        this.options = options;
        this.allocator = allocator;
        this.scratch = scratch;
        pool = new WorkerPool(
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors());
        Workspace workspace = new Workspace(pool, scratch);
        elementwise = new JvmElementwise(workspace);
        serve(new Families(
                elementwise,
                new JvmReduction(workspace),
                new JvmMovement(workspace),
                new JvmMatmul(workspace, options.precision()),
                new JvmConvolution(workspace, options.precision()),
                new JvmPooling(workspace),
                new JvmNormalisation(workspace),
                new JvmLoss(),
                new JvmUpdate(workspace)));
    }

    Allocator scratch() {
        return scratch;
    }

    @Override
    public String name() {
        return "jvm";
    }

    @Override
    public String description() {
        return Plural.of(pool.threads(), "thread") + ", " + Lanes.COUNT * Float.SIZE
                + "-bit vectors, " + (options.precision() == Precision.ACCURATE ? "accurate" : "fast")
                + " convolutions" + (activationFormat() == null ? "" : ", activations in " + activationFormat());
    }

    @Override
    public String arithmetic() {
        return name() + " with " + Lanes.COUNT * Float.SIZE + "-bit vectors";
    }

    @Override
    public long bytes(Shape shape, Role role) {
        return JvmStorage.bytes(shape, role);
    }

    @Override
    protected Storage make(Shape shape, Role role) {
        return new JvmStorage(this, allocator, shape, role);
    }

    @Override
    protected void release(Storage storage) {
        JvmStorage s = JvmStorage.of(storage);
        s.beginWrite();
        allocator.free(s.block());
    }

    @Override
    protected void write(float[] values, Storage destination) {
        JvmStorage.of(destination).write(values, pool);
    }

    @Override
    protected void write(FloatBuffer values, Storage destination) {
        JvmStorage to = JvmStorage.of(destination);
        if (to.isBlocked() || values.order() != Lanes.ORDER) {
            super.write(values, destination);
            return;
        }
        Lanes.write(to.address(), values);
    }

    @Override
    protected void read(Storage source, float[] values) {
        JvmStorage.of(source).read(values, pool);
    }

    @Override
    protected void set(Storage destination, float value) {
        elementwise.fill(value, destination);
    }

    @Override
    protected void add(Storage addend, Storage destination) {
        elementwise.accumulate(addend, destination);
    }

    @Override
    public @Nullable HalfFormat activationFormat() {
        return options.precision().activations();
    }

    @Override
    protected void roundTo(HalfFormat format, Storage storage) {
        JvmStorage s = JvmStorage.of(storage);
        long x = s.address();
        Spans.of(s).forEach(pool, 2, (at, bytes) -> HalfKernels.round(format, x + at, bytes));
    }

    @Override
    protected void packAs(HalfFormat format, Storage storage) {
        JvmStorage s = JvmStorage.of(storage);
        Allocator.Block halves = allocator.allocate(Storage.packedBytes(s.bytes()));
        long x = s.address();
        long half = s.bytes() / 2;
        Spans.contiguous(half)
                .forEach(
                        pool,
                        3,
                        (at, bytes) -> HalfKernels.pack(
                                format, x + at, x + half + at, halves.address() + at, inside(bytes, at, half)));
        allocator.free(s.moveTo(halves));
    }

    @Override
    protected void unpackFrom(HalfFormat format, Storage storage) {
        JvmStorage s = JvmStorage.of(storage);
        // All of it is written, halo and padding included.
        Allocator.Block floats = allocator.allocate(s.bytes(), s.isBlocked() ? s.layout() : null);
        long x = floats.address();
        long half = s.bytes() / 2;
        Spans.contiguous(half)
                .forEach(
                        pool,
                        3,
                        (at, bytes) -> HalfKernels.unpack(
                                format, s.address() + at, x + at, x + half + at, inside(bytes, at, half)));
        allocator.free(s.moveTo(floats));
    }

    /** A span's bytes without those beyond the end, for which no half of a storage has room. */
    private static int inside(int bytes, long at, long end) {
        return (int) Math.min(bytes, end - at);
    }

    @Override
    public long liveBytes() {
        return allocator.liveBytes();
    }

    @Override
    public long peakBytes() {
        return allocator.peakBytes();
    }

    @Override
    public void resetPeak() {
        allocator.resetPeak();
    }

    @Override
    protected void shutDown() {
        pool.close();
        allocator.close();
        scratch.close();
    }
}
