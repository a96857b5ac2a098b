package dev.squall.jvm;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Generates the inner loops, one hidden class for each tile that is asked for.
 *
 * <p>The compiler keeps a sum in a register only if it is a local variable of its own, so the loop over positions and vectors of
 * a tile has to be written out: 28 sums for a tile of 14 positions by two vectors of 16 lanes. Writing the bytes here keeps one
 * description of each loop for every tile size and lane count. The calls are those that
 * {@link Lanes} makes, without that step: inlining has a budget in bytes for a method, and only the Vector API's own methods are free.
 */
final class TileKernels {
    /** Whether there are 16 registers for vectors, and not 32. */
    private static final boolean FEW_REGISTERS =
            Lanes.COUNT < 16 && !System.getProperty("os.arch").equals("aarch64");

    /** Positions a tile may have: as many as keep the sums, two weight vectors and one or two broadcasts in registers. */
    static final int MAX_POSITIONS = FEW_REGISTERS ? 6 : Lanes.COUNT == 16 ? 14 : 12;

    /** Whether two vectors of channels lie side by side; a constant distance spares a register. */
    private static final boolean IN_ONE_BLOCK = 2 * Lanes.COUNT <= BlockedLayout.BLOCK;

    /** Registers for sums and broadcasts, where there are 16: two are for weights. */
    private static final int SUMS_AND_BROADCASTS = 14;

    /** The most broadcasts in registers at once there: the compiler spills with more, though there seems to be room. */
    private static final int MOST_BROADCASTS = 3;

    /** Bytes of two packed vectors. */
    private static final int PAIR_BYTES = 2 * Lanes.BYTES;

    private static final ClassDesc LANES = desc(Lanes.class);
    private static final ClassDesc VECTOR = desc(FloatVector.class);
    private static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc SEGMENT = desc(MemorySegment.class);
    private static final ClassDesc ORDER = desc(ByteOrder.class);
    private static final ClassDesc FLOAT_LAYOUT = desc(ValueLayout.OfFloat.class);
    private static final MethodTypeDesc LOAD = MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc STORE = MethodTypeDesc.of(CD_void, SEGMENT, CD_long, ORDER);
    private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(VECTOR, SPECIES, CD_float);
    private static final MethodTypeDesc GET = MethodTypeDesc.of(CD_float, FLOAT_LAYOUT, CD_long);
    private static final MethodTypeDesc ADD = MethodTypeDesc.of(VECTOR, desc(Vector.class));
    private static final MethodTypeDesc FMA = MethodTypeDesc.of(VECTOR, desc(Vector.class), desc(Vector.class));

    private static final ConcurrentHashMap<Tile, Object> KERNELS = new ConcurrentHashMap<>();

    private sealed interface Tile {}

    private record Dense(int positions, int vectors, int inStep, int outStep) implements Tile {}

    private record Depthwise(int positions, int inStep, int outStep) implements Tile {}

    private record Gradient(int channels, int inStep) implements Tile {}

    private TileKernels() {}

    /** Index of the position where the second half of a tile begins; it has an address of its own, so it may be a row. */
    static int half(int positions) {
        return (positions + 1) / 2;
    }

    /**
     * @param positions 1 to {@link #MAX_POSITIONS}
     * @param vectors vectors of output channels, 1 or 2
     * @param inStep bytes from a position to the next in the input
     * @param outStep bytes from a position to the next in the output
     */
    static DenseKernel dense(int positions, int vectors, int inStep, int outStep) {
        var tile = new Dense(positions, vectors, inStep, outStep);
        return (DenseKernel) KERNELS.computeIfAbsent(tile, t -> {
            DenseKernel kernel = define(DenseKernel.class, code -> emit(tile, code));
            DenseKernels.warm(kernel, positions, inStep, outStep);
            return kernel;
        });
    }

    /**
     * @param positions 1 to {@link #MAX_POSITIONS}
     * @param inStep bytes from a position to the next in the input
     * @param outStep bytes from a position to the next in the output
     */
    static DepthwiseKernel depthwise(int positions, int inStep, int outStep) {
        var tile = new Depthwise(positions, inStep, outStep);
        return (DepthwiseKernel) KERNELS.computeIfAbsent(
                tile, t -> define(DepthwiseKernel.class, code -> emit(tile, code)));
    }

