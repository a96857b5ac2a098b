package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Halves;
import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import dev.squall.tornado.kernel.MatmulCoreKernels;
import dev.squall.tornado.kernel.MemoryKernels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
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

    private static final int[] NO_TABLE = {};
    static final int SETTINGS = 16;
    private static final int TABLE = 1 << 15;
    private static final int STAGING_VECTORS = 1 << 17;

    private final TornadoDevice device;
    /** Holds the host's counterpart of the arena. */
    private final Arena host = Arena.ofShared();

    private final VectorFloat8[] arenas;
    private final Kernel.Arguments arguments;
    private final Map<Kernel, Entry> entries = new IdentityHashMap<>();
    private final Set<Kernel> compiled = new HashSet<>();
    private final TornadoExecutionPlan plan;
    private final IntConsumer onCompile;
    private final Map<String, Integer> launches = new TreeMap<>();
    private final boolean scalar;
    private final Alignment alignment;
    private final KernelCopies copies;
    private final ImmutableTaskGraph first;
    private final int kernels;
    private int[] table = NO_TABLE;
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
        this.scalar = scalar;
        alignment = Alignment.on(scalar);
        copies = KernelCopies.forDevice(scalar, vectors.length == 1);
        this.kernels = kernels.size();
        arenas = Arrays.stream(vectors).mapToObj(this::arena).toArray(VectorFloat8[]::new);
        arguments = new Kernel.Arguments(
                new KernelContext(),
                arenas[ArenaAllocator.MAIN],
                index -> arenas[ArenaAllocator.MAIN],
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
        for (int arena = 1; arena < arenas.length; arena++) {
            snapshots.add(graphOfArena(kernels.getFirst(), arena));
            scheduler.addWorkerGrid(
                    kernels.getFirst().name() + arena + "." + Kernel.TASK,
                    entry(kernels.getFirst()).grid());
        }
        first = snapshots.getFirst();
        plan = new TornadoExecutionPlan(snapshots.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
        for (int arena = 0; arena < arenas.length; arena++) {
            launch(MemoryKernels.FILL, new int[] {arena}, ZERO_VECTORS, 1, new int[] {ZERO_VECTORS, 0}, 0f);
        }
    }

    /** Lets launches wait until their results are read, and replays sequences that come again and again, see {@link LaunchQueue}. */
    void replay(Consumer<String> progress) {
        queue = new LaunchQueue(
                this::run,
                new ReplayGraph.Context(
                        device,
                        first,
                        MemoryKernels.FILL.name() + "." + Kernel.TASK,
                        entry(MemoryKernels.FILL).grid,
                        seen(arguments.memory()),
                        arguments,
                        alignment,
                        this::bind,
                        () -> run(fillOfNothing())),
                progress);
    }

    private Launch fillOfNothing() {
        Kernel fill = MemoryKernels.FILL;
        int[] main = {ArenaAllocator.MAIN};
        return new Launch(fill, main, fill.localX(), fill.localY(), new int[] {0, 0}, new float[] {0f}, NO_TABLE);
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

    /** What TornadoVM sees as an array of vectors. */
    private Object seen(VectorFloat8 array) {
        return scalar ? array.getArray() : array;
    }

    /** The first kernel's graph for an arena: it makes the arena, and no other needs to say which one it works on. */
    private ImmutableTaskGraph graphOfArena(Kernel kernel, int arena) {
        TaskGraph graph = new TaskGraph(kernel.name() + (arena == 0 ? "" : arena));
        // Only what a graph transfers is freed with the plan; and a VectorFloat8 begins with a field that must come
        // from the host.
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, seen(arenas[arena]));
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.sizes(), arguments.settings());
        bind(kernel, graph, arguments.withOperands(index -> arenas[arena]));
        graph.persistOnDevice(seen(arenas[arena]));
        return graph.snapshot();
    }

    private ImmutableTaskGraph graph(Kernel kernel, Operands operands) {
        TaskGraph graph = new TaskGraph(kernel.name());
        if (!several()) {
            graph.consumeFromDevice(seen(arguments.memory()));
        }
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.sizes());
        if (kernel.takes(Extra.SETTINGS)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.settings());
        }
        if (kernel.takes(Extra.TABLE)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.table());
        }
        if (kernel.takes(Extra.FROM_HOST)) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, seen(arguments.staging()));
        }
        if (several()) {
            // TornadoVM hands an array from graph to graph only if all of them use it. So graphs have arrays of their
            // own, which get what they point to at a launch; nothing is ever copied.
            bind(kernel, graph, arguments.withMemory(operands.memory()).withOperands(operands::array));
            Object[] arrays = operands.all().map(this::seen).toArray();
            graph.transferToDevice(DataTransferMode.UNDER_DEMAND, arrays);
            graph.persistOnDevice(arrays);
        } else {
            bind(kernel, graph, arguments);
            graph.persistOnDevice(seen(arguments.memory()));
        }
        if (kernel.takes(Extra.TO_HOST)) {
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, seen(arguments.staging()));
        }
        return graph.snapshot();
    }

    private boolean several() {
        return arenas.length > 1;
    }

    /** An array that is zero and that the host never writes: it is read once, for the device's copy, and needs no memory that counts. */
    private VectorFloat8 arena(int vectors) {
        try {
            Path file = Files.createTempFile("squall-arena", ".bin");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                long bytes = (long) vectors * ArenaAllocator.VECTOR_BYTES
                        + (long) alignment.unusedFloats() * Float.BYTES
                        + TornadoNativeArray.ARRAY_HEADER;
                MemorySegment segment = channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, host);
                return new VectorFloat8(FloatArray.fromSegmentShallow(segment));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the device memory's stand-in could not be made in the temporary directory", e);
        }
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
        Launch launch = new Launch(
                kernel,
                places,
                roundUp(x, kernel.localX()),
                roundUp(y, kernel.localY()),
                sizes,
                settings,
                kernel.takes(Extra.TABLE) ? table : NO_TABLE);
        launches.merge(kernel.name(), 1, Integer::sum);
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

    private void run(Launch launch) {
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
        boolean first = !compiled.contains(kernel);
        if (first) {
            onCompile.accept(compiled.size() + 1);
        }
        explaining(kernel, first, () -> plan.withGraph(graph).execute());
        compiled.add(kernel);
    }

    /** Lets the operands stand for the arenas that they lie in; the graph to run. */
    private int place(Kernel kernel, Entry entry, int[] places) {
        if (!several()) {
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
        plan.mapOnDeviceMemoryRegion(seen(array), seen(arenas[arena]), 0, graphOf(arena), graph);
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

    private static int roundUp(int value, int multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
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
            host.close();
        }
    }
}
