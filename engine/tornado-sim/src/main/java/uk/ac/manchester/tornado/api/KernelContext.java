package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What a kernel knows about the work-item it runs as: its position in the grid, its work-group, the group's barrier and
 * local memory. The object that the host passes to {@link TaskGraph} is only a placeholder; the simulator hands each
 * work-item a context of its own.
 */
public class KernelContext {

    public final Integer globalIdx;
    public final Integer globalIdy;
    public final Integer globalIdz;

    public final Integer groupIdx;
    public final Integer groupIdy;
    public final Integer groupIdz;

    public final Integer localIdx;
    public final Integer localIdy;
    public final Integer localIdz;

    /** Number of work-items in the whole grid along x. */
    public final Integer globalGroupSizeX;

    public final Integer globalGroupSizeY;
    public final Integer globalGroupSizeZ;

    /** Number of work-items in a work-group along x. */
    public final Integer localGroupSizeX;

    public final Integer localGroupSizeY;
    public final Integer localGroupSizeZ;

    public KernelContext() {
        this(new int[3], new int[3], new int[3], new int[3], new int[3]);
    }

    /** For the simulator only: the real class has no such constructor. Every array holds x, y, z. */
    protected KernelContext(int[] global, int[] group, int[] local, int[] globalSize, int[] localSize) {
        globalIdx = global[0];
        globalIdy = global[1];
        globalIdz = global[2];
        groupIdx = group[0];
        groupIdy = group[1];
        groupIdz = group[2];
        localIdx = local[0];
        localIdy = local[1];
        localIdz = local[2];
        globalGroupSizeX = globalSize[0];
        globalGroupSizeY = globalSize[1];
        globalGroupSizeZ = globalSize[2];
        localGroupSizeX = localSize[0];
        localGroupSizeY = localSize[1];
        localGroupSizeZ = localSize[2];
    }

    /** Waits until every work-item of the group is here; then all see what the others wrote to local memory. */
    public void localBarrier() {
        throw outsideKernel();
    }

    /** Memory shared by the work-items of a group, undefined until written. */
    public float[] allocateFloatLocalArray(int size) {
        throw outsideKernel();
    }

    /** Memory shared by the work-items of a group, undefined until written. */
    public int[] allocateIntLocalArray(int size) {
        throw outsideKernel();
    }

    /** Adds to an element as one indivisible step; the only defined way for two work-items to write one element. */
    public void atomicAdd(IntArray array, int index, int val) {
        throw outsideKernel();
    }

    /** The running sums of a warp for 16 x 8 results, four for each of its 32 work-items, all of them {@code value}. */
    public float[] mmaFragment(float value) {
        throw outsideKernel();
    }

    /**
     * What a work-item holds of the left side of a product: 8 of 16 x 16 halves, which lie in local memory row by row, two in an int, from a byte on. A warp calls this
     * together.
     */
    public HalfFloat[] mmaLoadA(int[] tile, int depth, int firstByte) {
        throw outsideKernel();
    }

    /** The same of the right side: 4 of 16 x 8 halves, row by row. */
    public HalfFloat[] mmaLoadB(int[] tile, int depth, int firstByte) {
        throw outsideKernel();
    }

    /** sums + a b, by a warp together. */
    public float[] mma(HalfFloat[] a, HalfFloat[] b, float[] sums, MMAShape shape) {
        throw outsideKernel();
    }

    /** Writes a warp's 16 x 8 sums: that of row r and column c to {@code (row + r) * stride + column + c}. */
    public void mmaStore(float[] sums, FloatArray to, int row, int column, int stride) {
        throw outsideKernel();
    }

    private static IllegalStateException outsideKernel() {
        return new IllegalStateException("A KernelContext works only inside a kernel: launch the method as a task of a"
                + " TaskGraph instead of calling it.");
    }
}