    /**
     * @param channels 1 to {@link #MAX_POSITIONS}
     * @param inStep bytes from a position to the next in the input
     */
    static GradientKernel gradient(int channels, int inStep) {
        var tile = new Gradient(channels, inStep);
        return (GradientKernel) KERNELS.computeIfAbsent(
                tile, t -> define(GradientKernel.class, code -> emit(tile, code)));
    }

    private static <T> T define(Class<T> type, Consumer<CodeBuilder> body) {
        var method = type.getDeclaredMethods()[0];
        MethodTypeDesc signature =
                MethodTypeDesc.ofDescriptor(MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                        .toMethodDescriptorString());
        ClassDesc name = ClassDesc.of(TileKernels.class.getPackageName(), "Generated" + type.getSimpleName());
        byte[] bytes = ClassFile.of().build(name, cls -> {
            cls.withInterfaceSymbols(type.describeConstable().orElseThrow());
            cls.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    code -> code.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            cls.withMethodBody(method.getName(), signature, ClassFile.ACC_PUBLIC, code -> {
                body.accept(code);
                code.return_();
            });
        });
        try {
            var lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return type.cast(lookup.lookupClass().getConstructor().newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a generated kernel could not be defined", e);
        }
    }

    private static void emit(Dense tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int inSecond = code.parameterSlot(1);
        int taps = code.parameterSlot(2);
        int tapCount = code.parameterSlot(3);
        int depth = code.parameterSlot(4);
        int weights = code.parameterSlot(5);
        int out = code.parameterSlot(6);
        int outSecond = code.parameterSlot(7);
        int outVector = code.parameterSlot(8);
        int accumulate = code.parameterSlot(9);
        int half = half(tile.positions);
        int weightStep = tile.vectors * Lanes.BYTES;

        bound(code, out, outSecond, outVector);
        int[][] sums = new int[tile.positions][tile.vectors];
        Sums each = (j, v) -> c -> {
            plus(c.lload(j < half ? out : outSecond), (long) (j < half ? j : j - half) * tile.outStep);
            if (v == 1) {
                c.lload(outVector).ladd();
            }
        };
        clear(code, sums);

        var summed = code.newLabel();
        int first = code.allocateLocal(TypeKind.LONG);
        int second = code.allocateLocal(TypeKind.LONG);
        int weight = code.allocateLocal(TypeKind.LONG);
        loop(code, c -> c.iload(tapCount), t -> {
            bounded(code.lload(in).aload(taps).iload(t).laload().ladd()).lstore(first);
            bounded(code.lload(inSecond).aload(taps).iload(t).laload().ladd()).lstore(second);
            times(code.lload(weights).iload(t).i2l().iload(depth).i2l().lmul(), weightStep)
                    .ladd();
            bounded(code).lstore(weight);
            sumLoop(code, c -> c.iload(depth), Float.BYTES, summed, k -> {
                int[] w = new int[tile.vectors];
                for (int v = 0; v < tile.vectors; v++) {
                    long offset = (long) v * Lanes.BYTES;
                    w[v] = load(code, c -> plus(k.advance(c.lload(weight), weightStep), offset));
                }
                for (int j = 0; j < tile.positions; j++) {
                    int base = j < half ? first : second;
                    long offset = (long) (j < half ? j : j - half) * tile.inStep;
                    int a = loadBroadcast(code, c -> plus(k.advance(c.lload(base), Float.BYTES), offset));
                    for (int v = 0; v < tile.vectors; v++) {
                        fma(code, a, w[v], sums[j][v]);
                    }
                    k.sumBeforeNext(code, j, tile.positions, tile.vectors);
                }
            });
        });
        var done = code.newLabel();
        code.labelBinding(summed).iload(accumulate).ifeq(done);
        addAll(code, sums, each);
        code.labelBinding(done);
        end(code, sums, each);
    }

    private static void emit(Depthwise tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int taps = code.parameterSlot(1);
        int tapCount = code.parameterSlot(2);
        int weights = code.parameterSlot(3);
        int out = code.parameterSlot(4);
        int accumulate = code.parameterSlot(5);

        bound(code, weights, out);
        int[][] sums = new int[tile.positions][1];
        Sums each = (j, v) -> c -> plus(c.lload(out), (long) j * tile.outStep);
        begin(code, sums, accumulate, each);
        int from = code.allocateLocal(TypeKind.LONG);
        loop(code, c -> c.iload(tapCount), t -> {
            bounded(code.lload(in).aload(taps).iload(t).laload().ladd()).lstore(from);
            int w = load(
                    code,
                    c -> times(c.lload(weights).iload(t).i2l(), BlockedLayout.PIXEL_BYTES)
                            .ladd());
            for (int j = 0; j < tile.positions; j++) {
                long offset = (long) j * tile.inStep;
                int a = load(code, c -> plus(c.lload(from), offset));
                fma(code, a, w, sums[j][0]);
            }
        });
        end(code, sums, each);
    }

    private static void emit(Gradient tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int inRows = code.parameterSlot(1);
        int gradient = code.parameterSlot(2);
        int gradientRows = code.parameterSlot(3);
        int gradientVector = code.parameterSlot(4);
        int fromRow = code.parameterSlot(5);
        int toRow = code.parameterSlot(6);
        int width = code.parameterSlot(7);
        int target = code.parameterSlot(8);
        int accumulate = code.parameterSlot(9);

        bound(code, gradientVector, target);
        int[][] sums = new int[tile.channels][2];
        Sums each = (i, v) -> c -> plus(c.lload(target), (long) i * PAIR_BYTES + (long) v * Lanes.BYTES);
        begin(code, sums, accumulate, each);

        var summed = code.newLabel();
        int input = code.allocateLocal(TypeKind.LONG);
        int output = code.allocateLocal(TypeKind.LONG);
        loop(code, c -> c.iload(fromRow), c -> c.iload(toRow), r -> {
            bounded(code.lload(in).aload(inRows).iload(r).laload().ladd()).lstore(input);
            bounded(code.lload(gradient).aload(gradientRows).iload(r).laload().ladd())
                    .lstore(output);
            sumLoop(code, c -> c.iload(width), BlockedLayout.PIXEL_BYTES, summed, x -> {
                int[] g = new int[2];
                for (int v = 0; v < 2; v++) {
                    boolean isSecond = v == 1;
                    g[v] = load(code, c -> {
                        x.advance(c.lload(output), BlockedLayout.PIXEL_BYTES);
                        if (isSecond && IN_ONE_BLOCK) {
                            c.loadConstant((long) Lanes.BYTES).ladd();
                        } else if (isSecond) {
                            c.lload(gradientVector).ladd();
                        }
                    });
                }
                for (int i = 0; i < tile.channels; i++) {
                    long offset = (long) i * Float.BYTES;
                    int a = loadBroadcast(code, c -> plus(x.advance(c.lload(input), tile.inStep), offset));
                    for (int v = 0; v < 2; v++) {
                        fma(code, a, g[v], sums[i][v]);
                    }
                    x.sumBeforeNext(code, i, tile.channels, 2);
                }
            });
        });
        code.labelBinding(summed);
        end(code, sums, each);
    }

    /** Code that pushes an address. */
    private interface Address {
        void push(CodeBuilder code);
    }

    /** Where a sum is kept outside of the tile. */
    private interface Sums {
        Address address(int row, int vector);
    }

    /** Declares the sums: zeros, or what memory holds. */
    private static void begin(CodeBuilder code, int[][] sums, int accumulate, Sums each) {
        clear(code, sums);
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
    private static void addAll(CodeBuilder code, int[][] sums, Sums each) {
        for (int j = 0; j < sums.length; j++) {
            for (int v = 0; v < sums[j].length; v++) {
                int held = load(code, each.address(j, v));
                code.aload(held)
                        .aload(sums[j][v])
                        .invokevirtual(VECTOR, "add", ADD)
                        .astore(sums[j][v]);
            }
        }
    }

    private static void clear(CodeBuilder code, int[][] sums) {
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

    private static void end(CodeBuilder code, int[][] sums, Sums each) {
        for (int j = 0; j < sums.length; j++) {
            for (int v = 0; v < sums[j].length; v++) {
                store(code, sums[j][v], each.address(j, v));
            }
        }
    }

    /** {@code sum = a.fma(w, sum)} */
    private static void fma(CodeBuilder code, int a, int w, int sum) {
        code.aload(a).aload(w).aload(sum).invokevirtual(VECTOR, "fma", FMA).astore(sum);
    }

    private static void loop(CodeBuilder code, Consumer<CodeBuilder> limit, IntConsumer body) {
        loop(code, CodeBuilder::iconst_0, limit, body);
    }

    /** {@code for (int i = start; i < limit; i++) body}; both push an int, {@code body} takes the slot of i. */
    private static void loop(
            CodeBuilder code, Consumer<CodeBuilder> start, Consumer<CodeBuilder> limit, IntConsumer body) {
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
     * <p>Where there are few registers the loop ends at {@code i == limit}, its index counted in fours: the compiler would unroll a loop that it
     * can count, and run out of registers. A mask shows it that the index is not negative.
     */
    private static void sumLoop(
            CodeBuilder code, Consumer<CodeBuilder> limit, int unit, Label after, Consumer<Step> body) {
        if (!FEW_REGISTERS) {
            loop(code, limit, index -> body.accept(new Step(index, 1, after)));
            return;
        }
        int next = code.allocateLocal(TypeKind.INT);
        int end = code.allocateLocal(TypeKind.INT);
        int index = code.allocateLocal(TypeKind.INT);
        var head = code.newLabel();
        limit.accept(code);
        code.loadConstant(unit).imul().istore(end).iconst_0().istore(next);
        code.labelBinding(head)
                .iload(next)
                .loadConstant(Integer.MAX_VALUE)
                .iand()
                .istore(index);
        body.accept(new Step(index, unit, after));
        code.iinc(next, unit).iload(next).iload(end).if_icmpne(head);
    }

    /**
     * The step that a {@link #sumLoop} is at.
     *
     * @param slot of the number of steps, times {@code unit}
     * @param after where all sums are needed
     */
    private record Step(int slot, int unit, Label after) {
        /** Adds {@code bytes} for each step to the address on the stack. */
        CodeBuilder advance(CodeBuilder code, int bytes) {
            return times(code.iload(slot).i2l(), bytes / unit).ladd();
        }

        /**
         * Where there are few registers, has what was read for {@code position} and those before it summed before the next is read, if there
         * would not be registers for all: the compiler may move neither beyond a branch to where the sums are needed. It is never taken, as no
         * index is that large.
         */
        void sumBeforeNext(CodeBuilder code, int position, int positions, int vectors) {
            if (!FEW_REGISTERS) {
                return;
            }
            int together = Math.min(MOST_BROADCASTS, SUMS_AND_BROADCASTS - positions * vectors);
            if (position % together == together - 1 && position < positions - 1) {
                code.iload(slot).loadConstant(Integer.MAX_VALUE - position).if_icmpeq(after);
            }
        }
    }

    /** {@code FloatVector slot = FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER)} */
    private static void load(CodeBuilder code, int slot, Address address) {
        code.getstatic(LANES, "SPECIES", SPECIES).getstatic(LANES, "ALL", SEGMENT);
        address.push(code);
        code.getstatic(LANES, "ORDER", ORDER)
                .invokestatic(VECTOR, "fromMemorySegment", LOAD)
                .astore(slot);
    }

    private static int load(CodeBuilder code, Address address) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        load(code, slot, address);
        return slot;
    }

    /** {@code FloatVector slot = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, address))} */
    private static int loadBroadcast(CodeBuilder code, Address address) {
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
    private static void store(CodeBuilder code, int slot, Address address) {
        code.aload(slot).getstatic(LANES, "ALL", SEGMENT);
        address.push(code);
        code.getstatic(LANES, "ORDER", ORDER).invokevirtual(VECTOR, "intoMemorySegment", STORE);
    }

    /** {@link Lanes#bounded} of what is on the stack. */
    private static CodeBuilder bounded(CodeBuilder code) {
        return code.loadConstant(Lanes.ADDRESS_MASK).land();
    }

    private static void bound(CodeBuilder code, int... slots) {
        for (int slot : slots) {
            bounded(code.lload(slot)).lstore(slot);
        }
    }

    private static CodeBuilder plus(CodeBuilder code, long bytes) {
        return bytes == 0 ? code : code.loadConstant(bytes).ladd();
    }

    private static CodeBuilder times(CodeBuilder code, long bytes) {
        return code.loadConstant(bytes).lmul();
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
