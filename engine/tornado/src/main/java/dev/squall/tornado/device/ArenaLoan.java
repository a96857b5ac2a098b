package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.List;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/**
 * How a task graph outside of the device's plan comes to the arenas, which belong to graphs of that plan. TornadoVM 5.2 has two ways:
 *
 * <pre>
 *   {@link ConsumedArena}    one arena, of floats or vectors: the graph consumes the array that another one has left on the device
 *   {@link MappedArenas}     several, of floats: arrays of the graph get the pointers of the arenas
 * </pre>
 *
 * A loan is for one graph. Its methods are called in the order in which they stand here, {@link #arrays} and {@link #arguments} for each launch. The plan of the graph begins with
 * the graphs that made the arenas.
 */
interface ArenaLoan {
    /** What stands for arenas in a launch: each of it is one array of the graph, which launches share. */
    List<?> arrays(Launch launch);

    /** Begins the graph. */
    void begin(TaskGraph graph);

    /** What to bind a launch to: {@code others} with the arenas. */
    Kernel.Arguments arguments(Launch launch, Kernel.Arguments others);

    /** Ends the graph. */
    void end(TaskGraph graph);

    /** Hands the arenas over in the graph's plan, where it has number {@code graph}. */
    void lend(TornadoExecutionPlan plan, int graph);

    /**
     * Lets go of the arenas before the graph's memory is freed, so that they are not.
     *
     * @param own an array of the graph that has memory of its own
     */
    void giveBack(TornadoExecutionPlan plan, int graph, Object own);
}
