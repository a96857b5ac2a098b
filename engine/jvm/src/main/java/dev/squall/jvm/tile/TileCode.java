package dev.squall.jvm.tile;

import static dev.squall.jvm.tile.TileSizes.FEW_REGISTERS;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.squall.jvm.runtime.Lanes;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The pieces that {@link TileKernels} puts together: loops, loads, stores and arithmetic on vectors in local variables, as byte code. What the
 * pieces do is written before them in Java; a slot is the number of a local variable.
 */
final class TileCode {
    /** Registers for sums and broadcasts: of the 16 or 32 that there are, two hold weights. */
    private static final int SUMS_AND_BROADCASTS = FEW_REGISTERS ? 14 : 30;

    /** The most broadcasts in registers at once: with more the compiler spills sums, though there seems to be room. */
    private static final int MOST_BROADCASTS = 3;

    private static final ClassDesc LANES = desc(Lanes.class);
    private static final ClassDesc VECTOR = desc(FloatVector.class);
    private static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc SEGMENT = desc(MemorySegment.class);
    private static final ClassDesc ORDER = desc(ByteOrder.class);
    private static final ClassDesc MASK = desc(VectorMask.class);
    private static final ClassDesc OPERATORS = desc(VectorOperators.class);
    private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
    private static final ClassDesc FLOAT_LAYOUT = desc(ValueLayout.OfFloat.class);
    private static final MethodTypeDesc LOAD = MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc STORE = MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(VECTOR, SPECIES, CD_float);
    private static final MethodTypeDesc GET = MethodTypeDesc.of(CD_float, FLOAT_LAYOUT, CD_long);
    private static final MethodTypeDesc ADD = MethodTypeDesc.of(VECTOR, desc(Vector.class));
    private static final MethodTypeDesc FMA = MethodTypeDesc.of(VECTOR, desc(Vector.class), desc(Vector.class));
    private static final MethodTypeDesc REARRANGE = MethodTypeDesc.of(VECTOR, desc(VectorShuffle.class));
    private static final MethodTypeDesc COMPARE = MethodTypeDesc.of(MASK, COMPARISON, CD_float);
    private static final MethodTypeDesc MASKED = MethodTypeDesc.of(VECTOR, desc(Vector.class), MASK);
    private static final MethodTypeDesc MASK_ALL = MethodTypeDesc.of(MASK, CD_boolean);
    private static final MethodTypeDesc STORE_MASKED = MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER, MASK);
    private static final MethodTypeDesc BLEND = MethodTypeDesc.of(VECTOR, CD_float, MASK);

    private TileCode() {}

    /** Code that pushes an address. */
    interface Address {
        void push(CodeBuilder code);
    }

    /** Where a sum is kept outside of the tile. */
    interface Sums {
        Address address(int row, int vector);
    }

    /** Declares the sums: zeros, or what memory holds. */
    static void begin(CodeBuilder code, int[][] sums, int accumulate, Sums each) {
        begin(code, sums);
        var started = code.newLabel();
        code.iload(accumulate).ifeq(started);
        for (int j = 0; j < sums.length; j++) {
            for (int v = 0; v < sums[j].length; v++) {
                load(code, sums[j][v], each.address(j, v));
            }
        }
        code.labelBinding(started);
    }

    /** Adds what memory holds: at the end, since the compiler spilled some tiles' sums that began with it, at a quarter of the speed. */
    static void addAll(CodeBuilder code, int[][] sums, Sums each) {
        for (int j = 0; j < sums.length; j++) {
            for (int v = 0; v < sums[j].length; v++) {
                int held = load(code, each.address(j, v));
                add(code, sums[j][v], held);
            }
        }
    }

    /** {@code sum = sum.add(other)} */
    static void add(CodeBuilder code, int sum, int other) {
        code.aload(other).aload(sum).invokevirtual(VECTOR, "add", ADD).astore(sum);
    }

    /** {@code sum = sum.blend(0, sum.compare(LT, 0))} for each. */
    static void rectify(CodeBuilder code, int[][] sums) {
        for (int[] row : sums) {
            for (int sum : row) {
                code.aload(sum).fconst_0();
                code.aload(sum).getstatic(OPERATORS, "LT", COMPARISON).fconst_0();
                code.invokevirtual(VECTOR, "compare", COMPARE)
                        .invokevirtual(VECTOR, "blend", BLEND)
                        .astore(sum);
            }
        }
    }

    /**
     * {@code sum = sum.mul(slope, sum.compare(LT, 0))} for each. A multiplication under a mask needs one register beside the sums, the slope's, for
     * all of them. Blending in a product would need another for each sum, and the compiler spilled sums to make room.
     */
    static void leak(CodeBuilder code, int[][] sums, Consumer<CodeBuilder> slope) {
        int factor = code.allocateLocal(TypeKind.REFERENCE);
        code.getstatic(LANES, "SPECIES", SPECIES);
        slope.accept(code);
        code.invokestatic(VECTOR, "broadcast", BROADCAST).astore(factor);
        for (int[] row : sums) {
            for (int sum : row) {
                code.aload(sum).aload(factor);
                code.aload(sum).getstatic(OPERATORS, "LT", COMPARISON).fconst_0();
                code.invokevirtual(VECTOR, "compare", COMPARE)
                        .invokevirtual(VECTOR, "mul", MASKED)
                        .astore(sum);
            }
        }
    }

    /** {@code FloatVector sum = FloatVector.zero(SPECIES)} for each. */
    static void begin(CodeBuilder code, int[][] sums) {
        for (int[] row : sums) {
            for (int v = 0; v < row.length; v++) {
                row[v] = code.allocateLocal(TypeKind.REFERENCE);
                code.getstatic(LANES, "SPECIES", SPECIES)
                        .fconst_0()
                        .invokestatic(VECTOR, "broadcast", BROADCAST)
                        .astore(row[v]);
            }
        }
    }

    /** {@code FloatVector slot = other} */
    static int copy(CodeBuilder code, int other) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(other).astore(slot);
        return slot;
    }

    /** Writes the sums to memory. */
    static void end(CodeBuilder code, int[][] sums, Sums each) {
        for (int j = 0; j < sums.length; j++) {
            for (int v = 0; v < sums[j].length; v++) {
                store(code, sums[j][v], each.address(j, v));
            }
        }
    }

    /** {@code sum = a.fma(w, sum)} */
    static void fma(CodeBuilder code, int a, int w, int sum) {
        code.aload(a).aload(w).aload(sum).invokevirtual(VECTOR, "fma", FMA).astore(sum);
    }

    /** {@code FloatVector slot = a.rearrange(order)} */
    static int rearrange(CodeBuilder code, int a, int order) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(a).aload(order).invokevirtual(VECTOR, "rearrange", REARRANGE).astore(slot);
        return slot;
    }

    /** {@code for (int i = 0; i < limit; i++) body} */
    static void loop(CodeBuilder code, Consumer<CodeBuilder> limit, IntConsumer body) {
        loop(code, CodeBuilder::iconst_0, limit, body);
    }

    /** {@code for (int i = start; i < limit; i++) body}; both push an int, {@code body} takes the slot of i. */
    static void loop(CodeBuilder code, Consumer<CodeBuilder> start, Consumer<CodeBuilder> limit, IntConsumer body) {
        int index = code.allocateLocal(TypeKind.INT);
        var head = code.newLabel();
        var done = code.newLabel();
        start.accept(code);
        code.istore(index);
        code.labelBinding(head).iload(index);
        limit.accept(code);
        code.if_icmpge(done);
        body.accept(index);
        code.iinc(index, 1).goto_(head).labelBinding(done);
    }

    /**
     * {@code for (int i = 0; i < limit; i++) body}, for one step or more; somewhere behind it stands {@code after}.
     *
     * <p>The loop ends at {@code i == limit} and counts in fours, because the compiler would unroll a loop that it can count and run out of
     * registers. It has one step at least, because the compiler keeps the sums from before a loop that may have none, and it keeps them in memory:
     * all 20 vectors of a tile were stored and loaded again for each tap, if other kernels had been compiled before. A mask shows the compiler that
     * the index is not negative.
     */
    static void sumLoop(CodeBuilder code, Consumer<CodeBuilder> limit, int unit, Label after, Consumer<Step> body) {
        int next = code.allocateLocal(TypeKind.INT);
        int end = code.allocateLocal(TypeKind.INT);
        int index = code.allocateLocal(TypeKind.INT);
        int offset = code.allocateLocal(TypeKind.LONG);
        var head = code.newLabel();
        limit.accept(code);
        code.loadConstant(unit).imul().istore(end).iconst_0().istore(next);
        code.labelBinding(head)
                .iload(next)
                .loadConstant(Integer.MAX_VALUE)
                .iand()
                .istore(index);
        code.iload(index).i2l().lstore(offset);
        body.accept(new Step(index, offset, unit, after));
        code.iinc(next, unit).iload(next).iload(end).if_icmpne(head);
    }

    /**
     * The step that a {@link #sumLoop} is at.
     *
     * @param slot of the number of steps, times {@code unit}
     * @param offset slot of the same as a long: from {@code slot} the compiler would compute it anew behind each of its branches
     * @param after where all sums are needed
     */
    record Step(int slot, int offset, int unit, Label after) {
        /** Adds {@code bytes} for each step to the address on the stack. */
        CodeBuilder advance(CodeBuilder code, int bytes) {
            return times(code.lload(offset), bytes / unit).ladd();
        }

        /**
         * Has what was read for {@code position} and those before it summed before the next is read, where there would not be registers for all of
         * them. The compiler moves neither beyond a branch to where the sums are needed, so there is such a branch; it is never taken, as no index is
         * that large.
         */
        void sumBeforeNext(CodeBuilder code, int position, int positions, int vectors) {
            int room = SUMS_AND_BROADCASTS - positions * vectors;
            // Of 32 registers there are enough for all broadcasts of a tile of one vector, which the branches would
            // have spilled.
            boolean isRoomy = vectors == 1 && !FEW_REGISTERS;
            int together = isRoomy ? room : Math.min(MOST_BROADCASTS, room);
            if (position % together == together - 1 && position < positions - 1) {
                code.iload(slot).loadConstant(Integer.MAX_VALUE - position).if_icmpeq(after);
            }
        }
    }

    /** {@code FloatVector slot = FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER)} */
    static void load(CodeBuilder code, int slot, Address address) {
        code.getstatic(LANES, "SPECIES", SPECIES).getstatic(LANES, "ALL", SEGMENT);
        address.push(code);
        code.getstatic(LANES, "ORDER", ORDER)
                .invokestatic(VECTOR, "fromMemorySegment", LOAD)
                .astore(slot);
    }

    static int load(CodeBuilder code, Address address) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        load(code, slot, address);
        return slot;
    }

    /** {@code FloatVector slot = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, address))} */
    static int loadBroadcast(CodeBuilder code, Address address) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        code.getstatic(LANES, "SPECIES", SPECIES)
                .getstatic(LANES, "ALL", SEGMENT)
                .getstatic(LANES, "FLOAT", FLOAT_LAYOUT);
        address.push(code);
        code.invokeinterface(SEGMENT, "get", GET)
                .invokestatic(VECTOR, "broadcast", BROADCAST)
                .astore(slot);
        return slot;
    }

    /** {@code slot.intoMemorySegment(ALL, address, ORDER)} */
    static void store(CodeBuilder code, int slot, Address address) {
        code.aload(slot).getstatic(LANES, "ALL", SEGMENT);
        address.push(code);
        code.getstatic(LANES, "ORDER", ORDER).invokevirtual(VECTOR, "intoMemorySegment", STORE);
    }

    /** {@code VectorMask slot = SPECIES.maskAll(false)} */
    static int noLanes(CodeBuilder code) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        code.getstatic(LANES, "SPECIES", SPECIES)
                .iconst_0()
                .invokeinterface(SPECIES, "maskAll", MASK_ALL)
                .astore(slot);
        return slot;
    }

    /** {@code slot.intoMemorySegment(ALL, address, ORDER, mask)} */
    static void store(CodeBuilder code, int slot, Address address, int mask) {
        code.aload(slot).getstatic(LANES, "ALL", SEGMENT);
        address.push(code);
        code.getstatic(LANES, "ORDER", ORDER).aload(mask).invokevirtual(VECTOR, "intoMemorySegment", STORE_MASKED);
    }

    /** {@link Lanes#bounded} of what is on the stack. */
    static CodeBuilder bounded(CodeBuilder code) {
        return code.loadConstant(Lanes.ADDRESS_MASK).land();
    }

    static void bound(CodeBuilder code, int... slots) {
        for (int slot : slots) {
            bounded(code.lload(slot)).lstore(slot);
        }
    }

    static CodeBuilder plus(CodeBuilder code, long bytes) {
        return bytes == 0 ? code : code.loadConstant(bytes).ladd();
    }

    static CodeBuilder times(CodeBuilder code, long bytes) {
        return code.loadConstant(bytes).lmul();
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
