package dev.squall.tornado.sim;

import org.jspecify.annotations.Nullable;

/**
 * One work-group. Its first work-item runs on the caller's thread. If that meets no barrier, the others simply follow it;
 * if it does, the others are started in {@link LockStep}. So a kernel without barriers costs no threads.
 */
final class WorkGroup {

    private final Launch launch;
    private final int[] group;
    private final LocalMemory localMemory = new LocalMemory();
    private @Nullable LockStep lockStep;

    WorkGroup(Launch launch, int[] group) {
        this.launch = launch;
        this.group = group;
    }

    void run() {
        int size = launch.grid().groupSize();
        LocalMemory.enter(localMemory);
        try {
            launch.run(item(0));
            if (lockStep != null) {
                lockStep.finish();
            } else {
                for (int i = 1; i < size; i++) {
                    launch.run(item(i));
                }
            }
        } finally {
            LocalMemory.leave();
            if (lockStep != null) {
                lockStep.abort();
            }
        }
    }

    /** @param number position in the group, x fastest */
    WorkItem item(int number) {
        Grid grid = launch.grid();
        int[] size = grid.local();
        int[] local = {number % size[0], number / size[0] % size[1], number / (size[0] * size[1])};
        int[] global = new int[3];
        for (int d = 0; d < 3; d++) {
            global[d] = group[d] * size[d] + local[d];
        }
        return new WorkItem(this, number, global, group, local, grid);
    }

    LocalMemory localMemory() {
        return localMemory;
    }

    /** The work-item has its turn. */
    void resume(WorkItem item) {
        launch.clock().run(item.linear());
        localMemory.run(item.number());
    }

    void barrier(WorkItem item) {
        if (lockStep == null) {
            if (item.number() > 0) {
                throw LockStep.divergence("waits at a barrier, but work-item 0 of its group has returned");
            }
            lockStep = new LockStep(this, launch);
        }
        lockStep.barrier(item);
    }
}
