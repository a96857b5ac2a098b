package dev.squall.tornado.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.squall.tornado.sim.KernelFault.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** What a graph finds in device memory is only what a transfer, a kernel or an earlier graph of the plan left there. */
@Tag("sim")
class PlanMemoryTest {

    private final SimulatorOptions before = SimulatorOptions.current();
    private final VectorFloat8 memory = new VectorFloat8(16);
    private final IntArray params = new IntArray(4);
    private final KernelContext context = new KernelContext();
    private final GridScheduler grids = new GridScheduler();

    @AfterEach
    void restoreOptions() {
        SimulatorOptions.set(before);
    }

    /** params: 0 the value to write. */
    static void fill(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(context.globalIdx, params.get(0));
    }

    /** params: 0 the value to add. */
    static void increase(KernelContext context, VectorFloat8 memory, IntArray params) {
        FloatArray floats = memory.getArray();
        floats.set(context.globalIdx, floats.get(context.globalIdx) + params.get(0));
    }

    static void writeFirst(KernelContext context, VectorFloat8 memory, IntArray params) {
        memory.getArray().set(0, params.get(0));
    }

    private TaskGraph fillGraph() {
        return graph("fill").task("t", PlanMemoryTest::fill, context, memory, params);
    }

    private TaskGraph increaseGraph(String name) {
        return graph(name).consumeFromDevice(memory).task("t", PlanMemoryTest::increase, context, memory, params);
    }

    private TaskGraph graph(String name) {
        WorkerGrid grid = new WorkerGrid1D(128);
        grid.setLocalWork(16, 1, 1);
        grids.addWorkerGrid(name + ".t", grid);
        return new TaskGraph(name).transferToDevice(DataTransferMode.EVERY_EXECUTION, params);
    }

    private TornadoExecutionPlan plan(TaskGraph... graphs) {
        ImmutableTaskGraph[] snapshots = new ImmutableTaskGraph[graphs.length];
        for (int i = 0; i < graphs.length; i++) {
            snapshots[i] = graphs[i].snapshot();
        }
        return new TornadoExecutionPlan(snapshots).withGridScheduler(grids);
    }

    @Test
    void whatEveryGraphPersistsStaysOnTheDevice() {
        TornadoExecutionPlan plan =
                plan(fillGraph().persistOnDevice(memory), increaseGraph("add").persistOnDevice(memory));
        params.set(0, 5);
        plan.withGraph(0).execute();
        params.set(0, 3);
        plan.withGraph(1).execute();
        TornadoExecutionResult result = plan.withGraph(1).execute();
        assertThat(memory.getArray().toHeapArray())
                .as("host memory before the transfer")
                .containsOnly(0);
        result.transferToHost(memory);
        assertThat(memory.getArray().toHeapArray()).containsOnly(11);
    }

    @Test
    void consumingWhatNobodyPersistedIsRefused() {
        TornadoExecutionPlan plan = plan(fillGraph(), increaseGraph("add").persistOnDevice(memory));
        plan.withGraph(0).execute();
        assertThatThrownBy(() -> plan.withGraph(1).execute())
                .isInstanceOf(KernelFault.class)
                .hasMessageContaining("task graph add consumes a VectorFloat8");
    }

    @Test
    void aGraphThatConsumesWithoutPersistingEndsTheChain() {
        TornadoExecutionPlan plan = plan(
                fillGraph().persistOnDevice(memory),
                increaseGraph("first"),
                increaseGraph("second").persistOnDevice(memory));
        plan.withGraph(0).execute();
        plan.withGraph(1).execute();
        KernelFault fault =
                catchThrowableOfType(KernelFault.class, () -> plan.withGraph(2).execute());
        assertThat(fault.kind()).isEqualTo(Kind.LAUNCH);
    }

