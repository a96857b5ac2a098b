package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import uk.ac.manchester.tornado.api.KernelContext;

/** One execution of one kernel over its grid: the work-groups one after another, x fastest. */
final class Launch {

    /** One launch at a time in the whole process: instrumented kernels find their local memory through a static field. */
    private static final ReentrantLock DEVICE = new ReentrantLock();

    private final KernelTask task;
    private final Object[] arguments;
    private final Grid grid;
    private final Clock clock;
    private final KernelBody body;
    private final int contextPosition;

    Launch(KernelTask task, Object[] arguments, Grid grid, Clock clock, SimulatorOptions options) {
        this.task = task;
        this.arguments = arguments;
        this.grid = grid;
        this.clock = clock;
        body = task.body(options.localMemory());
        contextPosition = contextPosition(task);
    }

    private static int contextPosition(KernelTask task) {
        for (int i = 0; i < task.arguments().length; i++) {
            if (task.arguments()[i] instanceof KernelContext) {
                return i;
            }
        }
        throw KernelFault.launch(
                task.kernel().name(),
                "it has no KernelContext parameter: the simulator runs only kernels" + " that take one.");
    }

    void run() {
        int[] group = new int[3];
        LaunchLog.add(task, grid);
        DEVICE.lock();
        try {
            for (group[2] = 0; group[2] < grid.global()[2] / grid.local()[2]; group[2]++) {
                for (group[1] = 0; group[1] < grid.global()[1] / grid.local()[1]; group[1]++) {
                    for (group[0] = 0; group[0] < grid.global()[0] / grid.local()[0]; group[0]++) {
                        new WorkGroup(grid, clock, this::run, group.clone()).run();
                    }
                }
            }
        } finally {
            DEVICE.unlock();
        }
    }

    /** Runs a work-item from the kernel's first line to its last. */
    private void run(WorkItem item) {
        arguments[contextPosition] = item;
        try {
            body.run(arguments);
        } catch (KernelFault | LockStep.Aborted e) {
            throw e;
        } catch (Throwable e) {
            throw fault(item, e);
        }
    }

    private KernelFault fault(WorkItem item, Throwable cause) {
        Kind kind = cause instanceof Violation violation ? violation.kind() : Kind.EXCEPTION;
        int[] position = {item.globalIdx, item.globalIdy, item.globalIdz};
        StackTraceElement location = Frames.kernelFrame(cause, task.kernel().method());
        String what = cause instanceof Violation ? cause.getMessage() : "throws " + cause;
        String message = "Kernel " + task.kernel().name() + ", work-item " + Arrays.toString(position) + ", "
                + (location == null ? "unknown line" : location.getFileName() + ":" + location.getLineNumber()) + ": "
                + what;
        return new KernelFault(kind, task.kernel().name(), position, location, message, cause);
    }
}
