package dev.squall.jvm;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.Convolution;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.Normalisation;
import dev.squall.backend.Pooling;
import dev.squall.backend.Reduction;
import dev.squall.backend.Update;
import dev.squall.tensor.Role;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.nio.FloatBuffer;

/** The pure-JVM backend; see the package documentation. */
public final class JvmBackend implements Backend {
    private final BackendOptions options;
    private final Allocator allocator;
    /** For what is derived, such as packed weights and copies with a wider halo: not counted as the tensors' memory. */
    private final Allocator scratch = new Allocator(0);

    private final WorkerPool pool;
    private final JvmMatmul matmul = new JvmMatmul(this);
    private final JvmConvolution convolution;
    private final JvmElementwise elementwise = new JvmElementwise(this);
    private final JvmReduction reduction = new JvmReduction(this);
    private final JvmPooling pooling = new JvmPooling(this);
    private final JvmNormalisation normalisation = new JvmNormalisation(this);
    private final JvmLoss loss = new JvmLoss();
    private final JvmUpdate update = new JvmUpdate(this);

    /** A backend with {@code options.threads()} threads (0: one per processor) and at most {@code options.memoryBytes()} for tensors. */
    public JvmBackend(BackendOptions options) {
        this.options = options;
        convolution = new JvmConvolution(this, options.precision());
        allocator = new Allocator(options.memoryBytes());
        pool = new WorkerPool(
                options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors());
    }

    Allocator allocator() {
        return allocator;
    }

    Allocator scratch() {
        return scratch;
    }

    WorkerPool pool() {
        return pool;
    }

    @Override
    public String name() {
        return "jvm";
    }

    @Override
    public String description() {
        return pool.threads() + (pool.threads() == 1 ? " thread, " : " threads, ") + Lanes.COUNT * Float.SIZE
                + "-bit vectors, " + (options.precision() == BackendOptions.Precision.FAST ? "fast" : "accurate")
                + " convolutions";
    }

    @Override
    public Storage allocate(Shape shape, Role role) {
        return new JvmStorage(this, shape, role);
    }

    @Override
    public void free(Storage storage) {
        JvmStorage s = JvmStorage.of(storage);
        s.invalidate();
        allocator.free(s.block());
    }

    @Override
    public void upload(float[] values, Storage destination) {
        JvmStorage to = JvmStorage.of(destination);
        to.invalidate();
        if (to.isBlocked()) {
            to.layout().write(to.address(), values, pool);
        } else {
            Lanes.write(to.address(), values, to.shape().elements());
        }
    }

    @Override
    public void upload(FloatBuffer values, Storage destination) {
        JvmStorage to = JvmStorage.of(destination);
        if (to.isBlocked() || values.order() != Lanes.ORDER) {
            Backend.super.upload(values, destination);
            return;
        }
        to.invalidate();
        Lanes.write(to.address(), values);
    }

    @Override
    public void download(Storage source, float[] values) {
        JvmStorage from = JvmStorage.of(source);
        if (from.isBlocked()) {
            from.layout().read(from.address(), values, pool);
        } else {
            Lanes.read(from.address(), values, from.shape().elements());
        }
    }

    @Override
    public void fill(Storage destination, float value) {
        elementwise.fill(value, destination);
    }

    @Override
    public void accumulate(Storage addend, Storage destination) {
        elementwise.accumulate(addend, destination);
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
        pool.close();
        allocator.close();
        scratch.close();
    }
}
