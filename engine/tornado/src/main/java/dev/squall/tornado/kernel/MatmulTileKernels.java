package dev.squall.tornado.kernel;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat8;
import uk.ac.manchester.tornado.api.types.vectors.Float4;
import uk.ac.manchester.tornado.api.types.vectors.Float8;

/**
 * Matrix products on GPUs, see {@link Tiles}: c = a b, with a of M x K, b of K x N and c of M x N, in the layouts that {@link MatmulKernels} describes.
 *
 * <p>Where c has fewer tiles than the device has processors, K is cut into parts, and each part of a tile is a group of its own; {@link PartKernels} adds
 * them up in fixed order.
 */
public final class MatmulTileKernels {
    private MatmulTileKernels() {}

    public static final Kernel TILE = Kernel.plane(
                    "matmulTile",
                    "matrix product, tiled in local memory: for GPUs",
                    MatmulTileKernels.class,
                    Tiles.ITEMS_X,
                    Tiles.ITEMS_Y,
                    (g, a) -> g.task(
                            Kernel.TASK,
                            MatmulTileKernels::matmulTile,
                            a.context(),
                            a.operand(0),
                            a.operand(1),
                            a.operand(2),
                            a.sizes()))
            .on(Kernel.Target.GPUS);

    /** Slot after those of {@link MatmulKernels}: how many rounds of {@link Tiles#DEPTH} a part takes of K. */
    public static final int STEPS = 10;

    /** Slot: vectors from one part's result to the next one's. */
    public static final int PART_VECTORS = 11;

