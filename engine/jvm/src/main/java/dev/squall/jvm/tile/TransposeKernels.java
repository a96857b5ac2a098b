package dev.squall.jvm.tile;

import static dev.squall.jvm.tile.TileCode.bounded;
import static dev.squall.jvm.tile.TileCode.desc;
import static dev.squall.jvm.tile.TileCode.load;
import static dev.squall.jvm.tile.TileCode.loop;
import static dev.squall.jvm.tile.TileCode.store;

import dev.squall.jvm.runtime.Lanes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Generates the {@link TransposeKernel}: for each bit of a lane's number, rows whose numbers differ in that bit exchange the lanes that differ in it too.
 */
public final class TransposeKernels {
    /** The lanes whose numbers differ from the own in one bit, for all that there may be; compiled code takes what is in final fields for constants. */
    static final VectorShuffle<Float> SWAP_1 = swap(1);

    static final VectorShuffle<Float> SWAP_2 = swap(2);
    static final VectorShuffle<Float> SWAP_4 = swap(4);
    static final VectorShuffle<Float> SWAP_8 = swap(8);

    /** The lanes whose numbers have the bit, and those that do not. */
    static final VectorMask<Float> WITH_1 = with(1);

    static final VectorMask<Float> WITH_2 = with(2);
    static final VectorMask<Float> WITH_4 = with(4);
    static final VectorMask<Float> WITH_8 = with(8);
    static final VectorMask<Float> WITHOUT_1 = WITH_1.not();
    static final VectorMask<Float> WITHOUT_2 = WITH_2.not();
    static final VectorMask<Float> WITHOUT_4 = WITH_4.not();
    static final VectorMask<Float> WITHOUT_8 = WITH_8.not();

    private record Square(int lanes) {}

    private static final ClassDesc VECTOR = desc(FloatVector.class);
    private static final ClassDesc MASK = desc(VectorMask.class);
    private static final ClassDesc SHUFFLE = desc(VectorShuffle.class);

    /** The kernel for this machine's vectors. */
    public static final TransposeKernel KERNEL =
            TileKernels.kernel(TransposeKernel.class, new Square(Lanes.COUNT), TransposeKernels::emit);

    private TransposeKernels() {}

    private static VectorShuffle<Float> swap(int bit) {
        return VectorShuffle.fromOp(Lanes.SPECIES, lane -> (lane ^ bit) % Lanes.COUNT);
    }

    private static VectorMask<Float> with(int bit) {
        boolean[] bits = new boolean[Lanes.COUNT];
        for (int lane = 0; lane < bits.length; lane++) {
            bits[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(Lanes.SPECIES, bits, 0);
    }

    private static void emit(CodeBuilder code) {
        int from = code.parameterSlot(0);
        int rows = code.parameterSlot(1);
        int rowsStep = code.parameterSlot(2);
        int squareBytes = code.parameterSlot(3);
        int to = code.parameterSlot(4);
        int columns = code.parameterSlot(5);
        int columnsStep = code.parameterSlot(6);
        int targetBytes = code.parameterSlot(7);
        int squares = code.parameterSlot(8);
        int source = code.allocateLocal(TypeKind.LONG);
        int target = code.allocateLocal(TypeKind.LONG);
        loop(code, c -> c.iload(squares), s -> {
            code.lload(from).lload(squareBytes).iload(s).i2l().lmul().ladd().lstore(source);
            code.lload(to).lload(targetBytes).iload(s).i2l().lmul().ladd().lstore(target);
            int[] vectors = new int[Lanes.COUNT];
            for (int r = 0; r < vectors.length; r++) {
                int row = r;
                vectors[r] = load(code, c -> place(c, source, rows, rowsStep, s, row));
            }
            for (int bit = Lanes.COUNT / 2; bit > 0; bit /= 2) {
                for (int r = 0; r < vectors.length; r++) {
                    if ((r & bit) == 0) {
                        exchange(code, vectors, r, r + bit, bit);
                    }
                }
            }
            for (int r = 0; r < vectors.length; r++) {
                int column = r;
                store(code, vectors[r], c -> place(c, target, columns, columnsStep, s, column));
            }
        });
    }

    /** Pushes {@code base + offsets[square * step + i]}. */
    private static void place(CodeBuilder code, int base, int offsets, int step, int square, int i) {
        code.lload(base)
                .aload(offsets)
                .iload(square)
                .iload(step)
                .imul()
                .loadConstant(i)
                .iadd();
        bounded(code.laload().ladd());
    }

    /** {@code a, b = a.blend(b.rearrange(swap), with), b.blend(a.rearrange(swap), without)} */
    private static void exchange(CodeBuilder code, int[] vectors, int a, int b, int bit) {
        int newA = code.allocateLocal(TypeKind.REFERENCE);
        int newB = code.allocateLocal(TypeKind.REFERENCE);
        half(code, vectors[a], vectors[b], "WITH_" + bit, bit, newA);
        half(code, vectors[b], vectors[a], "WITHOUT_" + bit, bit, newB);
        vectors[a] = newA;
        vectors[b] = newB;
    }

    private static void half(CodeBuilder code, int own, int other, String mask, int bit, int to) {
        ClassDesc fields = desc(TransposeKernels.class);
        code.aload(own).aload(other).getstatic(fields, "SWAP_" + bit, SHUFFLE);
        code.invokevirtual(VECTOR, "rearrange", MethodTypeDesc.of(VECTOR, SHUFFLE));
        code.getstatic(fields, mask, MASK);
        code.invokevirtual(VECTOR, "blend", MethodTypeDesc.of(VECTOR, desc(Vector.class), MASK))
                .astore(to);
    }
}
