package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.List;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/**
 * TornadoVM hands an array that graphs consume from one to the next in the order in which they run, and does not ask to which plan they belong. The graph does not persist the
 * arena, which closing its plan would free otherwise.
 *
 * @param memory the arena as TornadoVM sees it
 * @param bringHome lets the device's own plan run the graph that made the arena, so that it fills nothing
 */
record ConsumedArena(Object memory, Runnable bringHome) implements ArenaLoan {
    @Override
    public List<?> arrays(Launch launch) {
        return List.of(ArenaAllocator.MAIN);
    }

    @Override
    public void begin(TaskGraph graph) {
        graph.consumeFromDevice(memory);
    }

    @Override
    public Kernel.Arguments arguments(Launch launch, Kernel.Arguments others) {
        return others;
    }

    @Override
    public void end(TaskGraph graph) {}

    /**
     * Runs the graph that made the arena once more for nothing, and so leaves the arena to the other graph. It takes the arena from the plan in which it ran last, which must not be that of
     * another sequence: such a plan has given the arena away.
     */
    @Override
    public void lend(TornadoExecutionPlan plan, int graph) {
        bringHome.run();
        plan.withGraph(ArenaAllocator.MAIN).execute();
    }

    /** TornadoVM does not free what a graph consumes. */
    @Override
    public void giveBack(TornadoExecutionPlan plan, int graph, Object own) {}
}
