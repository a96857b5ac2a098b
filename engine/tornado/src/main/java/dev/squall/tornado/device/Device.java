package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
import dev.squall.tornado.kernel.Halves;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * One device with its arena and its compiled kernels.
 *
 * <pre>
 *   sizes, settings --every launch--&gt; [graph of kernel k] &lt;--consume/persist--&gt; arena, which never leaves the device
 * </pre>
 *
 * TornadoVM keeps an object on the device between launches only within one execution plan, and only if every graph of the plan consumes
 * and persists it; so all kernels live in one plan, one graph each, and {@code withGraph(i)} picks one. A graph is compiled when it first
 * runs. With several arenas, a graph's arrays point to those that a launch names, see {@link Operands}.
 */
public final class Device implements AutoCloseable {
    /** Vectors at the arena's start that are zero for ever. */
    public static final int ZERO_VECTORS = 1024;

    /**
     * TornadoVM's own flags also have -cl-fast-relaxed-math, which lets the driver turn (x - mean) * a into x * a - mean * a: too inexact to recover
     * the input of a normalisation from its output.
     */
    static final String OPENCL_FLAGS = "-cl-mad-enable -w";

    /** The most sizes that a launch passes. */
    public static final int SIZES = Halves.ASKED + 1;

    static final int SETTINGS = 16;
    private static final int TABLE = 1 << 15;
    private static final int STAGING_VECTORS = 1 << 17;

    private final TornadoDevice device;
    private final Arenas arenas;
    private final Kernel.Arguments arguments;
    private final Map<Kernel, Entry> entries = new IdentityHashMap<>();

    /** The nanoseconds that the first launch of each kernel has taken, which compiles it. */
    private final Map<Kernel, Long> compiled = new IdentityHashMap<>();

    private final TornadoExecutionPlan plan;
    private final IntConsumer onCompile;
    private final Map<String, Integer> launches = new TreeMap<>();
    private final Alignment alignment;
    private final KernelCopies copies;

    /** The graphs that brought the arenas to the device. */
    private final List<ImmutableTaskGraph> owners = new ArrayList<>();

    private final BitSet made = new BitSet();
    private final int kernels;
    private int[] table = Launch.NO_TABLE;
    private @Nullable LaunchQueue queue;
    private @Nullable HeldLaunch held;

    /** A kernel's place in the plan, its grid, which changes from launch to launch, and its operands. */
    private record Entry(int graph, WorkerGrid grid, Operands operands) {}

