package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/** Products of many pairs of matrices, such as the heads of an attention: each is too small to be worth packing into panels. */
public final class BatchKernels {
    private BatchKernels() {}

    /** Rows and columns of a product that one work-item computes. */
    public static final int TILE = 4;

    public static final Kernel PRODUCTS = Kernel.plane(
            "batchedProducts",
            "c[i] = a[i] b[i] for each pair of matrices of a batch, 4x4 elements a work-item",
            BatchKernels.class,
            8,
            8,
            (g, a) -> g.task(
                    Kernel.TASK,
                    BatchKernels::batchedProducts,
                    a.context(),
                    a.operand(0),
                    a.operand(1),
                    a.operand(2),
                    a.sizes()));

    /**
     * One work-item computes a tile of 4x4 elements, with 8 loads for 16 products. Tiles that reach over the edge load the last row or column again
     * and store only what exists.
     *
     * <p>x: tiles of a row; y: tiles of a column of all matrices. Sizes: 0 tiles of a row, 1 tiles of a column, 2 matrices, 3 rows of c, 4 columns of
     * c, 5 depth, 6 first float of a, 7 its step from row to row, 8 along the depth, 9 from matrix to matrix, 10 first float of b, 11 its step from
     * column to column, 12 along the depth, 13 from matrix to matrix, 14 first float of c.
     */
    public static void batchedProducts(
            KernelContext context, VectorFloat8 left, VectorFloat8 right, VectorFloat8 product, IntArray sizes) {
        int column = context.globalIdx * TILE;
        int matrix = context.globalIdy / sizes.get(1);
        int row = context.globalIdy % sizes.get(1) * TILE;
        if (context.globalIdx < sizes.get(0)) {
            if (matrix < sizes.get(2)) {
                FloatArray as = left.getArray();
                FloatArray bs = right.getArray();
                FloatArray cs = product.getArray();
                int a = sizes.get(6) + matrix * sizes.get(9);
                int b = sizes.get(10) + matrix * sizes.get(13);
                int lastRow = sizes.get(3) - 1;
                int lastColumn = sizes.get(4) - 1;
                int r0 = Math.min(row + 0, lastRow) * sizes.get(7);
                int r1 = Math.min(row + 1, lastRow) * sizes.get(7);
                int r2 = Math.min(row + 2, lastRow) * sizes.get(7);
                int r3 = Math.min(row + 3, lastRow) * sizes.get(7);
                int s0 = Math.min(column + 0, lastColumn) * sizes.get(11);
                int s1 = Math.min(column + 1, lastColumn) * sizes.get(11);
                int s2 = Math.min(column + 2, lastColumn) * sizes.get(11);
                int s3 = Math.min(column + 3, lastColumn) * sizes.get(11);
                int aStep = sizes.get(8);
                int bStep = sizes.get(12);
                float c00 = 0f;
                float c01 = 0f;
                float c02 = 0f;
                float c03 = 0f;
                float c10 = 0f;
                float c11 = 0f;
                float c12 = 0f;
                float c13 = 0f;
                float c20 = 0f;
                float c21 = 0f;
                float c22 = 0f;
                float c23 = 0f;
                float c30 = 0f;
                float c31 = 0f;
                float c32 = 0f;
                float c33 = 0f;
                for (int k = 0; k < sizes.get(5); k++) {
                    float a0 = as.get(a + r0 + k * aStep);
                    float a1 = as.get(a + r1 + k * aStep);
                    float a2 = as.get(a + r2 + k * aStep);
                    float a3 = as.get(a + r3 + k * aStep);
                    float b0 = bs.get(b + s0 + k * bStep);
                    float b1 = bs.get(b + s1 + k * bStep);
                    float b2 = bs.get(b + s2 + k * bStep);
                    float b3 = bs.get(b + s3 + k * bStep);
                    c00 += a0 * b0;
                    c01 += a0 * b1;
                    c02 += a0 * b2;
                    c03 += a0 * b3;
                    c10 += a1 * b0;
                    c11 += a1 * b1;
                    c12 += a1 * b2;
                    c13 += a1 * b3;
                    c20 += a2 * b0;
                    c21 += a2 * b1;
                    c22 += a2 * b2;
                    c23 += a2 * b3;
                    c30 += a3 * b0;
                    c31 += a3 * b1;
                    c32 += a3 * b2;
                    c33 += a3 * b3;
                }
                int c = sizes.get(14) + matrix * sizes.get(3) * sizes.get(4);
                store(cs, sizes, c, row, column, c00);
                store(cs, sizes, c, row, column + 1, c01);
                store(cs, sizes, c, row, column + 2, c02);
                store(cs, sizes, c, row, column + 3, c03);
                store(cs, sizes, c, row + 1, column, c10);
                store(cs, sizes, c, row + 1, column + 1, c11);
                store(cs, sizes, c, row + 1, column + 2, c12);
                store(cs, sizes, c, row + 1, column + 3, c13);
                store(cs, sizes, c, row + 2, column, c20);
                store(cs, sizes, c, row + 2, column + 1, c21);
                store(cs, sizes, c, row + 2, column + 2, c22);
                store(cs, sizes, c, row + 2, column + 3, c23);
                store(cs, sizes, c, row + 3, column, c30);
                store(cs, sizes, c, row + 3, column + 1, c31);
                store(cs, sizes, c, row + 3, column + 2, c32);
                store(cs, sizes, c, row + 3, column + 3, c33);
            }
        }
    }

    private static void store(FloatArray floats, IntArray sizes, int c, int row, int column, float value) {
        if (row < sizes.get(3)) {
            if (column < sizes.get(4)) {
                floats.set(c + row * sizes.get(4) + column, value);
            }
        }
    }
}
