package dev.squall.tornado.device;

import dev.squall.tornado.kernel.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Arrays of a few bytes that stand for arenas in one task graph: one for each arena and each operand, since TornadoVM 5.2 waits for ever on a task that gets one array twice. Before
 * the graph runs for the first time they get the pointers of the arenas, for good; nothing is copied.
 *
 * <p>Tasks that work on one arena through different arrays seem independent to TornadoVM. It runs them in the order in which they were added for all that: a task depends on
 * earlier nodes of its graph only, so that the pass over the nodes that makes the plan takes each where it stands, and all go to one queue, which keeps its order.
 */
final class MappedArenas implements ArenaLoan {
    /** The place of the main arena among a kernel's operands. */
    private static final int MEMORY = -1;

    private final Arenas arenas;
    private final HalfImages.Format format;
    private final Map<Alias, Object> aliases = new LinkedHashMap<>();

    /** @param place the arena, and whether it holds halves */
    private record Alias(int operand, int place) {}

    MappedArenas(Arenas arenas, HalfImages.Format format) {
        this.arenas = arenas;
        this.format = format;
    }

    @Override
    public List<?> arrays(Launch launch) {
        List<Alias> all = new ArrayList<>();
        all.add(new Alias(MEMORY, ArenaAllocator.MAIN));
        for (int operand = 0; operand < launch.places().length; operand++) {
            all.add(new Alias(operand, launch.places()[operand]));
        }
        return all;
    }

    private VectorFloat8 array(int operand, int place) {
        return (VectorFloat8) aliases.computeIfAbsent(new Alias(operand, place), _ -> new VectorFloat8(1));
    }

    private TornadoNativeArray halves(int operand, int place) {
        return (TornadoNativeArray) aliases.computeIfAbsent(new Alias(operand, place), _ -> format.placeholder());
    }

    @Override
    public void begin(TaskGraph graph) {}

    @Override
    public Kernel.Arguments arguments(Launch launch, Kernel.Arguments others) {
        return others.with(
                array(MEMORY, ArenaAllocator.MAIN),
                operand -> array(operand, launch.places()[operand]),
                operand -> halves(operand, launch.places()[operand]));
    }

    @Override
    public void end(TaskGraph graph) {
        Object[] arrays = aliases.values().stream().map(arenas::seen).toArray();
        graph.transferToDevice(DataTransferMode.UNDER_DEMAND, arrays);
        graph.persistOnDevice(arrays);
    }

    @Override
    public void lend(TornadoExecutionPlan plan, int graph) {
        aliases.forEach((alias, array) -> {
            int arena = Launch.arena(alias.place);
            plan.mapOnDeviceMemoryRegion(arenas.seen(array), arenas.seen(arena), 0, arena, graph);
        });
    }

    /**
     * TornadoVM frees what the arrays point to. So they get the pointer of another array of the graph, which is freed once however many have it. The few bytes that each of them had at first
     * stay on the device until the process ends.
     */
    @Override
    public void giveBack(TornadoExecutionPlan plan, int graph, Object own) {
        aliases.values().forEach(array -> plan.mapOnDeviceMemoryRegion(arenas.seen(array), own, 0, graph, graph));
    }
}
