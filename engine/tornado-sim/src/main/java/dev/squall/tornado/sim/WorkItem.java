package dev.squall.tornado.sim;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The context that the simulator gives one work-item. */
final class WorkItem extends KernelContext {

    private final Group group;
    private final int number;
    private final int linear;
    private int allocations;

    WorkItem(Group ofGroup, int number, int[] global, int[] groupIndex, int[] local, Grid grid) {
        super(global, groupIndex, local, grid.global(), grid.local());
        group = ofGroup;
        this.number = number;
        linear = (global[2] * grid.global()[1] + global[1]) * grid.global()[0] + global[0];
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
        group.barrier(number);
    }

    @Override
    public float[] allocateFloatLocalArray(int size) {
        return (float[]) group.localMemory().allocate(allocations++, size, Float.BYTES, () -> new float[size]);
    }

    @Override
    public int[] allocateIntLocalArray(int size) {
        return (int[]) group.localMemory().allocate(allocations++, size, Integer.BYTES, () -> new int[size]);
    }

    @Override
    public float[] mmaFragment(float value) {
        return new float[] {value, value, value, value};
    }

    @Override
    public HalfFloat[] mmaLoadA(int[] tile, int depth, int firstByte) {
        return Warp.left(lane(), tile, depth, firstByte);
    }

    @Override
    public HalfFloat[] mmaLoadB(int[] tile, int depth, int firstByte) {
        return Warp.right(lane(), tile, depth, firstByte);
    }

    @Override
    public float[] mma(HalfFloat[] a, HalfFloat[] b, float[] sums, MMAShape shape) {
        return group.warp(number).multiply(lane(), a, b, sums, shape);
    }

    @Override
    public void mmaStore(float[] sums, FloatArray to, int row, int column, int stride) {
        group.warp(number).store(lane(), sums, to, row, column, stride, lane -> group.actAs(number - lane() + lane));
    }

    private int lane() {
        return number % Warp.SIZE;
    }

    @Override
    public void atomicAdd(IntArray array, int index, int val) {
        ((DeviceInts) array).addAtomically(index, val);
    }
}
