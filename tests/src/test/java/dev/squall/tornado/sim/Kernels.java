package dev.squall.tornado.sim;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** Launches a kernel once, with all its memory copied there and back. */
final class Kernels {

    private Kernels() {}

    static void run(
            Task3<KernelContext, VectorFloat8, IntArray> kernel,
            VectorFloat8 memory,
            IntArray params,
            WorkerGrid grid) {
        TaskGraph graph = new TaskGraph("g")
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, memory, params)
                .task("t", kernel, new KernelContext(), memory, params)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, memory);
        new TornadoExecutionPlan(graph.snapshot())
                .withGridScheduler(new GridScheduler("g.t", grid))
                .execute();
    }
}