    /**
     * Prepares {@code kernels} for {@code device}, with one arena or several.
     *
     * @param kernels the first must be {@link MemoryKernels#FILL}
     * @param vectors of each arena; several only for a device without vectors
     * @param scalar whether to run them without vectors, see {@link ScalarKernels}
     * @param onCompile told which kernel, counted from 1, is about to be compiled
     */
    public Device(TornadoDevice device, List<Kernel> kernels, int[] vectors, boolean scalar, IntConsumer onCompile) {
        this.device = device;
        this.onCompile = onCompile;
        alignment = Alignment.on(scalar);
        copies = KernelCopies.forDevice(scalar, vectors.length == 1);
        this.kernels = kernels.size();
        arenas = new Arenas(vectors, scalar, alignment);
        VectorFloat8 main = arenas.get(ArenaAllocator.MAIN);
        arguments = new Kernel.Arguments(
                new KernelContext(),
                main,
                index -> main,
                new IntArray(SIZES),
                new FloatArray(alignment.unusedFloats() + SETTINGS),
                new IntArray(TABLE),
                new VectorFloat8(new FloatArray(alignment.unusedFloats() + STAGING_VECTORS * ArenaAllocator.LANES)));
        GridScheduler scheduler = new GridScheduler();
        List<ImmutableTaskGraph> snapshots = new ArrayList<>();
        for (Kernel kernel : kernels) {
            boolean first = snapshots.isEmpty();
            Operands operands = new Operands();
            // TornadoVM looks through the method here already, and rejects some.
            ImmutableTaskGraph graph =
                    explaining(kernel, true, () -> first ? graphOfArena(kernel, 0) : graph(kernel, operands));
            entries.put(kernel, new Entry(snapshots.size(), grid(scheduler, kernel, kernel.name()), operands));
            snapshots.add(graph);
        }
        owners.add(snapshots.getFirst());
        for (int arena = 1; arena < arenas.count(); arena++) {
            owners.add(graphOfArena(kernels.getFirst(), arena));
        }
        snapshots.addAll(owners.subList(1, owners.size()));
        addGridsOfOwners(scheduler);
        plan = new TornadoExecutionPlan(snapshots.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
        make(ArenaAllocator.MAIN);
    }

    /** Lets TornadoVM take an arena's memory on the device, which it does when the arena's own graph first runs. */
    private void make(int arena) {
        made.set(arena);
        run(Launch.over(MemoryKernels.FILL, arena, 0, ZERO_VECTORS, 0f));
        if (device.getTornadoVMBackend() != TornadoVMBackendType.VIRTUAL
                && entries.containsKey(MemoryKernels.DOWNLOAD)) {
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

    private static String nameOfOwner(int arena) {
        return MemoryKernels.FILL.name() + (arena == ArenaAllocator.MAIN ? "" : arena);
    }

    /** A graph has one scheduler in all of its plans, so that each must know its grid. */
    private void addGridsOfOwners(GridScheduler scheduler) {
        for (int arena = 0; arena < owners.size(); arena++) {
            scheduler.addWorkerGrid(nameOfOwner(arena) + "." + Kernel.TASK, entry(MemoryKernels.FILL).grid);
        }
    }

    /** Lets launches wait until their results are read, and replays sequences that come again and again, see {@link LaunchQueue}. */
    void replay(Patience patience, Consumer<String> progress) {
        queue = new LaunchQueue(this::run, shared(), patience, kernel -> compiled.getOrDefault(kernel, 0L), progress);
    }

    /** What task graphs of replays share with this one's plan. */
    ReplayGraph.Context shared() {
        ArenaLoan consumed = new ConsumedArena(
                arenas.seen(ArenaAllocator.MAIN),
                () -> run(Launch.over(MemoryKernels.FILL, ArenaAllocator.MAIN, 0, 0, 0f)));
        return new ReplayGraph.Context(
                device,
                owners,
                this::addGridsOfOwners,
                arguments,
                alignment,
                this::bind,
                () -> arenas.several() ? new MappedArenas(arenas) : consumed,
                vectors -> read(ArenaAllocator.MAIN, 0, vectors));
    }

    private static WorkerGrid grid(GridScheduler scheduler, Kernel kernel, String graph) {
        WorkerGrid grid = new WorkerGrid2D(kernel.localX(), kernel.localY());
        grid.setLocalWork(kernel.localX(), kernel.localY(), 1);
        scheduler.addWorkerGrid(graph + "." + Kernel.TASK, grid);
        return grid;
    }

    private TaskGraph bind(Kernel kernel, TaskGraph graph, Kernel.Arguments values) {
        return copies.of(kernel).binding().bind(graph, values);
    }

    /** The first kernel's graph for an arena: it makes the arena, and no other needs to say which one it works on. */
    private ImmutableTaskGraph graphOfArena(Kernel kernel, int arena) {
        TaskGraph graph = new TaskGraph(nameOfOwner(arena));
        // Only what a graph transfers is freed with the plan; and a VectorFloat8 begins with a field that must come
        // from the host.
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, arenas.seen(arena));
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.sizes(), arguments.settings());
        bind(kernel, graph, arguments.withOperands(index -> arenas.get(arena)));
        graph.persistOnDevice(arenas.seen(arena));
        return graph.snapshot();
    }

    private ImmutableTaskGraph graph(Kernel kernel, Operands operands) {
        TaskGraph graph = new TaskGraph(kernel.name());
        if (!arenas.several()) {
            graph.consumeFromDevice(arenas.seen(arguments.memory()));
        }
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.sizes());
        if (kernel.takes(Extra.SETTINGS)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.settings());
        }
        if (kernel.takes(Extra.TABLE)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.table());
        }
        if (kernel.takes(Extra.FROM_HOST)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arenas.seen(arguments.staging()));
        }
        if (arenas.several()) {
            // TornadoVM hands an array from graph to graph only if all of them use it. So graphs have arrays of their
            // own, which get what they point to at a launch; nothing is ever copied.
            bind(kernel, graph, arguments.withMemory(operands.memory()).withOperands(operands::array));
            Object[] arrays = operands.all().map(arenas::seen).toArray();
            graph.transferToDevice(DataTransferMode.UNDER_DEMAND, arrays);
            graph.persistOnDevice(arrays);
        } else {
            bind(kernel, graph, arguments);
            graph.persistOnDevice(arenas.seen(arguments.memory()));
        }
        if (kernel.takes(Extra.TO_HOST)) {
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, arenas.seen(arguments.staging()));
        }
        return graph.snapshot();
    }

    /**
     * Runs a kernel over at least {@code x} by {@code y} work-items and returns when the device has finished; or, if launches are replayed, lets it wait
     * until the host reads or writes.
     *
     * @param places the arena of each of its operands
     * @param sizes what the kernel's documentation lists under "sizes"; not to be changed afterwards
     * @param settings what it lists under "settings"; not to be changed afterwards
     */
    public void launch(Kernel kernel, int[] places, int x, int y, int[] sizes, float... settings) {
        Launch launch =
                Launch.of(kernel, places, x, y, sizes, settings, kernel.takes(Extra.TABLE) ? table : Launch.NO_TABLE);
        launches.merge(kernel.name(), 1, Integer::sum);
        Arrays.stream(places).filter(arena -> !made.get(arena)).forEach(this::make);
        if (held == null) {
            submit(launch);
        } else {
            held.add(launch);
        }
    }

    /** Lets kernels round what they write, see {@link #rounds}. */
    void holdLaunches() {
        held = new HeldLaunch(this::submit);
    }

    /**
     * Whether the last launch writes the image that begins at a float of an arena, and has been told to round it to FP16.
     *
     * @param arena the arena's number
     */
    boolean rounds(int arena, int firstFloat) {
        return held != null && held.round(arena, firstFloat);
    }

    private void submit(Launch launch) {
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
        Kernel kernel = launch.kernel();
        Entry entry = entry(kernel);
        arguments.sizes().set(Halves.ASKED, 0);
        for (int i = 0; i < launch.sizes().length; i++) {
            arguments.sizes().set(i, launch.sizes()[i]);
        }
        for (int i = 0; i < launch.settings().length; i++) {
            arguments.settings().set(alignment.firstFloat() + i, launch.settings()[i]);
        }
        for (int i = 0; i < launch.table().length; i++) {
            arguments.table().set(i, launch.table()[i]);
        }
        int graph = place(kernel, entry, launch.places());
        entry.grid.setGlobalWork(launch.x(), launch.y(), 1);
        if (compiled.containsKey(kernel)) {
            explaining(kernel, false, () -> plan.withGraph(graph).execute());
        } else {
            onCompile.accept(compiled.size() + 1);
            long start = System.nanoTime();
            explaining(kernel, true, () -> plan.withGraph(graph).execute());
            compiled.put(kernel, System.nanoTime() - start);
        }
    }

    /** Lets the operands stand for the arenas that they lie in; the graph to run. */
    private int place(Kernel kernel, Entry entry, int[] places) {
        if (!arenas.several()) {
            return entry.graph;
        }
        if (entry.graph == 0) {
            return graphOf(places[0]);
        }
        entry.operands.check(kernel.name(), places);
        for (int i = 0; i < places.length; i++) {
            if (entry.operands.move(i, places[i])) {
                map(entry.operands.array(i), places[i], entry.graph);
            }
        }
        if (entry.operands.moveMemory()) {
            map(entry.operands.memory(), ArenaAllocator.MAIN, entry.graph);
        }
        return entry.graph;
    }

    private void map(VectorFloat8 array, int arena, int graph) {
        plan.mapOnDeviceMemoryRegion(arenas.seen(array), arenas.seen(arena), 0, graphOf(arena), graph);
    }

    /** The graph that made an arena. */
    private int graphOf(int arena) {
        return arena == ArenaAllocator.MAIN ? 0 : kernels + arena - 1;
    }

    private <T> T explaining(Kernel kernel, boolean compiling, Supplier<T> step) {
        try {
            return step.get();
        } catch (RuntimeException | Error e) {
            if (TornadoErrors.isFromTornadoVm(e)) {
                throw TornadoErrors.ofLaunch(kernel.name(), Devices.name(device), compiling, e);
            }
            throw e;
        }
    }

    private Entry entry(Kernel kernel) {
        Entry entry = entries.get(kernel);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "the kernel " + kernel.name() + " is not in this device's plan; add it to Kernels.all");
        }
        return entry;
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
        int[] sizes = new int[SIZES];
        Arrays.fill(sizes, 1);
        sizes[0] = 0;
        table(new int[TABLE]);
        int[] places = new int[entry(kernel).operands.count()];
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
        plan.withAllGraphs().withPrintKernel();
        try {
            launches.run();
            completeWaiting();
        } finally {
            plan.withAllGraphs().withoutPrintKernel();
            System.setOut(standard);
        }
        return printed.toString(StandardCharsets.UTF_8).strip();
    }

    private void completeWaiting() {
        if (held != null) {
            held.release();
        }
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
        return compiled.size();
    }

    /** How often any kernel has been launched. */
    public long launches() {
        return launches.values().stream().mapToLong(Integer::longValue).sum();
    }

    /** How often each kernel has been launched, by name; those that never were are missing. */
    public Map<String, Integer> launchesByKernel() {
        return Map.copyOf(launches);
    }

    @Override
    public void close() {
        try {
            if (queue != null) {
                queue.close();
            }
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("TornadoVM could not free the device's memory", e);
        } finally {
            arenas.close();
        }
    }
}
