package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * One device with its arenas: launches kernels on it, at once or in sequences that are replayed, see {@link LaunchQueue}, and moves values between the host and the device. {@link Plans} knows how
 * TornadoVM runs a kernel.
 */
public final class Device implements AutoCloseable {
    /** Vectors at the arena's start that are zero for ever. */
    public static final int ZERO_VECTORS = 1024;

    /** The most sizes that a launch passes. */
    public static final int SIZES = 64;

    static final int SETTINGS = 16;
    private static final int TABLE = 1 << 15;
    private static final int STAGING_VECTORS = 1 << 17;

    private final TornadoDevice device;
    private final Arenas arenas;
    private final Kernel.Arguments arguments;
    private final Plans plans;
    private final Map<String, Integer> launches = new TreeMap<>();
    private final Alignment alignment;
    private final BitSet made = new BitSet();
    private int[] table = Launch.NO_TABLE;
    private @Nullable LaunchQueue queue;

    /**
     * Prepares {@code kernels} for {@code device}, with one arena or several.
     *
     * @param kernels the first must be {@link MemoryKernels#FILL}
     * @param vectors of each arena; several only for a device without vectors
     * @param scalar whether to run them without vectors, see {@link ScalarKernels}
     * @param onCompile told which kernel, counted from 1, is about to be compiled
     */
    public Device(TornadoDevice device, List<Kernel> kernels, int[] vectors, boolean scalar, IntConsumer onCompile) {
        this(device, kernels, vectors, scalar, false, onCompile);
    }

    /** The same; if there are {@code halves}, operands may be images of halves, for which kernels must run without vectors. */
    public Device(
            TornadoDevice device,
            List<Kernel> kernels,
            int[] vectors,
            boolean scalar,
            boolean halves,
            IntConsumer onCompile) {
        this.device = device;
        alignment = Alignment.on(scalar);
        arenas = new Arenas(vectors, scalar, alignment);
        VectorFloat8 main = arenas.get(ArenaAllocator.MAIN);
        arguments = new Kernel.Arguments(
                new KernelContext(),
                main,
                index -> main,
                Graphs::noHalves,
                new IntArray(SIZES),
                new FloatArray(alignment.unusedFloats() + SETTINGS),
                new IntArray(TABLE),
                new VectorFloat8(new FloatArray(alignment.unusedFloats() + STAGING_VECTORS * ArenaAllocator.LANES)));
        plans = new Plans(device, kernels, scalar, halves, arenas, arguments, onCompile);
        make(ArenaAllocator.MAIN);
    }

    /** Lets TornadoVM take an arena's memory on the device, which it does when the arena's own graph first runs. */
    private void make(int arena) {
        made.set(arena);
        run(Launch.over(MemoryKernels.FILL, arena, 0, ZERO_VECTORS, 0f));
        if (device.getTornadoVMBackend() != TornadoVMBackendType.VIRTUAL && plans.has(MemoryKernels.DOWNLOAD)) {
            requireGiven(arena);
        }
    }

    /**
     * Writes the end of an arena and reads it: TornadoVM 5.2 takes the number of an error for an address where a driver gives no memory, as its PTX backend does, and what is computed there is
     * nothing.
     *
     * @throws BackendException if what was written is not there
     */
    private void requireGiven(int arena) {
        int last = arenas.vectors(arena) - 1;
        run(Launch.over(MemoryKernels.FILL, arena, last, 1, 1f));
        if (read(arena, last, 1)[0] != 1f) {
            throw new BackendException(TornadoErrors.withoutMemory(Devices.name(device)));
        }
    }

    /** Reads vectors now, and leaves what the host may have put into the staging array already. */
    private float[] read(int arena, int first, int vectors) {
        float[] before = staging().values(STAGING_VECTORS * ArenaAllocator.LANES);
        staging().set(0, 0f);
        run(Launch.over(MemoryKernels.DOWNLOAD, arena, first, vectors));
        float[] values = staging().values(vectors * ArenaAllocator.LANES);
        for (int i = 0; i < before.length; i++) {
            staging().set(i, before[i]);
        }
        return values;
    }

    /** Lets launches wait until their results are read, and replays sequences that come again and again, see {@link LaunchQueue}. */
    void replay(Patience patience, Consumer<String> progress) {
        queue = new LaunchQueue(this::run, shared(), patience, plans::compiling, progress);
    }

    /** What task graphs of replays share with the plans. */
    ReplayGraph.Context shared() {
        return plans.shared(vectors -> read(ArenaAllocator.MAIN, 0, vectors));
    }

