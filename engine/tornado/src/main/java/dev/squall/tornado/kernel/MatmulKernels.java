package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Matrix products c = a b, with a of M x K, b of K x N and c of M x N: once for processors that keep their data in caches and vector registers,
 * once for those that have local memory instead.
 *
 * <p>Both take a as it is, row-major or transposed: element (i, k) is at float i * rowStep + k * depthStep. They take b in rows of whole
 * vectors: row k of 16-column panel j is at vector j * panelStep + k * depthStep, which describes a packed b (see {@link PanelKernels}) as well
 * as a row-major one with N a multiple of 16. They write c in rows of whole vectors.
 *
 * <p>Sizes of both: 0 M, 1 vectors of a row of c, 2 K, 3 a's first float, 4 a's rowStep, 5 a's depthStep, 6 b, 7 b's panelStep, 8 b's depthStep, 9
 * c.
 */
public final class MatmulKernels {
    private MatmulKernels() {}

    public static final Kernel REGISTERS = Kernel.plane(
            "matmulRegisters",
            "matrix product, tiled in registers: for processors",
            MatmulKernels.class,
            1,
            8,
            (g, a) -> g.task(Kernel.TASK, MatmulKernels::matmulRegisters, a.context(), a.memory(), a.sizes()));

    public static final Kernel LOCAL = Kernel.plane(
            "matmulLocal",
            "matrix product, tiled in local memory: for GPUs",
            MatmulKernels.class,
            8,
            8,
            (g, a) -> g.task(Kernel.TASK, MatmulKernels::matmulLocal, a.context(), a.memory(), a.sizes()));

