package uk.ac.manchester.tornado.api;

import dev.squall.tornado.sim.GraphRecord;
import dev.squall.tornado.sim.SimulatedMemory;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** Task graphs that share device memory, and how to run them. Here they run on the work-group simulator. */
public class TornadoExecutionPlan implements AutoCloseable {

    private final List<GraphRecord> graphs;
    private final SimulatedMemory memory = new SimulatedMemory();
    private int[] selected;
    private @Nullable GridScheduler grids;

    public TornadoExecutionPlan(ImmutableTaskGraph... immutableTaskGraphs) {
        graphs = Stream.of(immutableTaskGraphs).map(ImmutableTaskGraph::graph).toList();
        selected = IntStream.range(0, graphs.size()).toArray();
    }

    public static TornadoDevice getDevice(int driverIndex, int deviceIndex) {
        return TornadoRuntimeProvider.getTornadoRuntime()
                .getBackend(driverIndex)
                .getDevice(deviceIndex);
    }

    public static TornadoDeviceMap getTornadoDeviceMap() {
        return new TornadoDeviceMap();
    }

    /** The next executions run only the graph of this index. */
    public TornadoExecutionPlan withGraph(int graphIndex) {
        if (graphIndex < 0 || graphIndex >= graphs.size()) {
            throw new IllegalArgumentException("A graph index must lie in [0, " + graphs.size() + "), but it is "
                    + graphIndex + ": count the graphs given to this plan.");
        }
        selected = new int[] {graphIndex};
        return this;
    }

    public TornadoExecutionPlan withAllGraphs() {
        selected = IntStream.range(0, graphs.size()).toArray();
        return this;
    }

    public TornadoExecutionPlan withGridScheduler(GridScheduler gridScheduler) {
        grids = gridScheduler;
        return this;
    }

    /** The simulator is the only device here, so there is nothing to choose. */
    public TornadoExecutionPlan withDevice(TornadoDevice device) {
        return this;
    }

    /** There is no compiler here that flags could reach. */
    public TornadoExecutionPlan withCompilerFlags(TornadoVMBackendType backend, String compilerFlags) {
        return this;
    }

    /** There is no CUDA here that could capture a graph. */
    public TornadoExecutionPlan withCUDAGraph() {
        return this;
    }

    /** Nothing is generated here that could be printed. */
    public TornadoExecutionPlan withPrintKernel() {
        return this;
    }

    public TornadoExecutionPlan withoutPrintKernel() {
        return this;
    }

    /**
     * Runs the selected graphs and returns when they have finished.
     *
     * @throws dev.squall.tornado.sim.KernelFault if a kernel does what a device would not forgive
     */
    public TornadoExecutionResult execute() {
        for (int index : selected) {
            memory.execute(graphs.get(index), grids);
        }
        return new TornadoExecutionResult(memory);
    }

    /**
     * Lets an array of one graph stand for the device memory of an array of another graph: what the graph does with the first it does with the second.
     *
     * @param offset the simulator knows 0 only
     */
    public void mapOnDeviceMemoryRegion(
            Object destTornadoArray, Object srcTornadoArray, long offset, int fromGraphIndex, int toGraphIndex) {
        if (offset != 0) {
            throw new IllegalArgumentException(
                    "The simulator maps whole arrays only, from offset 0, not " + offset + ".");
        }
        memory.map(graphs.get(toGraphIndex), destTornadoArray, graphs.get(fromGraphIndex), srcTornadoArray);
    }

    /** Frees what its graphs have on the device, also where they belong to other plans, too. */
    @Override
    public void close() throws TornadoExecutionPlanException {
        graphs.forEach(memory::free);
    }
}
