package dev.squall.tornado.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/** Kernels without a fault compute on the simulator what a loop computes. */
@Tag("sim")
class CorrectKernelTest {

    private static final int TILE = 8;

    /** params: count, offsets of a, b and the sum, all in vectors of eight. */
    static void vectorAdd(KernelContext context, VectorFloat8 memory, IntArray params) {
        int i = context.globalIdx;
        if (i < params.get(0)) {
            Float8 sum = Float8.add(memory.get(params.get(1) + i), memory.get(params.get(2) + i));
            memory.set(params.get(3) + i, sum);
        }
    }

    /** params: n, offsets of the n x n matrices a, b and their product, in floats. */
    static void tiledMatmul(KernelContext context, VectorFloat8 memory, IntArray params) {
        float[] tileA = context.allocateFloatLocalArray(TILE * TILE);
        float[] tileB = context.allocateFloatLocalArray(TILE * TILE);
        FloatArray floats = memory.getArray();
        int n = params.get(0);
        int row = context.localIdy;
        int column = context.localIdx;
        int here = row * TILE + column;
        float sum = 0;
        for (int t = 0; t < n; t += TILE) {
            tileA[here] = floats.get(params.get(1) + context.globalIdy * n + t + column);
            tileB[here] = floats.get(params.get(2) + (t + row) * n + context.globalIdx);
            context.localBarrier();
            for (int k = 0; k < TILE; k++) {
                sum += tileA[row * TILE + k] * tileB[k * TILE + column];
            }
            context.localBarrier();
        }
        floats.set(params.get(3) + context.globalIdy * n + context.globalIdx, sum);
    }

    /** Writes x + 100 y + 10000 (group x) + 1000000 (group y). */
    static void coordinates(KernelContext context, VectorFloat8 memory, IntArray params) {
        int width = context.globalGroupSizeX;
        float value =
                context.globalIdx + 100 * context.globalIdy + 10_000 * context.groupIdx + 1_000_000 * context.groupIdy;
        memory.getArray().set(context.globalIdy * width + context.globalIdx, value);
    }

    /** Sum of each group's elements by a tree in local memory. */
    static void groupSum(KernelContext context, VectorFloat8 memory, IntArray params) {
        int l = context.localIdx;
        float[] partial = context.allocateFloatLocalArray(64);
        partial[l] = memory.getArray().get(context.globalIdx);
        context.localBarrier();
        for (int stride = context.localGroupSizeX / 2; stride > 0; stride /= 2) {
            if (l < stride) {
                partial[l] += partial[l + stride];
            }
            context.localBarrier();
        }
        if (l == 0) {
            memory.getArray().set(params.get(0) + context.groupIdx, partial[0]);
        }
    }

    static void count(KernelContext context, VectorFloat8 memory, IntArray params) {
        if (context.globalIdx < memory.getLength()) {
            context.atomicAdd(params, 0, 1);
        }
    }

    private static WorkerGrid grid(int globalX, int localX) {
        WorkerGrid grid = new WorkerGrid1D(globalX);
        grid.setLocalWork(localX, 1, 1);
        return grid;
    }

    private static WorkerGrid grid(int globalX, int globalY, int localX, int localY) {
        WorkerGrid grid = new WorkerGrid2D(globalX, globalY);
        grid.setLocalWork(localX, localY, 1);
        return grid;
    }

    private static VectorFloat8 random(int floats) {
        Random random = new Random(1);
        FloatArray array = new FloatArray(floats);
        for (int i = 0; i < floats; i++) {
            array.set(i, random.nextFloat() - 0.5f);
        }
        return new VectorFloat8(array);
    }

    @Test
    void addsVectorsAndLeavesTheRestAlone() {
        VectorFloat8 memory = random(8 * 35);
        float[] before = memory.getArray().toHeapArray();
        Kernels.run(CorrectKernelTest::vectorAdd, memory, IntArray.fromElements(10, 0, 10, 20), grid(16, 4));
        for (int i = 0; i < before.length; i++) {
            float expected = i >= 160 && i < 240 ? before[i - 160] + before[i - 80] : before[i];
            assertThat(memory.getArray().get(i)).as("element %d", i).isEqualTo(expected);
        }
    }

    @Test
    void multipliesMatricesThroughLocalMemory() {
        int n = 24;
        VectorFloat8 memory = random(3 * n * n);
        IntArray params = IntArray.fromElements(n, 0, n * n, 2 * n * n);
        Kernels.run(CorrectKernelTest::tiledMatmul, memory, params, grid(n, n, TILE, TILE));
        FloatArray floats = memory.getArray();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                float sum = 0;
                for (int k = 0; k < n; k++) {
                    sum += floats.get(i * n + k) * floats.get(n * n + k * n + j);
                }
                assertThat(floats.get(2 * n * n + i * n + j))
                        .as("[%d, %d]", i, j)
                        .isEqualTo(sum);
            }
        }
    }

    @Test
    void numbersItemsAndGroupsOfATwoDimensionalGrid() {
        VectorFloat8 memory = random(12 * 6 + 8);
        Kernels.run(CorrectKernelTest::coordinates, memory, new IntArray(1), grid(12, 6, 4, 3));
        for (int y = 0; y < 6; y++) {
            for (int x = 0; x < 12; x++) {
                assertThat(memory.getArray().get(y * 12 + x))
                        .isEqualTo(x + 100 * y + 10_000 * (x / 4) + 1_000_000 * (y / 3));
            }
        }
    }

    @Test
    void sumsEachGroupByATree() {
        VectorFloat8 memory = new VectorFloat8(64);
        memory.fill(1);
        Kernels.run(CorrectKernelTest::groupSum, memory, IntArray.fromElements(256), grid(192, 64));
        assertThat(memory.getArray().get(256)).isEqualTo(64);
        assertThat(memory.getArray().get(257)).isEqualTo(64);
        assertThat(memory.getArray().get(258)).isEqualTo(64);
    }

    @Test
    void atomicAdditionsDoNotRace() {
        IntArray params = IntArray.fromElements(0);
        VectorFloat8 memory = new VectorFloat8(100);
        GridScheduler grids = new GridScheduler("g.t", grid(128, 32));
        TaskGraph graph = new TaskGraph("g")
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, params)
                .task("t", CorrectKernelTest::count, new KernelContext(), memory, params)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, params);
        new TornadoExecutionPlan(graph.snapshot()).withGridScheduler(grids).execute();
        assertThat(params.get(0)).isEqualTo(100);
    }
}
