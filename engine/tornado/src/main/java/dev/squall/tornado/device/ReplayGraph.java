package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Launches that follow each other as one task graph, to be run again and again: their sizes and settings go to the device once, and the host waits once for
 * all of them. On PTX and CUDA the first run is captured as a CUDA graph, and every other is one call of the driver.
 *
 * <p>What TornadoVM 5.2 allows, from its source: a graph holds at most 256 tasks, 1,024 nodes and 8,192 bytes of description, see {@link #fitting}, so that tasks share equal arrays;
 * every task is compiled for itself, also if another one runs the same kernel; and a plan takes no graphs after it was made. So each of these is in a plan of its own, together
 * with the graphs of the device's plan that made the arenas, see {@link ArenaLoan}.
 */
final class ReplayGraph implements AutoCloseable {
    static final int MOST_TASKS = 256;

    private static final int MOST_NODES = 1000;
    private static final int NODES_OF_ARRAY = 3;

    private static final int MOST_BYTES = 8000;
    private static final int BYTES_OF_TASK = 15;
    private static final int BYTES_OF_ARRAY = 5;

    /** TornadoVM's backends that capture graphs. */
    private static final Set<TornadoVMBackendType> CAPTURING =
            Set.of(TornadoVMBackendType.PTX, TornadoVMBackendType.CUDA);

    private final Context context;
    /** What the kernels read: equal arrays only once. Buffers are what compares by content. */
    private final Map<Object, Object> arrays = new HashMap<>();

    private final ArenaLoan loan;
    private final ImmutableTaskGraph own;
    private final TornadoExecutionPlan plan;

    /** The graph's place in its plan. */
    private final int number;

    private boolean hasRun;

    /**
     * What graphs share with the device's plan.
     *
     * @param owners the graphs that brought the arenas to the device
     * @param grids adds the grids of the owners
     * @param arguments all that kernels take, but for the arenas and what belongs to a launch
     * @param alignment where kernels begin to count settings in their array
     * @param binding adds a kernel to a graph
     * @param loans makes the way in which a graph comes to the arenas
     * @param firstVectors reads so many of the main arena's first vectors
     */
    record Context(
            TornadoDevice device,
            List<ImmutableTaskGraph> owners,
            Consumer<GridScheduler> grids,
            Kernel.Arguments arguments,
            Alignment alignment,
            Binding binding,
            Supplier<ArenaLoan> loans,
            IntFunction<float[]> firstVectors) {}

    /** How a kernel is added to a graph, with images of halves as some operands. */
    @FunctionalInterface
    interface Binding {
        TaskGraph bind(Kernel kernel, Set<Integer> halves, TaskGraph graph, Kernel.Arguments arguments);
    }

    /** How many of the first launches fit into one graph: a task is a node, and one more for each array that it may write; an array is three. */
    static int fitting(Context context, List<Launch> launches) {
        ArenaLoan loan = context.loans.get();
        Set<Object> arrays = new HashSet<>();
        int tasks = 0;
        int nodes = 0;
        int bytes = 0;
        for (Launch launch : launches) {
            List<Object> own = new ArrayList<>(loan.arrays(launch));
            nodes += 1 + own.size();
            own.add(IntBuffer.wrap(launch.sizes()));
            if (launch.kernel().takes(Extra.SETTINGS)) {
                own.add(FloatBuffer.wrap(launch.settings()));
            }
            if (launch.kernel().takes(Extra.TABLE)) {
                own.add(IntBuffer.wrap(launch.table()));
            }
            arrays.addAll(own);
            bytes += BYTES_OF_TASK + (own.size() + 1) * BYTES_OF_ARRAY;
            if (tasks == MOST_TASKS || nodes + arrays.size() * NODES_OF_ARRAY > MOST_NODES || bytes > MOST_BYTES) {
                break;
            }
            tasks++;
        }
        return tasks;
    }

    /**
     * Builds the graph; the first {@link #run} compiles it.
     *
     * @param name unique in this process
     * @param launches at most as many as {@link #fitting} says
     */
    ReplayGraph(String name, Context context, List<Launch> launches) {
        this.context = context;
        loan = context.loans.get();
        TaskGraph graph = new NumberedTasks(name);
        GridScheduler scheduler = new GridScheduler();
        context.grids.accept(scheduler);
        loan.begin(graph);
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            add(launch, graph);
            WorkerGrid grid = new WorkerGrid2D(launch.x(), launch.y());
            grid.setLocalWork(launch.kernel().localX(), launch.kernel().localY(), 1);
            scheduler.addWorkerGrid(name + "." + NumberedTasks.name(Kernel.TASK, i), grid);
        }
        loan.end(graph);
        number = context.owners.size();
        own = graph.snapshot();
        plan = new TornadoExecutionPlan(
                Stream.concat(context.owners.stream(), Stream.of(own)).toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(context.device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, Plans.OPENCL_FLAGS);
        loan.lend(plan, number);
        if (CAPTURING.contains(context.device.getTornadoVMBackend())) {
            plan.withGraph(number).withCUDAGraph();
        }
    }

    private void add(Launch launch, TaskGraph graph) {
        Kernel.Arguments all = context.arguments;
        IntArray sizes = ints(Arrays.copyOf(launch.sizes(), Device.SIZES));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, sizes);
        FloatArray settings = all.settings();
        if (launch.kernel().takes(Extra.SETTINGS)) {
            settings = floats(launch.settings());
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, settings);
        }
        IntArray table = all.table();
        if (launch.kernel().takes(Extra.TABLE)) {
            table = ints(launch.table());
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, table);
        }
        var others = new Kernel.Arguments(
                all.context(), all.memory(), all.operands(), all.halves(), sizes, settings, table, all.staging());
        context.binding.bind(launch.kernel(), launch.halves(), graph, loan.arguments(launch, others));
    }

    private IntArray ints(int[] values) {
        return (IntArray) arrays.computeIfAbsent(IntBuffer.wrap(values), _ -> IntArray.fromArray(values));
    }

    private FloatArray floats(float[] settings) {
        return (FloatArray) arrays.computeIfAbsent(FloatBuffer.wrap(settings), _ -> {
            var array = new FloatArray(context.alignment.unusedFloats() + Device.SETTINGS);
            for (int i = 0; i < settings.length; i++) {
                array.set(context.alignment.firstFloat() + i, settings[i]);
            }
            return array;
        });
    }

    /** Runs all launches and returns when the device has finished. */
    void run() {
        plan.withGraph(number).execute();
        hasRun = true;
    }

    /**
     * Frees the code and the memory of the graph, but not the arenas. A graph that has never run to its end keeps what it has, since it may have nothing yet to let go of the arenas with.
     */
    @Override
    public void close() {
        if (!hasRun) {
            return;
        }
        IntArray sizes = (IntArray) arrays.values().stream()
                .filter(IntArray.class::isInstance)
                .findFirst()
                .orElseThrow();
        loan.giveBack(plan, number, sizes);
        Graphs.free(own);
    }
}
