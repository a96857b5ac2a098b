package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Matrix products c = a b, with a of M x K, b of K x N and c of M x N, on processors; {@link MatmulTileKernels} is for GPUs.
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
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MatmulKernels::matmulRegisters,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .on(Kernel.Target.PROCESSORS);

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
    public static void matmulRegisters(
            KernelContext context, VectorFloat8 left, VectorFloat8 right, VectorFloat8 product, IntArray sizes) {
        int panel = context.globalIdx;
        int i = context.globalIdy * 8;
        int rows = sizes.get(0);
        int rowVectors = sizes.get(1);
        if (i < rows && panel * 2 < rowVectors) {
            FloatArray floats = left.getArray();
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
                Float8 b0 = right.get(b + k * rowStep);
                Float8 b1 = right.get(b + k * rowStep + 1);
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
            writeRow(product, sizes, i, panel * 2, s0, t0);
            writeRow(product, sizes, i + 1, panel * 2, s1, t1);
            writeRow(product, sizes, i + 2, panel * 2, s2, t2);
            writeRow(product, sizes, i + 3, panel * 2, s3, t3);
            writeRow(product, sizes, i + 4, panel * 2, s4, t4);
            writeRow(product, sizes, i + 5, panel * 2, s5, t5);
            writeRow(product, sizes, i + 6, panel * 2, s6, t6);
            writeRow(product, sizes, i + 7, panel * 2, s7, t7);
        }
    }

    private static void writeRow(VectorFloat8 product, IntArray sizes, int row, int vector, Float8 s, Float8 t) {
        writeVector(product, sizes, row, vector, s);
        writeVector(product, sizes, row, vector + 1, t);
    }

    private static void writeVector(VectorFloat8 product, IntArray sizes, int row, int vector, Float8 value) {
        if (row < sizes.get(0) && vector < sizes.get(1)) {
            product.set(sizes.get(9) + row * sizes.get(1) + vector, value);
        }
    }
}