    /**
     * Runs a kernel over at least {@code x} by {@code y} work-items and returns when the device has finished; or, if launches are replayed, lets it wait
     * until the host reads or writes.
     *
     * @param places the arena of each of its operands, and {@link ArenaAllocator#HALVES} more where it is an image of halves
     * @param sizes what the kernel's documentation lists under "sizes"; not to be changed afterwards
     * @param settings what it lists under "settings"; not to be changed afterwards
     */
    public void launch(Kernel kernel, int[] places, int x, int y, int[] sizes, float... settings) {
        Launch launch =
                Launch.of(kernel, places, x, y, sizes, settings, kernel.takes(Extra.TABLE) ? table : Launch.NO_TABLE);
        launches.merge(kernel.name(), 1, Integer::sum);
        Arrays.stream(places)
                .map(Launch::arena)
                .filter(arena -> !made.get(arena))
                .forEach(this::make);
        if (queue == null) {
            run(launch);
        } else if (launch.kernel().standsAlone()) {
            queue.complete();
            run(launch);
        } else {
            queue.add(launch);
        }
    }

    /** Runs a launch now, whatever waits. */
    void run(Launch launch) {
        plans.run(launch);
    }

    /** Whether the GPU has tensor cores that TornadoVM reaches: it does not say so before it compiles a kernel that needs them. The product launched here has no rows. */
    boolean hasTensorCores() {
        try {
            launch(MatmulCoreKernels.PRODUCT, new int[3], 1, 1, new int[SIZES]);
            return true;
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isMissingTensorCores(e)) {
                return false;
            }
            throw e;
        }
    }

    /** The code that TornadoVM makes of a kernel that was not launched before, found by compiling it; the launch does nothing. */
    public String translate(Kernel kernel) {
        return translate(kernel, Set.of());
    }

    /** The same of a kernel with images of halves as some operands. */
    public String translate(Kernel kernel, Set<Integer> halves) {
        int[] sizes = new int[SIZES];
        // No divisor may be zero, also of what counts in quads.
        Arrays.fill(sizes, 4);
        sizes[0] = 0;
        table(new int[TABLE]);
        int[] places = new int[plans.operands(kernel)];
        halves.forEach(operand -> places[operand] = ArenaAllocator.MAIN + ArenaAllocator.HALVES);
        return printedBy(() -> launch(kernel, places, 1, 1, sizes));
    }

    /**
     * The code of all kernels that {@code launches} makes TornadoVM compile.
     *
     * <p>TornadoVM prints it to the standard output whenever it compiles, and offers no other way to it.
     */
    public String printedBy(Runnable launches) {
        PrintStream standard = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        completeWaiting();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        plans.print(true);
        try {
            launches.run();
            completeWaiting();
        } finally {
            plans.print(false);
            System.setOut(standard);
        }
        return printed.toString(StandardCharsets.UTF_8).strip();
    }

    private void completeWaiting() {
        if (queue != null) {
            queue.complete();
        }
    }

    /** How many sequences of launches ran as one task graph. */
    public long replays() {
        return queue == null ? 0 : queue.replayed();
    }

    /** Fills the table that kernels with {@link Extra#TABLE} read, for the next launch. */
    public void table(int[] values) {
        table = values;
    }

    /** How many ints the table holds. */
    public static int tableSize() {
        return TABLE;
    }

    /** Where the host puts values for {@link MemoryKernels#UPLOAD}, and finds those of {@link MemoryKernels#DOWNLOAD}. */
    public Staging staging() {
        return new Staging(arguments.staging().getArray(), alignment.firstFloat());
    }

    public static int stagingVectors() {
        return STAGING_VECTORS;
    }

    public TornadoDevice description() {
        return device;
    }

    /** How many arenas have memory on the device. */
    int made() {
        return made.cardinality();
    }

    /** How many kernels have been compiled: one for each that has been launched, whatever the shapes. */
    public int compilations() {
        return plans.compilations();
    }

    /** How often any kernel has been launched. */
    public long launches() {
        return launches.values().stream().mapToLong(Integer::longValue).sum();
    }

    /** How often each kernel has been launched, by name; those that never were are missing. */
    public Map<String, Integer> launchesByKernel() {
        return Map.copyOf(launches);
    }

    /** The names of the kernels that have been compiled for images of halves. */
    public Set<String> launchedWithHalves() {
        return plans.withHalves();
    }

    @Override
    public void close() {
        try {
            if (queue != null) {
                queue.close();
            }
            plans.close();
        } finally {
            arenas.close();
        }
    }
}
