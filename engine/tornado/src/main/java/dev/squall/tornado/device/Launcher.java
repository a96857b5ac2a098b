package dev.squall.tornado.device;

import com.sun.management.OperatingSystemMXBean;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.HostMemory;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/**
 * What a primitive needs to run its kernels, handed down to all of them: the device, the allocator of its arena, and which variant of a kernel
 * to take where there are two.
 *
 * @param arena whose memory is free
 * @param isGpu whether to run the variants for GPUs, tiled in local memory, rather than those for CPUs, tiled in registers
 * @param multipliesHalves whether products may round their operands to FP16 and use tensor cores, which this GPU then has
 */
public record Launcher(Device device, ArenaAllocator arena, boolean isGpu, boolean multipliesHalves)
        implements AutoCloseable {
    /** A system property: {@code true} runs the variants for GPUs on any device. Tests set it where there is no GPU. */
    public static final String AS_GPU = "squall.tornado.gpu";

    /** The arenas of a kernel without operands. */
    public static final int[] NO_OPERANDS = {};

    /** The arena of one operand that lies in the main one. */
    public static final int[] IN_MAIN = {ArenaAllocator.MAIN};

    /** A device made of processor cores takes it from the host's memory, and needs seconds for a gigabyte. */
    private static final long DEFAULT_CPU_BYTES = 1L << 30;

    /** A system property: the most bytes of an arena. Tests set it, so that little memory has several; activations then go to all of them in turn. */
    public static final String ARENA_BYTES = "squall.tornado.arena";

    /** A system property: the most sequences of launches that are compiled at a time. Tests set it. */
    public static final String REPLAYS = "squall.tornado.replays";

    /** Kernels compute addresses in ints that count floats, so an arena holds less than 2^31 of them; or half as many, if they count halves. */
    private static final long MOST_BYTES = 1L << 33;

    /** What is left of those ints for work-items beyond the last float, with which a grid is rounded up to whole groups. */
    private static final int GRID_VECTORS = 1024;

    /** What a container has left differs by some megabytes from start to start; a batch that fits is to fit again. */
    private static final long STEP_BYTES = 32L << 20;

    /** What TornadoVM adds to an array, and {@link Alignment}, at most: it counts as part of the memory that was asked for. */
    private static final long ARRAY_BYTES = 64 + Alignment.LINE;

    /**
     * All kernels on the device with index {@code options.device()}, with {@code options.memoryBytes()} of memory (0: see {@link #standard}).
     *
     * @throws IllegalArgumentException if there is no such device, or if the memory is more than it gives
     */
    public static Launcher open(BackendOptions options) {
        return open(options, Boolean.getBoolean(AS_GPU) || Devices.isGpu(Devices.get(options.device())));
    }

    /** The same with the variants for GPUs or those for CPUs, whatever the device is; mixed precision has variants for GPUs only, since those for processors need vectors, which halves have not. */
    public static Launcher open(BackendOptions options, boolean gpu) {
        TornadoDevice chosen = Devices.get(options.device());
        boolean mixed = options.precision() == Precision.MIXED;
        boolean isGpu = gpu || mixed;
        int[] vectors = arenas(options.memoryBytes(), chosen, isGpu, mixed);
        boolean mayMultiplyHalves = gpu && mixed && Devices.mayHaveTensorCores(chosen);
        List<Kernel> kernels = Kernels.all().stream()
                .filter(kernel -> kernel.suits(isGpu, mayMultiplyHalves))
                .toList();
        Device device = new Device(
                chosen,
                kernels,
                vectors,
                isGpu,
                mixed,
                number -> options.progress().accept("compiling kernels " + number + "/" + kernels.size()));
        if (options.replay() == Replay.ALWAYS) {
            device.replay(Patience.NONE, options.progress());
        } else if (options.replay() == Replay.AUTO && isGpu) {
            device.replay(Patience.UNTIL_IT_PAYS, options.progress());
        }
        boolean inTurn = Long.getLong(ARENA_BYTES) != null;
        return new Launcher(
                device,
                new ArenaAllocator(Device.ZERO_VECTORS, vectors, inTurn),
                isGpu,
                mayMultiplyHalves && device.hasTensorCores());
    }

    private static long mostInOnePiece(TornadoDevice device, boolean halves) {
        long most = Math.min(mostBytes(halves), device.getMaxAllocMemory());
        return Math.min(Long.getLong(ARENA_BYTES, most), most);
    }

    private static long mostBytes(boolean halves) {
        return halves ? MOST_BYTES / 2 : MOST_BYTES;
    }

    /**
     * How many vectors each arena has of {@code asked} bytes in all, what TornadoVM adds included; of 0, the default.
     *
     * @param several whether there may be more than one: TornadoVM exchanges pointers of arrays of floats, which kernels for GPUs take, and not of vectors
     * @param halves whether images lie in them as halves
     */
    static int[] arenas(long asked, TornadoDevice device, boolean several, boolean halves) {
        long ofOne = mostInOnePiece(device, halves);
        long most = several ? free(device) : Math.min(mostBytes(halves), device.getMaxAllocMemory());
        if (asked > most) {
            throw new IllegalArgumentException(Devices.name(device) + " gives the TornadoVM backend at most "
                    + (most >> 20) + " MiB, but " + (asked >> 20) + " MiB were asked for");
        }
        long bytes = asked > 0 ? asked : Math.min(standard(device, hostBytes()), most);
        int count = several ? (int) Math.ceilDiv(bytes, ofOne) : 1;
        long mostVectors = mostBytes(halves) / ArenaAllocator.VECTOR_BYTES - GRID_VECTORS;
        int vectors = (int) Math.min(mostVectors, (bytes / count - ARRAY_BYTES) / ArenaAllocator.VECTOR_BYTES);
        if (vectors <= Device.ZERO_VECTORS) {
            throw new IllegalArgumentException(
                    "a device memory of " + bytes + " bytes is too small to hold anything; ask for some megabytes");
        }
        int[] all = new int[count];
        Arrays.fill(all, vectors);
        return all;
    }

    /**
     * How much memory to take at most if nobody says. Of a GPU's three quarters, since code, the driver and other programs need some; but no more than half of the host's, since TornadoVM
     * locks as much there as it takes on NVIDIA's GPUs. On processors the arena is the process's own memory, and kernels and their
     * compiler need the other half of what a container allows.
     */
    static long standard(TornadoDevice device, long host) {
        long half = host / 2 / STEP_BYTES * STEP_BYTES;
        if (!Devices.isGpu(device)) {
            return Math.min(DEFAULT_CPU_BYTES, half);
        }
        return Math.min(free(device) / 4 * 3 / STEP_BYTES * STEP_BYTES, half);
    }

    /** What a GPU has, where TornadoVM does not say what of it is free. */
    private static long free(TornadoDevice device) {
        return device.getTornadoVMBackend() == TornadoVMBackendType.PTX
                ? device.getMaxAllocMemory()
                : device.getMaxGlobalMemory();
    }

    /** All that this process may have of the machine's memory, whatever is free. */
    private static long hostBytes() {
        var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return Math.min(HostMemory.limits().bytes(), machine.getTotalMemorySize());
    }

    /** As {@link Device#launch}, for a kernel without operands. */
    public void launch(Kernel kernel, int x, int y, int[] sizes, float... settings) {
        device.launch(kernel, NO_OPERANDS, x, y, sizes, settings);
    }

    /** As {@link Device#launch}. */
    public void launch(Kernel kernel, int[] places, int x, int y, int[] sizes, float... settings) {
        device.launch(kernel, places, x, y, sizes, settings);
    }

    /** A place in the main arena. */
    public static ArenaAllocator.Place main(int offset) {
        return new ArenaAllocator.Place(ArenaAllocator.MAIN, offset);
    }

    /** The value at a place. */
    @FunctionalInterface
    public interface Values {
        float at(int place);
    }

    /** Copies {@code count} values from the host to a place of the main arena; the rest of the last vector becomes zero. */
    public void upload(ArenaAllocator.Place to, int count, Values values) {
        upload(to.arena(), to.offset(), count, values);
    }

    /**
     * The same to vectors of eight values anywhere.
     *
     * @param place as for {@link Device#launch}
     * @param offset the first vector
     */
    public void upload(int place, int offset, int count, Values values) {
        Staging staging = device.staging();
        int all = Math.ceilDiv(count, ArenaAllocator.LANES);
        for (int first = 0; first < all; first += Device.stagingVectors()) {
            int vectors = Math.min(Device.stagingVectors(), all - first);
            for (int i = 0; i < vectors * ArenaAllocator.LANES; i++) {
                int index = first * ArenaAllocator.LANES + i;
                staging.set(i, index < count ? values.at(index) : 0f);
            }
            launch(MemoryKernels.UPLOAD, new int[] {place}, vectors, 1, new int[] {vectors, offset + first});
        }
    }

    /** Lends {@code body} a range of the main arena, of so many vectors, until it returns. */
    public void withScratch(int vectors, IntConsumer body) {
        int start = arena.allocate(vectors);
        try {
            body.accept(start);
        } finally {
            arena.release(start, vectors);
        }
    }

    @Override
    public void close() {
        device.close();
    }
}
