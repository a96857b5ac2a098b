package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;

/**
 * Matrix products on GPUs with tensor cores, see {@link TensorCores}: those of {@link MatmulTileKernels}, of whole pieces of 16 rows. Where c has no whole ones, it is written into scratch memory
 * that has, as the parts of a sum are, and {@link PartKernels} copies it.
 */
public final class MatmulCoreKernels {
    private MatmulCoreKernels() {}

    public static final Kernel PRODUCT = Kernel.plane(
                    "matmulCores",
                    "matrix product of halves: for GPUs with tensor cores",
                    MatmulCoreKernels.class,
                    TensorCores.ITEMS,
                    1,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MatmulCoreKernels::matmulCores,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .on(Kernel.Target.TENSOR_CORES);

    /** A group computes a tile of c; groups count tiles in x, and in y tiles first and then parts. The sizes are those of {@link MatmulTileKernels#matmulTile}. */
    public static void matmulCores(
            KernelContext context, VectorFloat8 ofA, VectorFloat8 ofB, VectorFloat8 product, IntArray sizes) {
        int[] tileA = context.allocateIntLocalArray(2048);
        int[] tileB = context.allocateIntLocalArray(2048);
        FloatArray as = ofA.getArray();
        FloatArray bs = ofB.getArray();
        FloatArray cs = product.getArray();
        int item = context.localIdx;
        int rows = sizes.get(0);
        int stride = sizes.get(1) * 8;
        int depth = sizes.get(2);
        int rowStep = sizes.get(4);
        int depthStep = sizes.get(5);
        int tiles = Math.max(1, (rows + 127) / 128);
        int firstRow = context.groupIdy % tiles * 128;
        int part = context.groupIdy / tiles;
        int step = part * sizes.get(MatmulTileKernels.STEPS);
        int lastStep = Math.min((depth + 15) / 16, step + sizes.get(MatmulTileKernels.STEPS));
        // Neighbours fetch what lies consecutively: along the depth, or along the rows of a transposed left side.
        int row = item % 128;
        int k = item / 128 * 8;
        int rowsApart = 0;
        int kApart = 2;
        if (depthStep == 1) {
            row = item / 8;
            k = item % 8 * 2;
            rowsApart = 32;
            kApart = 0;
        }
        int toA = row * 8 + k / 2;
        int apart = rowsApart * 8 + kApart / 2;
        row = firstRow + row;
        int a = sizes.get(3) + row * rowStep + k * depthStep;
        int aApart = rowsApart * rowStep + kApart * depthStep;
        int column = context.groupIdx * 128 + item / 128 * 64 + item % 8 * 2;
        int bPanel = sizes.get(7) * 8;
        int bStep = sizes.get(8) * 8;
        int bRow = item % 128 / 8;
        int b = sizes.get(6) * 8 + (context.groupIdx * 8 + item / 128 * 4) * bPanel + bRow * bStep + item % 8 * 2;
        int toB = item % 128 / 8 * 4 + item % 4 + item % 8 / 4 * 64 + item / 128 * 512;
        int warp = item / 32;
        int warpLeft = warp % 4 * 2 * TensorCores.LEFT_PIECE;
        int warpRight = warp / 4 * TensorCores.RIGHT_COLUMNS;
        int left = warpLeft;
        int right = warpRight;
        float[] s00 = context.mmaFragment(0f);
        float[] s01 = context.mmaFragment(0f);
        float[] s02 = context.mmaFragment(0f);
        float[] s03 = context.mmaFragment(0f);
        float[] s04 = context.mmaFragment(0f);
        float[] s05 = context.mmaFragment(0f);
        float[] s06 = context.mmaFragment(0f);
        float[] s07 = context.mmaFragment(0f);
        float[] s10 = context.mmaFragment(0f);
        float[] s11 = context.mmaFragment(0f);
        float[] s12 = context.mmaFragment(0f);
        float[] s13 = context.mmaFragment(0f);
        float[] s14 = context.mmaFragment(0f);
        float[] s15 = context.mmaFragment(0f);
        float[] s16 = context.mmaFragment(0f);
        float[] s17 = context.mmaFragment(0f);
        tileA[item + 0] = 0;
        tileA[item + 256] = 0;
        tileA[item + 512] = 0;
        tileA[item + 768] = 0;
        tileB[item + 0] = 0;
        tileB[item + 256] = 0;
        tileB[item + 512] = 0;
        tileB[item + 768] = 0;
        context.localBarrier();
        int half = 0;
        // The first round multiplies zeros, since TornadoVM loses fragments where branches meet; the last one fetches
        // zeros.
        for (int round = step; round < lastStep + 1; round++) {
            int first = round * 16;
            if (round == lastStep) {
                first = depth;
            }
            int at = a + first * depthStep;
            int from = b + first * bStep;
            float a0 = as.get(place(at + 0 * aApart, row + 0 * rowsApart, rows, first + k + 0 * kApart, depth));
            float a1 = as.get(
                    place(at + 0 * aApart + depthStep, row + 0 * rowsApart, rows, first + k + 0 * kApart + 1, depth));
            float a2 = as.get(place(at + 1 * aApart, row + 1 * rowsApart, rows, first + k + 1 * kApart, depth));
            float a3 = as.get(
                    place(at + 1 * aApart + depthStep, row + 1 * rowsApart, rows, first + k + 1 * kApart + 1, depth));
            float a4 = as.get(place(at + 2 * aApart, row + 2 * rowsApart, rows, first + k + 2 * kApart, depth));
            float a5 = as.get(
                    place(at + 2 * aApart + depthStep, row + 2 * rowsApart, rows, first + k + 2 * kApart + 1, depth));
            float a6 = as.get(place(at + 3 * aApart, row + 3 * rowsApart, rows, first + k + 3 * kApart, depth));
            float a7 = as.get(
                    place(at + 3 * aApart + depthStep, row + 3 * rowsApart, rows, first + k + 3 * kApart + 1, depth));
            float b0 = bs.get(place(from + 0 * bPanel, column + 0, stride, first + bRow, depth));
            float b1 = bs.get(place(from + 0 * bPanel + 1, column + 1, stride, first + bRow, depth));
            float b2 = bs.get(place(from + 1 * bPanel, column + 16, stride, first + bRow, depth));
            float b3 = bs.get(place(from + 1 * bPanel + 1, column + 17, stride, first + bRow, depth));
            float b4 = bs.get(place(from + 2 * bPanel, column + 32, stride, first + bRow, depth));
            float b5 = bs.get(place(from + 2 * bPanel + 1, column + 33, stride, first + bRow, depth));
            float b6 = bs.get(place(from + 3 * bPanel, column + 48, stride, first + bRow, depth));
            float b7 = bs.get(place(from + 3 * bPanel + 1, column + 49, stride, first + bRow, depth));
            HalfFloat[] left0 = context.mmaLoadA(tileA, 16, left);
            HalfFloat[] left1 = context.mmaLoadA(tileA, 16, left + TensorCores.LEFT_PIECE);
            HalfFloat[] right0 = context.mmaLoadB(tileB, 16, right + 0 * TensorCores.RIGHT_PIECE);
            s00 = context.mma(left0, right0, s00, MMAShape.M16N8K16);
            s10 = context.mma(left1, right0, s10, MMAShape.M16N8K16);
            HalfFloat[] right1 = context.mmaLoadB(tileB, 16, right + 1 * TensorCores.RIGHT_PIECE);
            s01 = context.mma(left0, right1, s01, MMAShape.M16N8K16);
            s11 = context.mma(left1, right1, s11, MMAShape.M16N8K16);
            HalfFloat[] right2 = context.mmaLoadB(tileB, 16, right + 2 * TensorCores.RIGHT_PIECE);
            s02 = context.mma(left0, right2, s02, MMAShape.M16N8K16);
            s12 = context.mma(left1, right2, s12, MMAShape.M16N8K16);
            HalfFloat[] right3 = context.mmaLoadB(tileB, 16, right + 3 * TensorCores.RIGHT_PIECE);
            s03 = context.mma(left0, right3, s03, MMAShape.M16N8K16);
            s13 = context.mma(left1, right3, s13, MMAShape.M16N8K16);
            HalfFloat[] right4 = context.mmaLoadB(tileB, 16, right + 4 * TensorCores.RIGHT_PIECE);
            s04 = context.mma(left0, right4, s04, MMAShape.M16N8K16);
            s14 = context.mma(left1, right4, s14, MMAShape.M16N8K16);
            HalfFloat[] right5 = context.mmaLoadB(tileB, 16, right + 5 * TensorCores.RIGHT_PIECE);
            s05 = context.mma(left0, right5, s05, MMAShape.M16N8K16);
            s15 = context.mma(left1, right5, s15, MMAShape.M16N8K16);
            HalfFloat[] right6 = context.mmaLoadB(tileB, 16, right + 6 * TensorCores.RIGHT_PIECE);
            s06 = context.mma(left0, right6, s06, MMAShape.M16N8K16);
            s16 = context.mma(left1, right6, s16, MMAShape.M16N8K16);
            HalfFloat[] right7 = context.mmaLoadB(tileB, 16, right + 7 * TensorCores.RIGHT_PIECE);
            s07 = context.mma(left0, right7, s07, MMAShape.M16N8K16);
            s17 = context.mma(left1, right7, s17, MMAShape.M16N8K16);
            half = 1 - half;
            int toLeft = half * TensorCores.LEFT_HALF + toA;
            int toRight = half * TensorCores.RIGHT_HALF + toB;
            tileA[toLeft + 0 * apart] = TensorCores.pack(a0, a1);
            tileA[toLeft + 1 * apart] = TensorCores.pack(a2, a3);
            tileA[toLeft + 2 * apart] = TensorCores.pack(a4, a5);
            tileA[toLeft + 3 * apart] = TensorCores.pack(a6, a7);
            tileB[toRight + 0] = TensorCores.pack(b0, b1);
            tileB[toRight + 128] = TensorCores.pack(b2, b3);
            tileB[toRight + 256] = TensorCores.pack(b4, b5);
            tileB[toRight + 384] = TensorCores.pack(b6, b7);
            context.localBarrier();
            left = half * 4 * TensorCores.LEFT_HALF + warpLeft;
            right = half * 4 * TensorCores.RIGHT_HALF + warpRight;
        }
        int c = sizes.get(9) * 8 + part * sizes.get(MatmulTileKernels.PART_VECTORS) * 8;
        int toRow = firstRow + warp % 4 * TensorCores.WARP_ROWS;
        int toColumn = context.groupIdx * 128 + warp / 4 * TensorCores.WARP_COLUMNS;
        if (toRow + 0 < rows) {
            if (toColumn + 0 < stride) {
                context.mmaStore(s00, cs, toRow + 0, c + toColumn + 0, stride);
            }
            if (toColumn + 8 < stride) {
                context.mmaStore(s01, cs, toRow + 0, c + toColumn + 8, stride);
            }
            if (toColumn + 16 < stride) {
                context.mmaStore(s02, cs, toRow + 0, c + toColumn + 16, stride);
            }
            if (toColumn + 24 < stride) {
                context.mmaStore(s03, cs, toRow + 0, c + toColumn + 24, stride);
            }
            if (toColumn + 32 < stride) {
                context.mmaStore(s04, cs, toRow + 0, c + toColumn + 32, stride);
            }
            if (toColumn + 40 < stride) {
                context.mmaStore(s05, cs, toRow + 0, c + toColumn + 40, stride);
            }
            if (toColumn + 48 < stride) {
                context.mmaStore(s06, cs, toRow + 0, c + toColumn + 48, stride);
            }
            if (toColumn + 56 < stride) {
                context.mmaStore(s07, cs, toRow + 0, c + toColumn + 56, stride);
            }
        }
        if (toRow + 16 < rows) {
            if (toColumn + 0 < stride) {
                context.mmaStore(s10, cs, toRow + 16, c + toColumn + 0, stride);
            }
            if (toColumn + 8 < stride) {
                context.mmaStore(s11, cs, toRow + 16, c + toColumn + 8, stride);
            }
            if (toColumn + 16 < stride) {
                context.mmaStore(s12, cs, toRow + 16, c + toColumn + 16, stride);
            }
            if (toColumn + 24 < stride) {
                context.mmaStore(s13, cs, toRow + 16, c + toColumn + 24, stride);
            }
            if (toColumn + 32 < stride) {
                context.mmaStore(s14, cs, toRow + 16, c + toColumn + 32, stride);
            }
            if (toColumn + 40 < stride) {
                context.mmaStore(s15, cs, toRow + 16, c + toColumn + 40, stride);
            }
            if (toColumn + 48 < stride) {
                context.mmaStore(s16, cs, toRow + 16, c + toColumn + 48, stride);
            }
            if (toColumn + 56 < stride) {
                context.mmaStore(s17, cs, toRow + 16, c + toColumn + 56, stride);
            }
        }
    }

    /** {@code at}, or the arena's first float, a zero for ever, if it is beyond the rows or the depth. */
    private static int place(int at, int row, int rows, int k, int depth) {
        int result = at;
        if (row >= rows) {
            result = 0;
        }
        if (k >= depth) {
            result = 0;
        }
        return result;
    }
}
