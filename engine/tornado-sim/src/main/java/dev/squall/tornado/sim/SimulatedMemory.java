package dev.squall.tornado.sim;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * The device memory of one execution plan, and the execution of its graphs.
 *
 * <p>As in TornadoVM, a host object has device memory per graph. Only what a graph persists is visible to the plan's other
 * graphs, and it stays so only as long as every graph that consumes it persists it again; one that does not keeps it for itself. A graph may belong to several
 * plans: what it has on the device it has in all of them.
 */
public final class SimulatedMemory {

    /** Where each graph ran last. */
    private static final Map<GraphRecord, WeakReference<SimulatedMemory>> LAST =
            Collections.synchronizedMap(new WeakHashMap<>());

    /** What closed plans have freed. */
    private static final Set<DeviceArray> FREED =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private static final ThreadLocal<Integer> ALLOCATED = ThreadLocal.withInitial(() -> 0);

    private final SimulatorOptions options = SimulatorOptions.current();
    private Clock clock = new Clock();
    private final Map<Object, DeviceArray> shared = new IdentityHashMap<>();
    private final Map<GraphRecord, Map<Object, DeviceArray>> own = new HashMap<>();

    public void execute(GraphRecord graph, @Nullable GridScheduler grids) {
        if (!options.execution()) {
            graph.tasks()
                    .forEach(task -> LaunchLog.add(task, Grid.of(task, grids == null ? null : grids.get(task.name()))));
            return;
        }
        adopt(graph);
        boolean first = !own.containsKey(graph);
        ownMemory(graph);
        for (GraphRecord.Transfer transfer : graph.toDevice()) {
            if (first && transfer.mode() != DataTransferMode.UNDER_DEMAND
                    || transfer.mode() == DataTransferMode.EVERY_EXECUTION) {
                device(graph, transfer.object()).copyFrom(transfer.object());
            }
        }
        for (KernelTask task : graph.tasks()) {
            launch(graph, task, grids == null ? null : grids.get(task.name()));
        }
        for (GraphRecord.Transfer transfer : graph.toHost()) {
            if (transfer.mode() != DataTransferMode.UNDER_DEMAND) {
                device(graph, transfer.object()).copyTo(transfer.object());
            }
        }
        for (Object object : graph.consumed()) {
            DeviceArray array = graph.persists(object) ? null : shared.remove(object);
            if (array != null) {
                ownMemory(graph).put(object, array);
            }
        }
    }

    /** Takes over what the graph has on the device from the plan in which it ran last. */
    private void adopt(GraphRecord graph) {
        WeakReference<SimulatedMemory> before = LAST.put(graph, new WeakReference<>(this));
        SimulatedMemory last = before == null ? null : before.get();
        if (last != null && last != this) {
            last.shared.forEach((object, array) -> {
                if (graph.persists(object)) {
                    shared.put(object, array);
                }
            });
            own.put(graph, last.ownMemory(graph));
            clock = last.clock;
        }
    }

    /**
     * Lets {@code destination}, an array of {@code to}, stand for the device memory of {@code source}, an array of {@code from}, which may have run in another plan.
     */
    public void map(GraphRecord to, Object destination, GraphRecord from, Object source) {
        if (options.execution()) {
            WeakReference<SimulatedMemory> before = LAST.get(from);
            SimulatedMemory home = before == null ? null : before.get();
            Map<Object, DeviceArray> memory = to.persists(destination) ? shared : ownMemory(to);
            memory.put(destination, seenAs(destination, (home == null ? this : home).device(from, source)));
            clock = home == null ? clock : home.clock;
        }
    }

    /** Device memory as an array of the type of {@code host}: drivers know addresses only. */
    private static DeviceArray seenAs(Object host, DeviceArray array) {
        return switch (host) {
            case ShortArray _ when array instanceof DeviceFloats floats -> new DeviceShorts(floats);
            case HalfFloatArray _ when array instanceof DeviceFloats floats -> new DeviceHalves(floats);
            default -> array;
        };
    }

