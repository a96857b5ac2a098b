package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
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

/**
 * Launches that follow each other as one task graph, to be run again and again: their sizes and settings go to the device once, and the host waits once for
 * all of them. On PTX and CUDA the first run is captured as a CUDA graph, and every other is one call of the driver.
 *
 * <p>What TornadoVM 5.2 allows, from its source: a graph holds at most 256 tasks and 1,024 nodes, of which a task takes {@value #NODES_OF_TASK} and each array
 * {@value #NODES_OF_ARRAY}, so that tasks share equal arrays; every task is compiled for itself, also if another one runs the same kernel; and a plan takes no
 * graphs after it was made. So each of these is in a plan of its own, together with the first graph of the device's plan: TornadoVM hands an array that
 * graphs consume from one to the next in the order in which they run, and does not ask to which plan they belong. It does not persist the arena, which closing
 * its plan would free otherwise.
 */
final class ReplayGraph implements AutoCloseable {
    static final int MOST_TASKS = 256;

    private static final int MOST_NODES = 1000;
    private static final int NODES_OF_TASK = 2;
    private static final int NODES_OF_ARRAY = 3;

    /** The graph's place in its plan. */
    private static final int GRAPH = 1;

    /** TornadoVM's backends that capture graphs. */
    private static final Set<TornadoVMBackendType> CAPTURING =
            Set.of(TornadoVMBackendType.PTX, TornadoVMBackendType.CUDA);

    private final Context context;
    /** What the kernels read: equal arrays only once. Buffers are what compares by content. */
    private final Map<Object, Object> arrays = new HashMap<>();

    private final TornadoExecutionPlan plan;

    /**
     * What graphs share with the device's plan.
     *
     * @param first the graph that brought the arena to the device
     * @param grid of the task in {@code first}, named {@code task}
     * @param memory the arena as TornadoVM sees it
     * @param alignment where kernels begin to count settings in their array
     * @param binding adds a kernel to a graph
     * @param bringHome lets the device's own plan run {@code first}
     */
    record Context(
            TornadoDevice device,
            ImmutableTaskGraph first,
            String task,
            WorkerGrid grid,
            Object memory,
            Kernel.Arguments arguments,
            Alignment alignment,
            Binding binding,
            Runnable bringHome) {}

    /** How a kernel is added to a graph. */
    @FunctionalInterface
    interface Binding {
        TaskGraph bind(Kernel kernel, TaskGraph graph, Kernel.Arguments arguments);
    }

    /** How many of the first launches fit into one graph. */
    static int fitting(List<Launch> launches) {
        Set<Object> arrays = new HashSet<>();
        int tasks = 0;
        for (Launch launch : launches) {
            arrays.add(IntBuffer.wrap(launch.sizes()));
            if (launch.kernel().takes(Extra.SETTINGS)) {
                arrays.add(FloatBuffer.wrap(launch.settings()));
            }
            if (launch.kernel().takes(Extra.TABLE)) {
                arrays.add(IntBuffer.wrap(launch.table()));
            }
            if (tasks == MOST_TASKS || (tasks + 1) * NODES_OF_TASK + arrays.size() * NODES_OF_ARRAY > MOST_NODES) {
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
        TaskGraph graph = new NumberedTasks(name);
        GridScheduler scheduler = new GridScheduler(context.task, context.grid);
        graph.consumeFromDevice(context.memory);
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            add(launch, graph);
            WorkerGrid grid = new WorkerGrid2D(launch.x(), launch.y());
            grid.setLocalWork(launch.kernel().localX(), launch.kernel().localY(), 1);
            scheduler.addWorkerGrid(name + "." + NumberedTasks.name(Kernel.TASK, i), grid);
        }
        plan = new TornadoExecutionPlan(context.first, graph.snapshot());
        plan.withDevice(context.device)
                .withGridScheduler(scheduler)
                .withCompilerFlags(TornadoVMBackendType.OPENCL, Device.OPENCL_FLAGS);
        // Fills nothing, and leaves the arena to the other graph. It takes the arena from the plan in which it ran
        // last, which must not be that of another
        // sequence: such a plan has given the arena away.
        context.bringHome.run();
        context.arguments.sizes().set(0, 0);
        plan.withGraph(0).execute();
        if (CAPTURING.contains(context.device.getTornadoVMBackend())) {
            plan.withGraph(GRAPH).withCUDAGraph();
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
        context.binding.bind(
                launch.kernel(),
                graph,
                new Kernel.Arguments(
                        all.context(), all.memory(), all.operands(), sizes, settings, table, all.staging()));
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
        plan.withGraph(GRAPH).execute();
    }

    @Override
    public void close() {
        try {
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("TornadoVM could not free a task graph's memory", e);
        }
    }
}
