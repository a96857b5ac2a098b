package dev.squall.tornado.sim;

import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.WorkerGrid;

/** A launch's work-items: {@code global} in all and {@code local} a group, each along x, y and z. */
record Grid(int[] global, int[] local) {

    static Grid of(KernelTask task, @Nullable WorkerGrid grid) {
        String kernel = task.kernel().name();
        if (grid == null) {
            throw KernelFault.launch(
                    kernel,
                    "task " + task.name() + " has no grid; a device would run work-item 0 only:"
                            + " add a WorkerGrid under this name to the plan's GridScheduler.");
        }
        int[] global = new int[3];
        int[] local = new int[3];
        long[] given = grid.getLocalWork();
        for (int d = 0; d < 3; d++) {
            global[d] = Math.toIntExact(grid.getGlobalWork()[d]);
            local[d] = given == null ? 1 : Math.toIntExact(given[d]);
            if (global[d] < 1 || local[d] < 1 || global[d] % local[d] != 0) {
                throw KernelFault.launch(
                        kernel,
                        "the global size " + global[d] + " is no positive multiple of the local"
                                + " size " + local[d] + " along " + "xyz".charAt(d)
                                + "; a device would compute garbage: round the"
                                + " global size up and guard the work-items past the end.");
            }
            if (grid.getGlobalOffset()[d] != 0) {
                throw KernelFault.launch(kernel, "a global offset is not supported: pass the offset as a parameter.");
            }
        }
        Grid checked = new Grid(global, local);
        if (checked.groupSize() > SimulatorRuntime.MAX_GROUP_SIZE) {
            throw KernelFault.launch(
                    kernel,
                    "a work-group of " + checked.groupSize() + " work-items is larger than the "
                            + SimulatorRuntime.MAX_GROUP_SIZE
                            + " that devices commonly allow: choose a smaller local size.");
        }
        return checked;
    }

    int items() {
        return Math.multiplyExact(Math.multiplyExact(global[0], global[1]), global[2]);
    }

    int groupSize() {
        return Math.multiplyExact(Math.multiplyExact(local[0], local[1]), local[2]);
    }
}
