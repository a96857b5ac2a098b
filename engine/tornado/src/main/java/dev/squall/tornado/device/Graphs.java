package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import dev.squall.tornado.kernel.Kernel.Extra;
import dev.squall.tornado.kernel.MemoryKernels;
import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Makes task graphs of one kernel each.
 *
 * @param mapped whether graphs have arrays of their own that stand for the arenas, see {@link Operands}; else they consume the only arena
 * @param format how they see images of halves
 */
record Graphs(
        Arenas arenas, Kernel.Arguments arguments, boolean mapped, HalfImages.Format format, KernelCopies copies) {
    /** The name of the graph that makes an arena. */
    static String nameOfOwner(int arena) {
        return MemoryKernels.FILL.name() + (arena == ArenaAllocator.MAIN ? "" : arena);
    }

    /** The grid of a kernel's graph, for a scheduler. */
    static WorkerGrid grid(GridScheduler scheduler, Kernel kernel, String graph) {
        WorkerGrid grid = new WorkerGrid2D(kernel.localX(), kernel.localY());
        grid.setLocalWork(kernel.localX(), kernel.localY(), 1);
        scheduler.addWorkerGrid(graph + "." + Kernel.TASK, grid);
        return grid;
    }

    /** Frees a graph's code and what it transfers or persists, which is to be nobody else's by then: closing a plan frees all of its graphs, so that a plan of this one alone is closed. */
    static void free(ImmutableTaskGraph graph) {
        try {
            new TornadoExecutionPlan(graph).close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("TornadoVM could not free a task graph's memory", e);
        }
    }

    /** For kernels without images of halves. */
    static TornadoNativeArray noHalves(int operand) {
        throw new IllegalStateException("operand " + operand + " of a kernel is no image of halves here");
    }

    /** Adds a kernel to a graph. */
    TaskGraph bind(Kernel kernel, Set<Integer> halves, TaskGraph graph, Kernel.Arguments values) {
        Kernel copy = halves.isEmpty() ? copies.of(kernel) : KernelCopies.withHalves(kernel, halves, format);
        return copy.binding().bind(graph, values);
    }

    /** The first kernel's graph for an arena: it makes the arena, and no other needs to say which one it works on. */
    ImmutableTaskGraph ofArena(Kernel kernel, int arena) {
        TaskGraph graph = new TaskGraph(nameOfOwner(arena));
        // Only what a graph transfers is freed with the plan; and a VectorFloat8 begins with a field that must come
        // from the host.
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, arenas.seen(arena));
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, arguments.sizes(), arguments.settings());
        bind(kernel, Set.of(), graph, arguments.with(arguments.memory(), index -> arenas.get(arena), Graphs::noHalves));
        graph.persistOnDevice(arenas.seen(arena));
        return graph.snapshot();
    }

    /** A kernel's graph, with images of halves as some operands. */
    ImmutableTaskGraph of(String name, Kernel kernel, Set<Integer> halves, Operands operands) {
        TaskGraph graph = new TaskGraph(name);
        if (!mapped) {
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
        if (mapped) {
            // TornadoVM hands an array from graph to graph only if all of them use it. So graphs have arrays of their
            // own, which get what they point to at a launch; nothing is ever copied.
            bind(kernel, halves, graph, arguments.with(operands.memory(), operands::array, operands::halves));
            Object[] arrays = operands.all().map(arenas::seen).toArray();
            graph.transferToDevice(DataTransferMode.UNDER_DEMAND, arrays);
            graph.persistOnDevice(arrays);
        } else {
            bind(kernel, halves, graph, arguments);
            graph.persistOnDevice(arenas.seen(arguments.memory()));
        }
        if (kernel.takes(Extra.TO_HOST)) {
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, arenas.seen(arguments.staging()));
        }
        return graph.snapshot();
    }
}
