package dev.squall.tornado.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One work-group. Its first work-item runs on the caller's thread. If that meets no barrier, the others simply follow it;
 * if it does, the others are started in {@link LockStep}. So a kernel without barriers costs no threads.
 */
final class WorkGroup implements Group {

    private final Grid grid;
    private final Clock clock;
    private final Consumer<WorkItem> kernel;
    private final int[] group;
    private final WorkItem[] items;
    private final LocalMemory localMemory = new LocalMemory();
    private final List<Warp> warps = new ArrayList<>();
    private @Nullable LockStep lockStep;

    /**
     * The group of index {@code group} of a launch.
     *
     * @param kernel runs a work-item from the kernel's first line to its last
     */
    WorkGroup(Grid grid, Clock clock, Consumer<WorkItem> kernel, int[] group) {
        this.grid = grid;
        this.clock = clock;
        this.kernel = kernel;
        this.group = group;
        items = new WorkItem[grid.groupSize()];
    }

    void run() {
        LocalMemory.enter(localMemory);
        try {
            run(0);
            if (lockStep != null) {
                lockStep.finish();
            } else {
                for (int i = 1; i < items.length; i++) {
                    run(i);
                }
            }
            warps.forEach(Warp::passBarrier);
        } finally {
            LocalMemory.leave();
            if (lockStep != null) {
                lockStep.abort();
            }
        }
    }

    private void run(int number) {
        items[number] = item(number);
        resume(number);
        kernel.accept(items[number]);
    }

    /** @param number position in the group, x fastest */
    private WorkItem item(int number) {
        int[] size = grid.local();
        int[] local = {number % size[0], number / size[0] % size[1], number / (size[0] * size[1])};
        int[] global = new int[3];
        for (int d = 0; d < 3; d++) {
            global[d] = group[d] * size[d] + local[d];
        }
        return new WorkItem(this, number, global, group, local, grid);
    }

    @Override
    public LocalMemory localMemory() {
        return localMemory;
    }

    @Override
    public void actAs(int number) {
        clock.run(items[number].linear());
    }

    @Override
    public Warp warp(int number) {
        if (warps.isEmpty()) {
            Warp.check(grid);
            for (int first = 0; first < items.length; first += Warp.SIZE) {
                warps.add(new Warp());
            }
        }
        return warps.get(number / Warp.SIZE);
    }

    private void passBarrier() {
        localMemory.passBarrier();
        warps.forEach(Warp::passBarrier);
    }

    /** The work-item has its turn. */
    private void resume(int number) {
        clock.run(items[number].linear());
        localMemory.run(number);
    }

    @Override
    public void barrier(int number) {
        if (lockStep == null) {
            if (number > 0) {
                throw LockStep.divergence("waits at a barrier, but work-item 0 of its group has returned");
            }
            lockStep = new LockStep(items.length, this::run, this::resume, this::passBarrier);
        }
        lockStep.barrier(number);
    }
}