    /**
     * One work-item computes 8 rows x 16 columns of c.
     *
     * <pre>
     *               b: row k of the panel
     *               [ b0 ........ ][ b1 ........ ]        2 loads of 8 floats
     *                      |              |
     *     a: row i   a --&gt; s0 += a b0     t0 += a b1      8 loads of one float, spread over 8 lanes,
     *        row i+1 a --&gt; s1 += a b0     t1 += a b1      16 multiply-adds of 8 lanes each
     *         ...                  ...
     *        row i+7 a --&gt; s7 += a b0     t7 += a b1
     * </pre>
     *
     * The 16 running sums and what is multiplied fit the 16 or 32 vector registers of a processor, and 10 loads for 16 multiply-adds is what
     * its load units can supply: 4 x 8 reached half the speed, 4 x 16 two thirds. The work-items of a group share a panel of b, which
     * so stays in the nearest cache. Rows beyond M repeat the last row and are not written.
     */
    public static void matmulRegisters(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        int panel = context.globalIdx;
        int i = context.globalIdy * 8;
        int rows = sizes.get(0);
        int rowVectors = sizes.get(1);
        if (i < rows && panel * 2 < rowVectors) {
            FloatArray floats = memory.getArray();
            int depth = sizes.get(2);
            int step = sizes.get(5);
            int a0 = sizes.get(3) + i * sizes.get(4);
            int a1 = sizes.get(3) + Math.min(i + 1, rows - 1) * sizes.get(4);
            int a2 = sizes.get(3) + Math.min(i + 2, rows - 1) * sizes.get(4);
            int a3 = sizes.get(3) + Math.min(i + 3, rows - 1) * sizes.get(4);
            int a4 = sizes.get(3) + Math.min(i + 4, rows - 1) * sizes.get(4);
            int a5 = sizes.get(3) + Math.min(i + 5, rows - 1) * sizes.get(4);
            int a6 = sizes.get(3) + Math.min(i + 6, rows - 1) * sizes.get(4);
            int a7 = sizes.get(3) + Math.min(i + 7, rows - 1) * sizes.get(4);
            int b = sizes.get(6) + panel * sizes.get(7);
            int rowStep = sizes.get(8);
            Float8 s0 = Float8s.splat(0f);
            Float8 t0 = Float8s.splat(0f);
            Float8 s1 = Float8s.splat(0f);
            Float8 t1 = Float8s.splat(0f);
            Float8 s2 = Float8s.splat(0f);
            Float8 t2 = Float8s.splat(0f);
            Float8 s3 = Float8s.splat(0f);
            Float8 t3 = Float8s.splat(0f);
            Float8 s4 = Float8s.splat(0f);
            Float8 t4 = Float8s.splat(0f);
            Float8 s5 = Float8s.splat(0f);
            Float8 t5 = Float8s.splat(0f);
            Float8 s6 = Float8s.splat(0f);
            Float8 t6 = Float8s.splat(0f);
            Float8 s7 = Float8s.splat(0f);
            Float8 t7 = Float8s.splat(0f);
            for (int k = 0; k < depth; k++) {
                Float8 b0 = memory.get(b + k * rowStep);
                Float8 b1 = memory.get(b + k * rowStep + 1);
                Float8 a = Float8s.splat(floats.get(a0 + k * step));
                s0 = Float8.add(s0, Float8.mult(a, b0));
                t0 = Float8.add(t0, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a1 + k * step));
                s1 = Float8.add(s1, Float8.mult(a, b0));
                t1 = Float8.add(t1, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a2 + k * step));
                s2 = Float8.add(s2, Float8.mult(a, b0));
                t2 = Float8.add(t2, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a3 + k * step));
                s3 = Float8.add(s3, Float8.mult(a, b0));
                t3 = Float8.add(t3, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a4 + k * step));
                s4 = Float8.add(s4, Float8.mult(a, b0));
                t4 = Float8.add(t4, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a5 + k * step));
                s5 = Float8.add(s5, Float8.mult(a, b0));
                t5 = Float8.add(t5, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a6 + k * step));
                s6 = Float8.add(s6, Float8.mult(a, b0));
                t6 = Float8.add(t6, Float8.mult(a, b1));
                a = Float8s.splat(floats.get(a7 + k * step));
                s7 = Float8.add(s7, Float8.mult(a, b0));
                t7 = Float8.add(t7, Float8.mult(a, b1));
            }
            writeRow(memory, sizes, i, panel * 2, s0, t0);
            writeRow(memory, sizes, i + 1, panel * 2, s1, t1);
            writeRow(memory, sizes, i + 2, panel * 2, s2, t2);
            writeRow(memory, sizes, i + 3, panel * 2, s3, t3);
            writeRow(memory, sizes, i + 4, panel * 2, s4, t4);
            writeRow(memory, sizes, i + 5, panel * 2, s5, t5);
            writeRow(memory, sizes, i + 6, panel * 2, s6, t6);
            writeRow(memory, sizes, i + 7, panel * 2, s7, t7);
        }
    }

    private static void writeRow(VectorFloat8 memory, IntArray sizes, int row, int vector, Float8 s, Float8 t) {
        writeVector(memory, sizes, row, vector, s);
        writeVector(memory, sizes, row, vector + 1, t);
    }

    private static void writeVector(VectorFloat8 memory, IntArray sizes, int row, int vector, Float8 value) {
        if (row < sizes.get(0) && vector < sizes.get(1)) {
            memory.set(sizes.get(9) + row * sizes.get(1) + vector, value);
        }
    }

    /** Rows, and columns, of c that a group of {@link #matmulLocal} computes. */
    public static final int TILE = 64;

    /**
     * A group of 8 x 8 work-items computes 64 rows x 64 columns of c, in steps of 8 along K; one work-item 8 rows x 8 columns of them.
     *
     * <pre>
     *                        tileB: 8 rows of b             every work-item fetches 8 floats of a and 8 of b
     *                        [ 64 columns       ]           from global memory, waits for the others, then
     *                                |                      makes 8 x 64 multiply-adds from local memory:
     *     tileA:      [8 x]          v                      each float that was fetched is used 64 times
     *     8 columns   [64 ] --&gt; [ 64 x 64 of c  ]
     *     of a        [   ]     8 x 8 work-items of 8 x 8
     * </pre>
     *
     * tileA is stored by columns: then work-items with the same rows read the same address at the same time, which costs one access. Work-items
     * of one row of the group write neighbouring vectors of c. All work-items go through all barriers, those beyond the edges of c
     * with zeros.
     */
    public static void matmulLocal(KernelContext context, VectorFloat8 memory, IntArray sizes) {
        float[] tileA = context.allocateFloatLocalArray(512);
        float[] tileB = context.allocateFloatLocalArray(512);
        FloatArray floats = memory.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int firstRow = context.groupIdy * TILE;
        int rows = sizes.get(0);
        int rowVectors = sizes.get(1);
        int depth = sizes.get(2);
        int rowStep = sizes.get(4);
        int depthStep = sizes.get(5);
        int vector = context.groupIdx * 8 + x;
        Float8 s0 = Float8s.splat(0f);
        Float8 s1 = Float8s.splat(0f);
        Float8 s2 = Float8s.splat(0f);
        Float8 s3 = Float8s.splat(0f);
        Float8 s4 = Float8s.splat(0f);
        Float8 s5 = Float8s.splat(0f);
        Float8 s6 = Float8s.splat(0f);
        Float8 s7 = Float8s.splat(0f);
        for (int first = 0; first < depth; first += 8) {
            for (int j = 0; j < 8; j++) {
                int element = j * 64 + item;
                int row = element % 64;
                int k = element / 64;
                if (depthStep == 1) {
                    row = element / 8;
                    k = element % 8;
                }
                float a = 0f;
                if (firstRow + row < rows && first + k < depth) {
                    a = floats.get(sizes.get(3) + (firstRow + row) * rowStep + (first + k) * depthStep);
                }
                tileA[k * 64 + row] = a;
            }
            Float8 b = Float8s.splat(0f);
            if (vector < rowVectors && first + y < depth) {
                b = memory.get(sizes.get(6) + vector / 2 * sizes.get(7) + (first + y) * sizes.get(8) + vector % 2);
            }
            int at = item * 8;
            tileB[at] = b.getS0();
            tileB[at + 1] = b.getS1();
            tileB[at + 2] = b.getS2();
            tileB[at + 3] = b.getS3();
            tileB[at + 4] = b.getS4();
            tileB[at + 5] = b.getS5();
            tileB[at + 6] = b.getS6();
            tileB[at + 7] = b.getS7();
            context.localBarrier();
            for (int k = 0; k < 8; k++) {
                int column = k * 64 + x * 8;
                int row = k * 64 + y * 8;
                Float8 right = new Float8(
                        tileB[column],
                        tileB[column + 1],
                        tileB[column + 2],
                        tileB[column + 3],
                        tileB[column + 4],
                        tileB[column + 5],
                        tileB[column + 6],
                        tileB[column + 7]);
                s0 = Float8.add(s0, Float8.mult(right, Float8s.splat(tileA[row])));
                s1 = Float8.add(s1, Float8.mult(right, Float8s.splat(tileA[row + 1])));
                s2 = Float8.add(s2, Float8.mult(right, Float8s.splat(tileA[row + 2])));
                s3 = Float8.add(s3, Float8.mult(right, Float8s.splat(tileA[row + 3])));
                s4 = Float8.add(s4, Float8.mult(right, Float8s.splat(tileA[row + 4])));
                s5 = Float8.add(s5, Float8.mult(right, Float8s.splat(tileA[row + 5])));
                s6 = Float8.add(s6, Float8.mult(right, Float8s.splat(tileA[row + 6])));
                s7 = Float8.add(s7, Float8.mult(right, Float8s.splat(tileA[row + 7])));
            }
            context.localBarrier();
        }
        int row = firstRow + y * 8;
        writeVector(memory, sizes, row, vector, s0);
        writeVector(memory, sizes, row + 1, vector, s1);
        writeVector(memory, sizes, row + 2, vector, s2);
        writeVector(memory, sizes, row + 3, vector, s3);
        writeVector(memory, sizes, row + 4, vector, s4);
        writeVector(memory, sizes, row + 5, vector, s5);
        writeVector(memory, sizes, row + 6, vector, s6);
        writeVector(memory, sizes, row + 7, vector, s7);
    }
}
