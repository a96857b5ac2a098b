package dev.squall.tornado.sim;

import dev.squall.tornado.sim.KernelFault.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The 32 neighbours of a group that use a tensor core together. Each holds parts of the operands and of the sums (PTX ISA, "Matrix Fragments for mma.m16n8k16"): work-item t, with g = t / 4 and
 * q = t % 4,
 *
 * <pre>
 *   left side   a0 a1: row g, columns 2q, 2q + 1     a2 a3: row g + 8     a4 a5: row g, columns 2q + 8, 2q + 9     a6 a7: row g + 8, the same
 *   right side  b0 b1: rows 2q, 2q + 1, column g     b2 b3: rows 2q + 8, 2q + 9
 *   sums        c0 c1: row g, columns 2q, 2q + 1     c2 c3: row g + 8
 * </pre>
 *
 * The simulator runs work-items one after the other from barrier to barrier. So what a warp computes is done when its last work-item asks for it, which is before anybody passes the next barrier; what the
 * others got until then are arrays that this fills. A kernel cannot look into them.
 */
final class Warp {
    static final int SIZE = 32;

    private static final int ROWS = 16;
    private static final int COLUMNS = 8;
    private static final int DEPTH = 16;

    /** What one work-item passed to a call. */
    private record Call(String what, Object[] operands) {}

    /** The calls since the last barrier, of each work-item. */
    private final List<List<Call>> calls = new ArrayList<>();

    Warp() {
        for (int i = 0; i < SIZE; i++) {
            calls.add(new ArrayList<>());
        }
    }

    private static Violation refuse(String what) {
        return new Violation(Kind.LAUNCH, what);
    }

    /** Checks that the groups of a launch are made of warps. */
    static void check(Grid grid) {
        if (grid.local()[0] % SIZE != 0) {
            throw refuse(
                    "uses tensor cores in a group of " + grid.local()[0] + " work-items along x, but TornadoVM takes "
                            + SIZE + " neighbours along x for a warp: make it a multiple of " + SIZE + ".");
        }
    }

    /** The part of the left side that a work-item of the warp holds, out of a piece that begins at a byte of a tile in local memory. */
    static HalfFloat[] left(int lane, int[] tile, int depth, int firstByte) {
        checkPiece(depth, firstByte);
        int g = lane / 4;
        int q = lane % 4;
        HalfFloat[] part = new HalfFloat[8];
        for (int i = 0; i < part.length; i++) {
            int row = g + i / 2 % 2 * 8;
            int column = 2 * q + i % 2 + i / 4 * 8;
            part[i] = half(tile, firstByte / 2 + row * DEPTH + column);
        }
        return part;
    }

    /** The same of the right side. */
    static HalfFloat[] right(int lane, int[] tile, int depth, int firstByte) {
        checkPiece(depth, firstByte);
        HalfFloat[] part = new HalfFloat[4];
        for (int i = 0; i < part.length; i++) {
            int row = lane % 4 * 2 + i % 2 + i / 2 * 8;
            part[i] = half(tile, firstByte / 2 + row * COLUMNS + lane / 4);
        }
        return part;
    }

    private static void checkPiece(int depth, int firstByte) {
        if (depth != DEPTH || firstByte % 16 != 0) {
            throw refuse("loads a piece of depth " + depth + " at byte " + firstByte + ": the depth must be " + DEPTH
                    + " and the byte a multiple of 16.");
        }
    }

    private static HalfFloat half(int[] tile, int index) {
        int word = LocalMemory.load(tile, index / 2);
        return new HalfFloat((short) (index % 2 == 0 ? word : word >> 16));
    }

    /** sums + a b, for a work-item; filled when the last of the warp has asked. */
    float[] multiply(int lane, HalfFloat[] a, HalfFloat[] b, float[] sums, MMAShape shape) {
        if (shape != MMAShape.M16N8K16 || a.length != 8 || b.length != 4 || sums.length != 4) {
            throw refuse("multiplies fragments of " + a.length + ", " + b.length + " and " + sums.length
                    + " elements as " + shape + ": a left side has 8, a right side 4, sums 4, and the shape is "
                    + MMAShape.M16N8K16 + ".");
        }
        float[] result = new float[sums.length];
        List<Call> all = meet(lane, "mma", a, b, sums, result);
        if (!all.isEmpty()) {
            multiply(all);
        }
        return result;
    }

