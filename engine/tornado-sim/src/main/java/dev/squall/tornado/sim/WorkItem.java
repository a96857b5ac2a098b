package dev.squall.tornado.sim;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The context that the simulator gives one work-item. */
final class WorkItem extends KernelContext {

    private final WorkGroup workGroup;
    private final int number;
    private final int linear;
    private int allocations;

    WorkItem(WorkGroup workGroup, int number, int[] global, int[] group, int[] local, Grid grid) {
        super(global, group, local, grid.global(), grid.local());
        this.workGroup = workGroup;
        this.number = number;
        linear = (global[2] * grid.global()[1] + global[1]) * grid.global()[0] + global[0];
    }

    WorkGroup group() {
        return workGroup;
    }

    /** Position in the group, x fastest. */
    int number() {
        return number;
    }

    /** Position in the grid, x fastest. */
    int linear() {
        return linear;
    }

    @Override
    public void localBarrier() {
        workGroup.barrier(this);
    }

    @Override
    public float[] allocateFloatLocalArray(int size) {
        return (float[]) workGroup.localMemory().allocate(allocations++, size, Float.BYTES, () -> new float[size]);
    }

    @Override
    public int[] allocateIntLocalArray(int size) {
        return (int[]) workGroup.localMemory().allocate(allocations++, size, Integer.BYTES, () -> new int[size]);
    }

    @Override
    public void atomicAdd(IntArray array, int index, int val) {
        ((DeviceInts) array).addAtomically(index, val);
    }
}
