package dev.squall.tornado.device;

import dev.squall.backend.BackendException;
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
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
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
 *
 * <p>In mixed precision that is so with one arena, too, since images lie in it as halves, which kernels get as arrays of another type. Which operands of a kernel are such images is known when it is
 * launched, so that a kernel with halves has a plan of its own, made then.
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
    public static final int SIZES = 64;

    static final int SETTINGS = 16;
    private static final int TABLE = 1 << 15;
    private static final int STAGING_VECTORS = 1 << 17;

    private final TornadoDevice device;
    private final Arenas arenas;
    private final Kernel.Arguments arguments;
    private final Map<Kernel, Entry> entries = new IdentityHashMap<>();

    /** The nanoseconds that the first launch of each kernel has taken, which compiles it; with halves it is another one. */
    private final Map<Entry, Long> compiled = new IdentityHashMap<>();

    private final TornadoExecutionPlan plan;
    private final IntConsumer onCompile;
    private final Map<String, Integer> launches = new TreeMap<>();
    private final Alignment alignment;
    private final Graphs graphs;

    /** The graphs that brought the arenas to the device. */
    private final List<ImmutableTaskGraph> owners = new ArrayList<>();

    private final BitSet made = new BitSet();
    private final int kernels;
    private int[] table = Launch.NO_TABLE;
    private @Nullable LaunchQueue queue;
    private final boolean mapped;
    private final HalfImages.Format format;

    /** Kernels with images of halves. */
    private final Map<Halved, Entry> halved = new HashMap<>();

    private boolean printing;

    private record Halved(Kernel kernel, Set<Integer> operands) {}

    /**
     * A kernel's place in its plan, its grid, which changes from launch to launch, and its operands.
     *
     * @param own its plan if that is not the device's
     */
    private record Entry(
            int graph,
            WorkerGrid grid,
            Operands operands,
            @Nullable TornadoExecutionPlan own) {}

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
        this.onCompile = onCompile;
        alignment = Alignment.on(scalar);
        mapped = halves || vectors.length > 1;
        format = HalfImages.Format.of(device.getTornadoVMBackend());
        this.kernels = kernels.size();
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
        graphs = new Graphs(arenas, arguments, mapped, format, KernelCopies.forDevice(scalar, !mapped));
        GridScheduler scheduler = new GridScheduler();
        List<ImmutableTaskGraph> snapshots = new ArrayList<>();
        for (Kernel kernel : kernels) {
            boolean first = snapshots.isEmpty();
            Operands operands = new Operands(format);
            // TornadoVM looks through the method here already, and rejects some.
            ImmutableTaskGraph graph = explaining(
                    kernel,
                    true,
                    () -> first ? graphs.ofArena(kernel, 0) : graphs.of(kernel.name(), kernel, Set.of(), operands));
            entries.put(
                    kernel, new Entry(snapshots.size(), Graphs.grid(scheduler, kernel, kernel.name()), operands, null));
            snapshots.add(graph);
        }
        owners.add(snapshots.getFirst());
        for (int arena = 1; arena < arenas.count(); arena++) {
            owners.add(graphs.ofArena(kernels.getFirst(), arena));
        }
        snapshots.addAll(owners.subList(1, owners.size()));
        addGridsOfOwners(scheduler);
        plan = plan(snapshots, scheduler);
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

    /** A graph has one scheduler in all of its plans, so that each must know its grid. */
    private void addGridsOfOwners(GridScheduler scheduler) {
        for (int arena = 0; arena < owners.size(); arena++) {
            scheduler.addWorkerGrid(Graphs.nameOfOwner(arena) + "." + Kernel.TASK, entry(MemoryKernels.FILL).grid);
        }
    }

    /** Lets launches wait until their results are read, and replays sequences that come again and again, see {@link LaunchQueue}. */
    void replay(Patience patience, Consumer<String> progress) {
        queue = new LaunchQueue(
                this::run, shared(), patience, launch -> compiled.getOrDefault(entry(launch), 0L), progress);
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
                graphs::bind,
                () -> mapped ? new MappedArenas(arenas, format) : consumed,
                vectors -> read(ArenaAllocator.MAIN, 0, vectors));
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
        Kernel kernel = launch.kernel();
        Entry entry = entry(launch);
        TornadoExecutionPlan its = entry.own == null ? plan : entry.own;
        for (int i = 0; i < launch.sizes().length; i++) {
            arguments.sizes().set(i, launch.sizes()[i]);
        }
        for (int i = 0; i < launch.settings().length; i++) {
            arguments.settings().set(alignment.firstFloat() + i, launch.settings()[i]);
        }
        for (int i = 0; i < launch.table().length; i++) {
            arguments.table().set(i, launch.table()[i]);
        }
        int graph = place(kernel, entry, its, launch.places());
        entry.grid.setGlobalWork(launch.x(), launch.y(), 1);
        if (compiled.containsKey(entry)) {
            explaining(kernel, false, () -> its.withGraph(graph).execute());
        } else {
            onCompile.accept(compiled.size() + 1);
            long start = System.nanoTime();
            explaining(kernel, true, () -> its.withGraph(graph).execute());
            compiled.put(entry, System.nanoTime() - start);
        }
    }

    private Entry entry(Launch launch) {
        Set<Integer> halves = launch.halves();
        return halves.isEmpty()
                ? entry(launch.kernel())
                : halved.computeIfAbsent(new Halved(launch.kernel(), halves), this::entryWithHalves);
    }

    /** A plan for one kernel: it begins with the graphs that made the arenas, as those of {@link ReplayGraph} do. */
    private Entry entryWithHalves(Halved kernel) {
        entry(kernel.kernel);
        Operands operands = new Operands(format);
        GridScheduler scheduler = new GridScheduler();
        addGridsOfOwners(scheduler);
        String name = kernel.kernel.name() + halved.size();
        WorkerGrid grid = Graphs.grid(scheduler, kernel.kernel, name);
        ImmutableTaskGraph graph =
                explaining(kernel.kernel, true, () -> graphs.of(name, kernel.kernel, kernel.operands, operands));
        List<ImmutableTaskGraph> all = new ArrayList<>(owners);
        all.add(graph);
        TornadoExecutionPlan own = plan(all, scheduler);
        if (printing) {
            own.withAllGraphs().withPrintKernel();
        }
        return new Entry(owners.size(), grid, operands, own);
    }

    private TornadoExecutionPlan plan(List<ImmutableTaskGraph> all, GridScheduler scheduler) {
        TornadoExecutionPlan made = new TornadoExecutionPlan(all.toArray(ImmutableTaskGraph[]::new));
        made.withDevice(device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
        return made;
    }

    /** Lets the operands stand for the arenas that they lie in; the graph to run. */
    private int place(Kernel kernel, Entry entry, TornadoExecutionPlan its, int[] places) {
        if (!mapped) {
            return entry.graph;
        }
        if (entry.graph == 0) {
            return graphOf(places[0]);
        }
        entry.operands.check(kernel.name(), places);
        for (int i = 0; i < places.length; i++) {
            if (entry.operands.move(i, places[i])) {
                map(entry.operands.any(i), Launch.arena(places[i]), its, entry.graph);
            }
        }
        if (entry.operands.moveMemory()) {
            map(entry.operands.memory(), ArenaAllocator.MAIN, its, entry.graph);
        }
        return entry.graph;
    }

    private void map(Object array, int arena, TornadoExecutionPlan its, int graph) {
        int owner = its == plan ? graphOf(arena) : arena;
        its.mapOnDeviceMemoryRegion(arenas.seen(array), arenas.seen(arena), 0, owner, graph);
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
        return translate(kernel, Set.of());
    }

    /** The same of a kernel with images of halves as some operands. */
    public String translate(Kernel kernel, Set<Integer> halves) {
        int[] sizes = new int[SIZES];
        // No divisor may be zero, also of what counts in quads.
        Arrays.fill(sizes, 4);
        sizes[0] = 0;
        table(new int[TABLE]);
        int[] places = new int[entry(kernel).operands.count()];
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
        printing = true;
        plan.withAllGraphs().withPrintKernel();
        try {
            launches.run();
            completeWaiting();
        } finally {
            printing = false;
            plan.withAllGraphs().withoutPrintKernel();
            halved.values()
                    .forEach(entry ->
                            Objects.requireNonNull(entry.own).withAllGraphs().withoutPrintKernel());
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
            // Plans with halves are left to the end of the process: TornadoVM would free the arenas with each of them.
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("TornadoVM could not free the device's memory", e);
        } finally {
            arenas.close();
        }
    }
}