    private static void multiply(List<Call> all) {
        double[][] left = new double[ROWS][DEPTH];
        double[][] right = new double[DEPTH][COLUMNS];
        for (int lane = 0; lane < SIZE; lane++) {
            HalfFloat[] a = (HalfFloat[]) all.get(lane).operands()[0];
            HalfFloat[] b = (HalfFloat[]) all.get(lane).operands()[1];
            for (int i = 0; i < a.length; i++) {
                left[lane / 4 + i / 2 % 2 * 8][lane % 4 * 2 + i % 2 + i / 4 * 8] = a[i].getFloat32();
            }
            for (int i = 0; i < b.length; i++) {
                right[lane % 4 * 2 + i % 2 + i / 2 * 8][lane / 4] = b[i].getFloat32();
            }
        }
        for (int lane = 0; lane < SIZE; lane++) {
            float[] sums = (float[]) all.get(lane).operands()[2];
            float[] result = (float[]) all.get(lane).operands()[3];
            for (int i = 0; i < result.length; i++) {
                double sum = sums[i];
                for (int k = 0; k < DEPTH; k++) {
                    sum += left[row(lane, i)][k] * right[k][column(lane, i)];
                }
                result[i] = (float) sum;
            }
        }
    }

    private static int row(int lane, int i) {
        return lane / 4 + i / 2 * 8;
    }

    private static int column(int lane, int i) {
        return lane % 4 * 2 + i % 2;
    }

    /**
     * Writes the warp's sums, when the last work-item has asked.
     *
     * @param actAs told which work-item of the warp writes, the last one at last
     */
    void store(int lane, float[] sums, FloatArray to, int row, int column, int stride, IntConsumer actAs) {
        int[] place = {row, column, stride};
        List<Call> all = meet(lane, "mmaStore", sums, place);
        for (Call call : all) {
            if (!Arrays.equals((int[]) call.operands()[1], place)) {
                throw new Violation(
                        Kind.BARRIER_DIVERGENCE,
                        "stores a warp's sums at row " + row + " and column " + column
                                + ", but another work-item of it at " + Arrays.toString((int[]) call.operands()[1])
                                + ": all 32 must name one place.");
            }
        }
        for (int i = 0; i < all.size(); i++) {
            actAs.accept(i);
            float[] part = (float[]) all.get(i).operands()[0];
            for (int j = 0; j < part.length; j++) {
                to.set((row + row(i, j)) * stride + column + column(i, j), part[j]);
            }
        }
    }

    /** Notes a call; all calls of the warp if this was the last, else none. */
    private List<Call> meet(int lane, String what, Object... operands) {
        List<Call> mine = calls.get(lane);
        mine.add(new Call(what, operands));
        if (lane < SIZE - 1) {
            return List.of();
        }
        int number = mine.size() - 1;
        for (List<Call> other : calls) {
            if (other.size() <= number || !other.get(number).what().equals(what)) {
                throw divergence(what);
            }
        }
        return calls.stream().map(list -> list.get(number)).toList();
    }

    private static Violation divergence(String what) {
        return new Violation(
                Kind.BARRIER_DIVERGENCE,
                "calls " + what
                        + ", which not all 32 work-items of its warp call here: move it out of the branch or loop whose condition"
                        + " differs between them.");
    }

    /** All work-items have come to a barrier, or to the end: none may wait for another. */
    void passBarrier() {
        List<Call> first = calls.getFirst();
        for (List<Call> other : calls) {
            if (other.size() != first.size()) {
                throw divergence(
                        first.isEmpty()
                                ? other.getFirst().what()
                                : first.getFirst().what());
            }
        }
        calls.forEach(List::clear);
    }
}