    /** On a device this goes unnoticed until somebody else gets the memory. */
    @Test
    void memoryThatAnotherPlanHasFreedIsRefused() throws Exception {
        ImmutableTaskGraph fill = graph("fill")
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, memory)
                .task("t", PlanMemoryTest::fill, context, memory, params)
                .persistOnDevice(memory)
                .snapshot();
        ImmutableTaskGraph add = increaseGraph("add").persistOnDevice(memory).snapshot();
        TornadoExecutionPlan plan = new TornadoExecutionPlan(fill).withGridScheduler(grids);
        plan.execute();
        new TornadoExecutionPlan(fill, add).withGridScheduler(grids).execute();
        int allocated = SimulatedMemory.allocated();

        new TornadoExecutionPlan(add).close();
        assertThat(SimulatedMemory.allocated()).isLessThan(allocated);

        assertThatThrownBy(plan::execute)
                .isInstanceOf(KernelFault.class)
                .hasMessageContaining("device memory that is freed");
    }

    @Test
    void memoryThatNobodyTransferredIsNotZero() {
        TaskGraph graph = graph("add")
                .task("t", PlanMemoryTest::increase, context, memory, params)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, memory);
        plan(graph).execute();
        assertThat(memory.getArray().get(0)).isNaN();
    }

    @Test
    void aFirstExecutionTransferMissesLaterChanges() {
        TaskGraph graph = graph("add")
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, memory)
                .task("t", PlanMemoryTest::increase, context, memory, params)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, memory);
        TornadoExecutionPlan plan = plan(graph);
        params.set(0, 1);
        plan.execute();
        memory.fill(100);
        plan.execute();
        assertThat(memory.getArray().get(127)).isEqualTo(2);
    }

    @Test
    void aTaskWithoutAGridIsRefused() {
        TornadoExecutionPlan plan = plan(fillGraph()).withGridScheduler(new GridScheduler());
        KernelFault fault = catchThrowableOfType(KernelFault.class, plan::execute);
        assertThat(fault.kind()).isEqualTo(Kind.LAUNCH);
        assertThat(fault).hasMessageContaining("PlanMemoryTest.fill").hasMessageContaining("task fill.t has no grid");
    }

    @Test
    void racesAreFoundOnlyWhileTheOptionIsOn() {
        TaskGraph graph = graph("race")
                .task("t", PlanMemoryTest::writeFirst, context, memory, params)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, memory);
        SimulatorOptions.set(before.withRaces(true));
        assertThatThrownBy(plan(graph)::execute).isInstanceOf(KernelFault.class);
        SimulatorOptions.set(before.withRaces(false));
        params.set(0, 7);
        plan(graph).execute();
        assertThat(memory.getArray().get(0)).isEqualTo(7);
    }

    @Test
    void theSimulatorPresentsItselfAsAVirtualDevice() {
        SimulatorOptions.set(before.withDevice(TornadoDeviceType.GPU));
        TornadoDevice device = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
        assertThat(device.getDeviceType()).isEqualTo(TornadoDeviceType.GPU);
        assertThat(device.getTornadoVMBackend()).isEqualTo(TornadoVMBackendType.VIRTUAL);
    }

    /** Adds x to y, and the sum to x. */
    static void addBoth(KernelContext context, VectorFloat8 x, VectorFloat8 y, IntArray params) {
        int i = context.globalIdx;
        y.getArray().set(i, x.getArray().get(i) + y.getArray().get(i));
        x.getArray().set(i, x.getArray().get(i) + y.getArray().get(i));
    }

    /** TornadoVM schedules such a task for ever: after x, what wrote the array last is the task itself. */
    @Test
    void refusesTheSameArrayForTwoParameters() {
        var fault = catchThrowableOfType(
                KernelFault.class,
                () -> graph("add").task("t", PlanMemoryTest::addBoth, context, memory, memory, params));

        assertThat(fault.kind()).isEqualTo(Kind.LAUNCH);
        assertThat(fault).hasMessageContaining("addBoth").hasMessageContaining("the same array for two parameters");
    }
}