    /**
     * A group computes a tile of c; groups count tiles in x, and in y tiles first and then parts. The rest of the sizes are those of
     * {@link MatmulKernels}. Consecutive work-items fetch what lies consecutively in a: along K, or along M if a is transposed.
     */
    public static void matmulTile(
            KernelContext context, VectorFloat8 ofA, VectorFloat8 ofB, VectorFloat8 product, IntArray sizes) {
        float[] tileA = context.allocateFloatLocalArray(4224);
        float[] tileB = context.allocateFloatLocalArray(2048);
        FloatArray as = ofA.getArray();
        FloatArray bs = ofB.getArray();
        FloatArray cs = product.getArray();
        int x = context.localIdx;
        int y = context.localIdy;
        int item = y * 8 + x;
        int rows = sizes.get(0);
        int stride = sizes.get(1) * 8;
        int depth = sizes.get(2);
        int depthStep = sizes.get(5);
        int tiles = Math.max(1, (rows + 127) / 128);
        int firstRow = context.groupIdy % tiles * 128;
        int part = context.groupIdy / tiles;
        int step = part * sizes.get(STEPS);
        int lastStep = Math.min((depth + 15) / 16, step + sizes.get(STEPS));
        int row = item;
        int k = 0;
        int rowsApart = 0;
        int kApart = 1;
        if (depthStep == 1) {
            row = item / 16;
            k = item % 16;
            rowsApart = 8;
            kApart = 0;
        }
        int toA = k * Tiles.LEFT + row;
        int apart = kApart * Tiles.LEFT + rowsApart;
        row = firstRow + row;
        int rowStep = sizes.get(4);
        int a = sizes.get(3) + row * rowStep + k * depthStep;
        int aApart = rowsApart * rowStep + kApart * depthStep;
        int left = y * 4;
        int right = x * 4;
        // Of b, quads of columns are fetched and counted.
        int column = context.groupIdx * 16 + item % 16;
        int bStep = sizes.get(8) * 2;
        int bRow = item / 16;
        int bDepth = depth;
        int b = sizes.get(6) * 2 + column / 4 * sizes.get(7) * 2 + bRow * bStep + column % 4;
        if (column * 4 >= stride) {
            bDepth = 0;
        }
        Float8 s0 = Float8s.splat(0f);
        Float8 s1 = Float8s.splat(0f);
        Float8 s2 = Float8s.splat(0f);
        Float8 s3 = Float8s.splat(0f);
        Float8 s4 = Float8s.splat(0f);
        Float8 s5 = Float8s.splat(0f);
        Float8 s6 = Float8s.splat(0f);
        Float8 s7 = Float8s.splat(0f);
        int half = 0;
        // The first round only fetches; the last one fetches zeros.
        for (int round = step; round < lastStep + 1; round++) {
            int first = round * 16;
            if (round == lastStep) {
                first = depth;
            }
            float a0 = as.get(place(
                    a + first * depthStep + 0 * aApart, row + 0 * rowsApart, rows, first + k + 0 * kApart, depth));
            float a1 = as.get(place(
                    a + first * depthStep + 1 * aApart, row + 1 * rowsApart, rows, first + k + 1 * kApart, depth));
            float a2 = as.get(place(
                    a + first * depthStep + 2 * aApart, row + 2 * rowsApart, rows, first + k + 2 * kApart, depth));
            float a3 = as.get(place(
                    a + first * depthStep + 3 * aApart, row + 3 * rowsApart, rows, first + k + 3 * kApart, depth));
            float a4 = as.get(place(
                    a + first * depthStep + 4 * aApart, row + 4 * rowsApart, rows, first + k + 4 * kApart, depth));
            float a5 = as.get(place(
                    a + first * depthStep + 5 * aApart, row + 5 * rowsApart, rows, first + k + 5 * kApart, depth));
            float a6 = as.get(place(
                    a + first * depthStep + 6 * aApart, row + 6 * rowsApart, rows, first + k + 6 * kApart, depth));
            float a7 = as.get(place(
                    a + first * depthStep + 7 * aApart, row + 7 * rowsApart, rows, first + k + 7 * kApart, depth));
            float a8 = as.get(place(
                    a + first * depthStep + 8 * aApart, row + 8 * rowsApart, rows, first + k + 8 * kApart, depth));
            float a9 = as.get(place(
                    a + first * depthStep + 9 * aApart, row + 9 * rowsApart, rows, first + k + 9 * kApart, depth));
            float a10 = as.get(place(
                    a + first * depthStep + 10 * aApart, row + 10 * rowsApart, rows, first + k + 10 * kApart, depth));
            float a11 = as.get(place(
                    a + first * depthStep + 11 * aApart, row + 11 * rowsApart, rows, first + k + 11 * kApart, depth));
            float a12 = as.get(place(
                    a + first * depthStep + 12 * aApart, row + 12 * rowsApart, rows, first + k + 12 * kApart, depth));
            float a13 = as.get(place(
                    a + first * depthStep + 13 * aApart, row + 13 * rowsApart, rows, first + k + 13 * kApart, depth));
            float a14 = as.get(place(
                    a + first * depthStep + 14 * aApart, row + 14 * rowsApart, rows, first + k + 14 * kApart, depth));
            float a15 = as.get(place(
                    a + first * depthStep + 15 * aApart, row + 15 * rowsApart, rows, first + k + 15 * kApart, depth));
            Float4 b0 = Quads.get(bs, place(b + first * bStep, 0, 1, first + bRow, bDepth));
            Float4 b1 = Quads.get(bs, place(b + (first + 8) * bStep, 0, 1, first + bRow + 8, bDepth));
            if (round > step) {
                for (int i = 0; i < 16; i += 2) {
                    int ofRight = right + i * 64;
                    int ofLeft = left + i * 132;
                    Float8 v = new Float8(
                            tileB[ofRight],
                            tileB[ofRight + 1],
                            tileB[ofRight + 2],
                            tileB[ofRight + 3],
                            tileB[ofRight + 32],
                            tileB[ofRight + 33],
                            tileB[ofRight + 34],
                            tileB[ofRight + 35]);
                    s0 = Float8s.plus(s0, v, tileA[ofLeft]);
                    s1 = Float8s.plus(s1, v, tileA[ofLeft + 1]);
                    s2 = Float8s.plus(s2, v, tileA[ofLeft + 2]);
                    s3 = Float8s.plus(s3, v, tileA[ofLeft + 3]);
                    s4 = Float8s.plus(s4, v, tileA[ofLeft + 64]);
                    s5 = Float8s.plus(s5, v, tileA[ofLeft + 65]);
                    s6 = Float8s.plus(s6, v, tileA[ofLeft + 66]);
                    s7 = Float8s.plus(s7, v, tileA[ofLeft + 67]);
                    Float8 w = new Float8(
                            tileB[ofRight + 64],
                            tileB[ofRight + 65],
                            tileB[ofRight + 66],
                            tileB[ofRight + 67],
                            tileB[ofRight + 96],
                            tileB[ofRight + 97],
                            tileB[ofRight + 98],
                            tileB[ofRight + 99]);
                    s0 = Float8s.plus(s0, w, tileA[ofLeft + 132]);
                    s1 = Float8s.plus(s1, w, tileA[ofLeft + 133]);
                    s2 = Float8s.plus(s2, w, tileA[ofLeft + 134]);
                    s3 = Float8s.plus(s3, w, tileA[ofLeft + 135]);
                    s4 = Float8s.plus(s4, w, tileA[ofLeft + 196]);
                    s5 = Float8s.plus(s5, w, tileA[ofLeft + 197]);
                    s6 = Float8s.plus(s6, w, tileA[ofLeft + 198]);
                    s7 = Float8s.plus(s7, w, tileA[ofLeft + 199]);
                }
            }
            half = 1 - half;
            int toLeft = half * Tiles.LEFT_HALF + toA;
            int toRight = half * Tiles.RIGHT_HALF + item * 4;
            tileA[toLeft] = a0;
            tileA[toLeft + 1 * apart] = a1;
            tileA[toLeft + 2 * apart] = a2;
            tileA[toLeft + 3 * apart] = a3;
            tileA[toLeft + 4 * apart] = a4;
            tileA[toLeft + 5 * apart] = a5;
            tileA[toLeft + 6 * apart] = a6;
            tileA[toLeft + 7 * apart] = a7;
            tileA[toLeft + 8 * apart] = a8;
            tileA[toLeft + 9 * apart] = a9;
            tileA[toLeft + 10 * apart] = a10;
            tileA[toLeft + 11 * apart] = a11;
            tileA[toLeft + 12 * apart] = a12;
            tileA[toLeft + 13 * apart] = a13;
            tileA[toLeft + 14 * apart] = a14;
            tileA[toLeft + 15 * apart] = a15;
            tileB[toRight] = b0.getX();
            tileB[toRight + 1] = b0.getY();
            tileB[toRight + 2] = b0.getZ();
            tileB[toRight + 3] = b0.getW();
            tileB[toRight + 512] = b1.getX();
            tileB[toRight + 513] = b1.getY();
            tileB[toRight + 514] = b1.getZ();
            tileB[toRight + 515] = b1.getW();
            context.localBarrier();
            left = half * Tiles.LEFT_HALF + y * 4;
            right = half * Tiles.RIGHT_HALF + x * 4;
        }
        int c = sizes.get(9) * 8 + part * sizes.get(PART_VECTORS) * 8;
        int toRow = firstRow + y * 4;
        int toColumn = context.groupIdx * 64 + x * 4;
        write(cs, c, toRow, rows, toColumn, stride, s0);
        write(cs, c, toRow + 1, rows, toColumn, stride, s1);
        write(cs, c, toRow + 2, rows, toColumn, stride, s2);
        write(cs, c, toRow + 3, rows, toColumn, stride, s3);
        write(cs, c, toRow + 64, rows, toColumn, stride, s4);
        write(cs, c, toRow + 65, rows, toColumn, stride, s5);
        write(cs, c, toRow + 66, rows, toColumn, stride, s6);
        write(cs, c, toRow + 67, rows, toColumn, stride, s7);
    }

    /** Writes the columns of a row that a work-item has: four, and four that lie 32 further. */
    private static void write(FloatArray floats, int c, int row, int rows, int column, int stride, Float8 v) {
        writeFour(floats, c, row, rows, column, stride, v.getS0(), v.getS1(), v.getS2(), v.getS3());
        writeFour(floats, c, row, rows, column + 32, stride, v.getS4(), v.getS5(), v.getS6(), v.getS7());
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

    private static void writeFour(
            FloatArray floats,
            int c,
            int row,
            int rows,
            int column,
            int stride,
            float v0,
            float v1,
            float v2,
            float v3) {
        if (row < rows && column < stride) {
            int at = c + row * stride + column;
            floats.set(at, v0);
            floats.set(at + 1, v1);
            floats.set(at + 2, v2);
            floats.set(at + 3, v3);
        }
    }
}
