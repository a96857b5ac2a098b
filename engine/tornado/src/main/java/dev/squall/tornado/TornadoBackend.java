package dev.squall.tornado;

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
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The TornadoVM backend; see the package documentation. */
public final class TornadoBackend implements Backend {
    private static final long DEFAULT_BYTES = 2L << 30;
    /** A device made of processor cores takes it from the host's memory, and needs seconds for a gigabyte. */
    private static final long DEFAULT_CPU_BYTES = 1L << 30;
    /** TornadoVM's kernels compute addresses in ints that count floats. */
    private static final long MOST_BYTES = (1L << 33) - Device.ZERO_VECTORS * (long) ArenaAllocator.VECTOR_BYTES;

    /** What TornadoVM adds to an array, and that its allocations must stay below the limit. */
    private static final long ARRAY_BYTES = 64;

    private final Device device;
    private final ArenaAllocator allocator;
    private final boolean gpu;
    private final PanelCache panels;
    private final Elementwise elementwise;
    private final TornadoReduction reduction;
    private final Pooling pooling;
    private final Normalisation normalisation;
    private final Loss loss;
    private final Update update;
    private final Matmul matmul;
    private final Convolution convolution;

    /** A backend on the device with index {@code options.device()}, with an arena of {@code options.memoryBytes()} (0: 2 GiB, on a CPU 1 GiB). */
    public TornadoBackend(BackendOptions options) {
        this(options, Devices.isGpu(Devices.get(options.device())));
    }

    /** A backend that runs the variants for GPUs, or those for CPUs, whatever the device is. */
    TornadoBackend(BackendOptions options, boolean gpu) {
        TornadoDevice chosen = Devices.get(options.device());
        int vectors = vectors(options.memoryBytes(), chosen);
        List<Kernel> kernels = Kernels.all();
        allocator = new ArenaAllocator(Device.ZERO_VECTORS, vectors);
        device = new Device(
                chosen,
                kernels,
                vectors,
                number -> options.progress().accept("compiling kernels " + number + "/" + kernels.size()));
        this.gpu = gpu;
        panels = new PanelCache(this);
        elementwise = new TornadoElementwise(device);
        reduction = new TornadoReduction(this);
        pooling = new TornadoPooling(device, reduction);
        normalisation = new TornadoNormalisation(this, reduction);
        loss = new TornadoLoss(this, reduction);
        update = new TornadoUpdate(device);
        matmul = new TornadoMatmul(this, panels);
        convolution = new TornadoConvolution(this, panels);
    }

    /** The size of an arena of {@code asked} bytes; of 0, the default. */
    private static int vectors(long asked, TornadoDevice device) {
        long most = Math.min(MOST_BYTES, device.getMaxAllocMemory() - ARRAY_BYTES);
        if (asked > most) {
            throw new IllegalArgumentException(Devices.name(device) + " gives the TornadoVM backend at most "
                    + (most >> 20) + " MiB, but " + (asked >> 20) + " MiB were asked for");
        }
        long standard = Devices.isGpu(device) ? DEFAULT_BYTES : DEFAULT_CPU_BYTES;
        long bytes = asked > 0 ? asked : Math.min(standard, most);
        int vectors = Math.toIntExact(bytes / ArenaAllocator.VECTOR_BYTES);
        if (vectors <= Device.ZERO_VECTORS) {
            throw new IllegalArgumentException(
                    "a device memory of " + bytes + " bytes is too small to hold anything; ask for some megabytes");
        }
        return vectors;
    }

    Device device() {
        return device;
    }

    ArenaAllocator allocator() {
        return allocator;
    }

    /** Lends {@code body} a range of the arena, of so many vectors, until it returns. */
    void withScratch(int vectors, IntConsumer body) {
        int start = allocator.allocate(vectors);
        try {
            body.accept(start);
        } finally {
            allocator.release(start, vectors);
        }
    }

    /** Whether to run the variants for GPUs, tiled in local memory, rather than those for CPUs, tiled in registers. */
    boolean isGpu() {
        return gpu;
    }

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public String description() {
        return Devices.name(device.description()) + " through "
                + device.description().getTornadoVMBackend();
    }

    @Override
    public Storage allocate(Shape shape, Role role) {
        return new TornadoStorage(this, shape, role, allocator.allocate(TornadoStorage.vectors(shape, role)));
    }

    @Override
    public long bytes(Shape shape, Role role) {
        return TornadoStorage.bytes(shape, role);
    }

    @Override
    public void free(Storage storage) {
        TornadoStorage s = TornadoStorage.of(storage);
        panels.drop(s);
        allocator.release(s.offset(), s.vectors());
    }

    @Override
    public void upload(float[] values, Storage destination) {
        TornadoStorage to = TornadoStorage.of(destination);
        panels.drop(to);
        FloatArray staging = device.staging();
        for (int first = 0; first < to.vectors(); first += Device.stagingVectors()) {
            int vectors = Math.min(Device.stagingVectors(), to.vectors() - first);
            for (int i = 0; i < vectors * TornadoStorage.LANES; i++) {
                int index = to.rowMajorIndex(first * TornadoStorage.LANES + i);
                staging.set(i, index < 0 ? 0f : values[index]);
            }
            device.launch(MemoryKernels.UPLOAD, vectors, 1, new int[] {vectors, to.offset() + first});
        }
    }

    @Override
    public void download(Storage source, float[] values) {
        TornadoStorage from = TornadoStorage.of(source);
        FloatArray staging = device.staging();
        for (int first = 0; first < from.vectors(); first += Device.stagingVectors()) {
            int vectors = Math.min(Device.stagingVectors(), from.vectors() - first);
            device.launch(MemoryKernels.DOWNLOAD, vectors, 1, new int[] {vectors, from.offset() + first});
            for (int i = 0; i < vectors * TornadoStorage.LANES; i++) {
                int index = from.rowMajorIndex(first * TornadoStorage.LANES + i);
                if (index >= 0) {
                    values[index] = staging.get(i);
                }
            }
        }
    }

    @Override
    public void fill(Storage destination, float value) {
        TornadoStorage to = TornadoStorage.of(destination);
        panels.drop(to);
        if (value == 0f || !to.isChannelsLast() || to.shape().channels() % TornadoStorage.LANES == 0) {
            device.launch(MemoryKernels.FILL, to.vectors(), 1, new int[] {to.vectors(), to.offset()}, value);
        } else {
            float[] values = new float[to.shape().elements()];
            Arrays.fill(values, value);
            upload(values, to);
        }
    }

    @Override
    public void accumulate(Storage addend, Storage destination) {
        panels.drop(TornadoStorage.of(destination));
        if (TornadoStorage.of(addend).isChannelsLast()
                == TornadoStorage.of(destination).isChannelsLast()) {
            elementwise.axpby(1f, addend, 1f, destination, destination);
            return;
        }
        Storage copy = allocate(destination.shape(), destination.role());
        elementwise.reshape(addend, copy);
        elementwise.axpby(1f, copy, 1f, destination, destination);
        free(copy);
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
        device.close();
    }
}
