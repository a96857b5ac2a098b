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

/** The pure-JVM backend; see the package documentation. */
public final class JvmBackend implements Backend {
    private final BackendOptions options;
    private final Allocator allocator;
    /** For what is derived, such as packed weights and copies with a wider halo: not counted as the tensors' memory. */
    private final Allocator scratch = new Allocator(0);

    private final WorkerPool pool;
    private final JvmMatmul matmul = new JvmMatmul(this);
    private final JvmConvolution convolution = new JvmConvolution(this);

    /** A backend with {@code options.threads()} threads (0: one per processor) and at most {@code options.memoryBytes()} for tensors. */
    public JvmBackend(BackendOptions options) {
        this.options = options;
        allocator = new Allocator(options.memoryBytes());
        pool = new WorkerPool(options.threads() > 0 ? options.threads() : Runtime.getRuntime().availableProcessors());
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
        return pool.threads() + (pool.threads() == 1 ? " thread, " : " threads, ") + Lanes.COUNT * Float.SIZE + "-bit vectors, "
                + (options.precision() == BackendOptions.Precision.FAST ? "fast" : "accurate") + " convolutions";
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
        JvmStorage to = JvmStorage.of(destination);
        to.invalidate();
        if (to.isBlocked()) {
            to.layout().fill(to.address(), value);
        } else {
            for (long at = 0; at < to.bytes(); at += Lanes.BYTES) {
                Lanes.store(to.address() + at, Lanes.broadcast(value));
            }
        }
    }

    @Override
    public void accumulate(Storage addend, Storage destination) {
        JvmStorage from = JvmStorage.of(addend);
        JvmStorage to = JvmStorage.of(destination);
        to.invalidate();
        if (from.isBlocked() == to.isBlocked()) {
            int chunk = 1 << 16;
            pool.forEach((int) Math.ceilDiv(to.bytes(), chunk), i -> {
                long start = (long) i * chunk;
                Lanes.add(from.address() + start, to.address() + start, Math.min(chunk, to.bytes() - start));
            });
        } else {
            float[] sum = new float[to.shape().elements()];
            float[] values = new float[sum.length];
            download(to, sum);
            download(from, values);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += values[i];
            }
            upload(sum, to);
        }
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
        throw new UnsupportedOperationException("the jvm backend has no elementwise operations");
    }

    @Override
    public Reduction reduction() {
        throw new UnsupportedOperationException("the jvm backend has no reductions");
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
        throw new UnsupportedOperationException("the jvm backend has no pooling");
    }

    @Override
    public Normalisation normalisation() {
        throw new UnsupportedOperationException("the jvm backend has no normalisation");
    }

    @Override
    public Loss loss() {
        throw new UnsupportedOperationException("the jvm backend has no losses");
    }

    @Override
    public Update update() {
        throw new UnsupportedOperationException("the jvm backend has no parameter updates");
    }

    @Override
    public void close() {
        pool.close();
        allocator.close();
        scratch.close();
    }
}
