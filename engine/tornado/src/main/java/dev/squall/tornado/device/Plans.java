package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;

/**
 * A device's kernels as TornadoVM runs them, one launch at a time.
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
final class Plans implements AutoCloseable {
    /**
     * TornadoVM's own flags also have -cl-fast-relaxed-math, which lets the driver turn (x - mean) * a into x * a - mean * a: too inexact to recover
     * the input of a normalisation from its output.
     */
    static final String OPENCL_FLAGS = "-cl-mad-enable -w";

    private final TornadoDevice device;
    private final Arenas arenas;
    private final Kernel.Arguments arguments;
    private final Alignment alignment;
    private final boolean mapped;
    private final HalfImages.Format format;
    private final Graphs graphs;
    private final IntConsumer onCompile;

    private final Map<Kernel, Entry> entries = new IdentityHashMap<>();

    /** Kernels with images of halves. */
    private final Map<Halved, Entry> halved = new HashMap<>();

    /** The nanoseconds that the first launch of each kernel has taken, which compiles it; with halves it is another one. */
    private final Map<Entry, Long> compiled = new IdentityHashMap<>();

    /** The graphs that brought the arenas to the device. */
    private final List<ImmutableTaskGraph> owners = new ArrayList<>();

    /** That of all kernels without halves. */
    private final TornadoExecutionPlan plan;

    private boolean printing;

    private record Halved(Kernel kernel, Set<Integer> operands) {}

    /**
     * A kernel's place in its plan, its grid, which changes from launch to launch, and its operands.
     *
     * @param own its plan if that is not the device's
     */
    private record Entry(
            int number,
            ImmutableTaskGraph graph,
            WorkerGrid grid,
            Operands operands,
            @Nullable TornadoExecutionPlan own) {}

    /**
     * Prepares {@code kernels}.
     *
     * @param kernels the first must be {@link MemoryKernels#FILL}
     * @param scalar whether to run them without vectors, see {@link ScalarKernels}
     * @param halves whether operands may be images of halves
     * @param arguments what kernels get with a single arena
     * @param onCompile told which kernel, counted from 1, is about to be compiled
     */
    Plans(
            TornadoDevice device,
            List<Kernel> kernels,
            boolean scalar,
            boolean halves,
            Arenas arenas,
            Kernel.Arguments arguments,
            IntConsumer onCompile) {
        this.device = device;
        this.arenas = arenas;
        this.arguments = arguments;
        this.onCompile = onCompile;
        alignment = Alignment.on(scalar);
        mapped = halves || arenas.several();
        format = HalfImages.Format.of(device.getTornadoVMBackend());
        graphs = new Graphs(arenas, arguments, mapped, format, KernelCopies.forDevice(scalar, !mapped));
        GridScheduler scheduler = new GridScheduler();
        List<ImmutableTaskGraph> all = new ArrayList<>();
        for (Kernel kernel : kernels) {
            boolean first = all.isEmpty();
            Operands operands = new Operands(format);
            // TornadoVM looks through the method here already, and rejects some.
            ImmutableTaskGraph graph = explaining(
                    kernel,
                    true,
                    () -> first ? graphs.ofArena(kernel, 0) : graphs.of(kernel.name(), kernel, Set.of(), operands));
            WorkerGrid grid = Graphs.grid(scheduler, kernel, kernel.name());
            entries.put(kernel, new Entry(all.size(), graph, grid, operands, null));
            all.add(graph);
        }
        owners.add(all.getFirst());
        for (int arena = 1; arena < arenas.count(); arena++) {
            owners.add(graphs.ofArena(kernels.getFirst(), arena));
        }
        all.addAll(owners.subList(1, owners.size()));
        addGridsOfOwners(scheduler);
        plan = plan(all, scheduler);
    }

    /** A graph has one scheduler in all of its plans, so that each must know its grid. */
    private void addGridsOfOwners(GridScheduler scheduler) {
        for (int arena = 0; arena < owners.size(); arena++) {
            scheduler.addWorkerGrid(Graphs.nameOfOwner(arena) + "." + Kernel.TASK, entry(MemoryKernels.FILL).grid);
        }
    }

    private TornadoExecutionPlan plan(List<ImmutableTaskGraph> all, GridScheduler scheduler) {
        TornadoExecutionPlan made = new TornadoExecutionPlan(all.toArray(ImmutableTaskGraph[]::new));
        made.withDevice(device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, OPENCL_FLAGS);
        return made;
    }

    /**
     * What task graphs of replays share with these.
     *
     * @param firstVectors reads so many of the main arena's first vectors
     */
    ReplayGraph.Context shared(IntFunction<float[]> firstVectors) {
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
                firstVectors);
    }

    /** Runs a launch and returns when the device has finished. */
    void run(Launch launch) {
        Kernel kernel = launch.kernel();
        Entry entry = entry(launch);
        TornadoExecutionPlan its = planOf(entry);
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

    private Entry entry(Kernel kernel) {
        Entry entry = entries.get(kernel);
        if (entry == null) {
            throw new IllegalArgumentException(
                    "the kernel " + kernel.name() + " is not in this device's plan; add it to Kernels.all");
        }
        return entry;
    }

    private TornadoExecutionPlan planOf(Entry entry) {
        return entry.own == null ? plan : entry.own;
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
        return new Entry(owners.size(), graph, grid, operands, own);
    }

    /** Lets the operands stand for the arenas that they lie in; the graph to run. */
    private int place(Kernel kernel, Entry entry, int[] places) {
        if (!mapped) {
            return entry.number;
        }
        if (entry.number == 0) {
            return graphOf(places[0]);
        }
        entry.operands.check(kernel.name(), places);
        for (int i = 0; i < places.length; i++) {
            if (entry.operands.move(i, places[i])) {
                map(entry.operands.any(i), Launch.arena(places[i]), entry);
            }
        }
        if (entry.operands.moveMemory()) {
            map(entry.operands.memory(), ArenaAllocator.MAIN, entry);
        }
        return entry.number;
    }

    private void map(Object array, int arena, Entry entry) {
        int owner = entry.own == null ? graphOf(arena) : arena;
        planOf(entry).mapOnDeviceMemoryRegion(arenas.seen(array), arenas.seen(arena), 0, owner, entry.number);
    }

    /** The graph of the main plan that made an arena. */
    private int graphOf(int arena) {
        return arena == ArenaAllocator.MAIN ? 0 : entries.size() + arena - 1;
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

    /** Whether a kernel is among those of the device. */
    boolean has(Kernel kernel) {
        return entries.containsKey(kernel);
    }

    /** How many operands a kernel has. */
    int operands(Kernel kernel) {
        return entry(kernel).operands.count();
    }

    /** The nanoseconds that the first of such launches has taken; 0 if there was none. */
    long compiling(Launch launch) {
        return compiled.getOrDefault(entry(launch), 0L);
    }

    /** How many kernels have been compiled. */
    int compilations() {
        return compiled.size();
    }

    /** The names of the kernels among them that get images of halves. */
    Set<String> withHalves() {
        return halved.keySet().stream().map(each -> each.kernel.name()).collect(Collectors.toUnmodifiableSet());
    }

    /** Whether TornadoVM prints the code of what it compiles from now on. */
    void print(boolean code) {
        printing = code;
        Consumer<TornadoExecutionPlan> switched =
                code ? TornadoExecutionPlan::withPrintKernel : TornadoExecutionPlan::withoutPrintKernel;
        Stream.concat(Stream.of(plan), halved.values().stream().map(this::planOf))
                .forEach(each -> switched.accept(each.withAllGraphs()));
    }

    /** Frees the code and the memory of all kernels, and the arenas. */
    @Override
    public void close() {
        halved.values().stream().filter(compiled::containsKey).forEach(this::free);
        try {
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("TornadoVM could not free the device's memory", e);
        }
    }

    /** Frees what a kernel with halves has, but not the arenas, as {@link ReplayGraph#close} does. */
    private void free(Entry entry) {
        entry.operands
                .all()
                .forEach(array -> planOf(entry)
                        .mapOnDeviceMemoryRegion(arenas.seen(array), arguments.sizes(), 0, entry.number, entry.number));
        Graphs.free(entry.graph);
    }
}