    private void launch(GraphRecord graph, KernelTask task, @Nullable WorkerGrid grid) {
        Object[] arguments = task.arguments().clone();
        for (int i = 0; i < arguments.length; i++) {
            if (KernelMethod.isArray(arguments[i])) {
                arguments[i] = unfreed(task, device(graph, arguments[i]));
            }
        }
        Grid checked = Grid.of(task, grid);
        if (!clock.begin(checked.items())) {
            clock.reset();
            arrays().forEach(DeviceArray::forgetAccesses);
            clock.begin(checked.items());
        }
        new Launch(task, arguments, checked, clock, options).run();
    }

    private static DeviceArray unfreed(KernelTask task, DeviceArray array) {
        if (FREED.contains(array)) {
            throw KernelFault.launch(
                    task.kernel().name(),
                    "it uses device memory that is freed: a plan was closed of which a graph transfers or persists the array, or"
                            + " another one that was mapped to it.");
        }
        return array;
    }

    private DeviceArray device(GraphRecord graph, Object host) {
        if (graph.consumes(host)) {
            DeviceArray array = shared.getOrDefault(host, ownMemory(graph).get(host));
            if (array == null) {
                throw KernelFault.launch(
                        graph.tasks().getFirst().kernel().name(),
                        "task graph " + graph.name() + " consumes a "
                                + host.getClass().getSimpleName()
                                + " from the device, but it is not there: an earlier graph of the plan must persist it,"
                                + " and every graph that consumes it must persist it again.");
            }
            return array;
        }
        Map<Object, DeviceArray> memory = graph.persists(host) ? shared : ownMemory(graph);
        return memory.computeIfAbsent(host, this::allocate);
    }

    private Map<Object, DeviceArray> ownMemory(GraphRecord graph) {
        return own.computeIfAbsent(graph, g -> new IdentityHashMap<>());
    }

    /** Fresh device memory for a host array. */
    private DeviceArray allocate(Object host) {
        ALLOCATED.set(ALLOCATED.get() + 1);
        Clock raceClock = options.races() ? clock : null;
        return switch (host) {
            case VectorFloat8 v -> new DeviceVectors(new DeviceFloats(v.size(), raceClock));
            case FloatArray f -> new DeviceFloats(f.getSize(), raceClock);
            case IntArray i -> new DeviceInts(i.getSize(), raceClock);
            case ShortArray s -> new DeviceShorts(new DeviceFloats(s.getSize(), raceClock));
            case HalfFloatArray h -> new DeviceHalves(new DeviceFloats(h.getSize(), raceClock));
            default ->
                throw new IllegalArgumentException(
                        "The simulator keeps arrays of floats, ints, halves and vectors in device"
                                + " memory, but it got a " + host.getClass().getName() + ": use one of these.");
        };
    }

    /** Copies an object back that no graph copies by itself; what its latest graph left is what counts. */
    public void copyToHost(Object host) {
        DeviceArray array = Stream.concat(Stream.of(shared), own.values().stream())
                .flatMap(memory -> Stream.ofNullable(memory.get(host)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "The object is not on the device: execute a graph that uses it before fetching it."));
        array.copyTo(host);
    }

    /** Frees what a graph has on the device, in whatever plan: the arrays that it transfers or persists, but not those that it only consumes. */
    public void free(GraphRecord graph) {
        WeakReference<SimulatedMemory> last = LAST.get(graph);
        SimulatedMemory home = last == null ? null : last.get();
        (home == null ? this : home).freeOwn(graph);
    }

    private void freeOwn(GraphRecord graph) {
        Stream.of(graph.toDevice(), graph.toHost())
                .flatMap(List::stream)
                .map(GraphRecord.Transfer::object)
                .forEach(object -> free(graph.persists(object) ? shared : ownMemory(graph), object));
        graph.persisted().forEach(object -> free(shared, object));
        own.remove(graph);
    }

    private static void free(Map<Object, DeviceArray> memory, Object object) {
        DeviceArray array = memory.remove(object);
        if (array != null && FREED.add(array)) {
            ALLOCATED.set(ALLOCATED.get() - 1);
        }
    }

    /** How many arrays this thread has allocated, in all plans, and not freed. */
    public static int allocated() {
        return ALLOCATED.get();
    }

    private Stream<DeviceArray> arrays() {
        return Stream.concat(
                shared.values().stream(), own.values().stream().flatMap(memory -> memory.values().stream()));
    }
}
