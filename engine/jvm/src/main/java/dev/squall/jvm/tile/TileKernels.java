package dev.squall.jvm.tile;

import static dev.squall.jvm.tile.TileCode.addAll;
import static dev.squall.jvm.tile.TileCode.begin;
import static dev.squall.jvm.tile.TileCode.bound;
import static dev.squall.jvm.tile.TileCode.bounded;
import static dev.squall.jvm.tile.TileCode.copy;
import static dev.squall.jvm.tile.TileCode.desc;
import static dev.squall.jvm.tile.TileCode.end;
import static dev.squall.jvm.tile.TileCode.fma;
import static dev.squall.jvm.tile.TileCode.leak;
import static dev.squall.jvm.tile.TileCode.load;
import static dev.squall.jvm.tile.TileCode.loadBroadcast;
import static dev.squall.jvm.tile.TileCode.loop;
import static dev.squall.jvm.tile.TileCode.noLanes;
import static dev.squall.jvm.tile.TileCode.plus;
import static dev.squall.jvm.tile.TileCode.rectify;
import static dev.squall.jvm.tile.TileCode.store;
import static dev.squall.jvm.tile.TileCode.sumLoop;
import static dev.squall.jvm.tile.TileCode.times;
import static dev.squall.jvm.tile.TileSizes.FEW_REGISTERS;
import static dev.squall.jvm.tile.TileSizes.half;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.runtime.Lanes;
import dev.squall.jvm.tile.TileCode.Address;
import dev.squall.jvm.tile.TileCode.Step;
import dev.squall.jvm.tile.TileCode.Sums;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * Generates the innermost loops of products, one hidden class for each shape of tile that is asked for.
 *
 * <p>The compiler keeps a sum in a register only if it is a local variable of its own, so the loop over positions and vectors of
 * a tile has to be written out: 28 sums for a tile of 14 positions by two vectors of 16 lanes. To write them as byte code keeps one
 * description of each loop for every tile size and lane count. The code calls the Vector API itself and not {@link Lanes}, because the compiler
 * inlines only so many bytes into a method, and only the methods of the Vector API do not count.
 */
public final class TileKernels {
    /**
     * The step of a dense kernel that is told its steps when it runs. Such a kernel serves for all steps, which saves the 0.1 s that it takes to make
     * another, but it needs the address of each position in a register. A tile of few positions has room for them.
     */
    private static final int GIVEN = 0;

    /**
     * What a weight gradient brings near with each position. It has half as many products for each as another tile for each channel, and a line each would
     * be more than memory gives.
     */
    private static final int HALF_LINE = BlockedLayout.PIXEL_BYTES / 2;

    /** Whether two vectors of channels lie side by side in a block: then their distance is a constant, which spares a register. */
    private static final boolean IN_ONE_BLOCK = 2 * Lanes.COUNT <= BlockedLayout.BLOCK;

    private static final ClassDesc EPILOGUE = desc(FusedEpilogue.class);

    private static final ConcurrentHashMap<Record, Object> KERNELS = new ConcurrentHashMap<>();

    private record Dense(int positions, int vectors, int inStep, int outStep, boolean isPrefetching) {}

    private record Gradient(int channels, int vectors, int inStep, int gradientStep, boolean isPrefetching) {}

    private record Positions(int channels, int vectors) {}

    private TileKernels() {}

    /**
     * @param positions 1 to {@link TileSizes#MAX_POSITIONS}
     * @param vectors vectors of output channels, 1 or 2
     * @param inStep bytes from a position to the next in the input
     * @param outStep bytes from a position to the next in the output
     * @param isPrefetching whether memory is brought near meanwhile
     */
    static DenseKernel dense(int positions, int vectors, int inStep, int outStep, boolean isPrefetching) {
        Dense tile = tile(positions, vectors, inStep, outStep, isPrefetching);
        return (DenseKernel) KERNELS.computeIfAbsent(tile, t -> {
            DenseKernel kernel = define(DenseKernel.class, code -> emit(tile, code));
            DenseWarmUp.run(kernel, positions, warmingStep(tile.inStep), warmingStep(tile.outStep));
            return kernel;
        });
    }

    private static int warmingStep(int step) {
        return step == GIVEN ? BlockedLayout.PIXEL_BYTES : step;
    }

    private static Dense tile(int positions, int vectors, int inStep, int outStep, boolean isPrefetching) {
        // A half of one position has no steps. The output is written once for many sums, so the addresses of pixels
        // that
        // are not neighbours may be computed there.
        boolean isGiven = FEW_REGISTERS || half(positions) == 1;
        boolean isOutGiven = isGiven || outStep != BlockedLayout.PIXEL_BYTES;
        return new Dense(positions, vectors, isGiven ? GIVEN : inStep, isOutGiven ? GIVEN : outStep, isPrefetching);
    }

    /**
     * @param channels as {@link TileSizes#gradientSizes} has them
     * @param vectors of the gradient, 1 or 2
     * @param inStep bytes from a position to the next in the input
     * @param gradientStep the same in the gradient
     * @param isPrefetching whether memory is brought near meanwhile
     */
    static GradientKernel gradient(int channels, int vectors, int inStep, int gradientStep, boolean isPrefetching) {
        var tile = new Gradient(channels, vectors, inStep, gradientStep, isPrefetching);
        return kernel(GradientKernel.class, tile, code -> emit(tile, code));
    }

    /**
     * @param channels as {@link TileSizes#gradientSizes} has them
     * @param vectors of the gradient, 1 or 2
     */
    static PositionKernel positions(int channels, int vectors) {
        var tile = new Positions(channels, vectors);
        return kernel(PositionKernel.class, tile, code -> emit(tile, code));
    }

    /** The kernel of a shape, made when it is first asked for. */
    static <T> T kernel(Class<T> type, Record shape, Consumer<CodeBuilder> body) {
        return type.cast(KERNELS.computeIfAbsent(shape, s -> define(type, body)));
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
        int epilogue = code.parameterSlot(9);
        int bias = code.parameterSlot(10);
        int inStep = code.parameterSlot(11);
        int outStep = code.parameterSlot(12);
        int weightStep = tile.vectors * Lanes.BYTES;

        bound(code, out, outSecond, outVector);
        if (tile.outStep == GIVEN) {
            bound(code, outStep);
        }
        int[][] sums = new int[tile.positions][tile.vectors];
        int first = code.allocateLocal(TypeKind.LONG);
        int second = code.allocateLocal(TypeKind.LONG);
        bound(code, bias);
        for (int v = 0; v < tile.vectors; v++) {
            long offset = (long) v * Lanes.BYTES;
            int b = load(code, c -> plus(c.lload(bias), offset));
            for (int[] row : sums) {
                row[v] = copy(code, b);
            }
        }

        int ahead = tile.isPrefetching ? code.allocateLocal(TypeKind.LONG) : 0;
        int noLanes = tile.isPrefetching ? noLanes(code) : 0;
        var summed = code.newLabel();
        int weight = code.allocateLocal(TypeKind.LONG);
        loop(code, c -> c.iload(tapCount), t -> {
            bounded(code.lload(in).aload(taps).iload(t).laload().ladd()).lstore(first);
            bounded(code.lload(inSecond).aload(taps).iload(t).laload().ladd()).lstore(second);
            times(code.lload(weights).iload(t).i2l().iload(depth).i2l().lmul(), weightStep)
                    .ladd();
            bounded(code).lstore(weight);
            if (tile.isPrefetching) {
                times(code.iload(t).i2l().iload(depth).i2l().lmul(), BlockedLayout.PIXEL_BYTES);
                bounded(code.lload(code.parameterSlot(13)).ladd()).lstore(ahead);
            }
            LocalAddress[] addresses = addresses(code, tile, first, second, inStep);
            sumLoop(code, c -> c.iload(depth), Float.BYTES, summed, k -> {
                int[] w = new int[tile.vectors];
                for (int v = 0; v < tile.vectors; v++) {
                    long offset = (long) v * Lanes.BYTES;
                    w[v] = load(code, c -> plus(k.advance(c.lload(weight), weightStep), offset));
                }
                if (tile.isPrefetching) {
                    store(code, w[0], c -> k.advance(c.lload(ahead), BlockedLayout.PIXEL_BYTES), noLanes);
                }
                for (int j = 0; j < tile.positions; j++) {
                    LocalAddress address = addresses[j];
                    int a = loadBroadcast(
                            code, c -> plus(k.advance(c.lload(address.base), Float.BYTES), address.offset));
                    for (int v = 0; v < tile.vectors; v++) {
                        fma(code, a, w[v], sums[j][v]);
                    }
                    k.sumBeforeNext(code, j, tile.positions, tile.vectors);
                }
            });
        });
        code.labelBinding(summed);
        int[] outs = {out, outSecond};
        int[] bases = {first, second};
        finish(code, epilogue, sums, outs, bases, base -> at(tile, base[0], base[1], outStep, outVector));
    }

    /**
     * Does what an epilogue asks for, and writes the sums.
     *
     * @param outs slots of the addresses in the output that {@code each} counts from, and {@code free} slots for others like them
     */
    static void finish(
            CodeBuilder code, int epilogue, int[][] sums, int[] outs, int[] free, Function<int[], Sums> each) {
        var added = code.newLabel();
        component(code, epilogue, "accumulate", ConstantDescs.CD_boolean).ifeq(added);
        for (int i = 0; i < outs.length; i++) {
            code.lload(outs[i]);
            bounded(component(code, epilogue, "held", CD_long).ladd()).lstore(free[i]);
        }
        addAll(code, sums, each.apply(free));
        code.labelBinding(added);
        var rectified = code.newLabel();
        component(code, epilogue, "rectify", ConstantDescs.CD_boolean).ifeq(rectified);
        rectify(code, sums);
        code.labelBinding(rectified);
        if (FusedEpilogue.CAN_LEAK) {
            var leaked = code.newLabel();
            component(code, epilogue, "slope", ConstantDescs.CD_float)
                    .fconst_1()
                    .fcmpl()
                    .ifeq(leaked);
            leak(code, sums, c -> component(c, epilogue, "slope", ConstantDescs.CD_float));
            code.labelBinding(leaked);
        }
        end(code, sums, each.apply(outs));
    }

    /** An address: a constant added to a local variable. */
    private record LocalAddress(int base, long offset) {}

    /** Where the positions of a tile are in the input: at constants from two of them, or with {@link #GIVEN} steps in a local variable each. */
    private static LocalAddress[] addresses(CodeBuilder code, Dense tile, int first, int second, int inStep) {
        LocalAddress[] addresses = new LocalAddress[tile.positions];
        int half = half(tile.positions);
        for (int j = 0; j < addresses.length; j++) {
            int base = j < half ? first : second;
            if (tile.inStep != GIVEN) {
                addresses[j] = new LocalAddress(base, (long) (j % half) * tile.inStep);
            } else {
                addresses[j] = new LocalAddress(code.allocateLocal(TypeKind.LONG), 0);
                bounded(times(code.lload(inStep), j % half).lload(base).ladd()).lstore(addresses[j].base);
            }
        }
        return addresses;
    }

    /** Pushes a component of an {@link FusedEpilogue}. */
    private static CodeBuilder component(CodeBuilder code, int slot, String name, ClassDesc type) {
        return code.aload(slot).invokevirtual(EPILOGUE, name, MethodTypeDesc.of(type));
    }

    /** Places like those of the output, from {@code first} and {@code second} on. */
    private static Sums at(Dense tile, int first, int second, int outStep, int outVector) {
        int half = half(tile.positions);
        return (j, v) -> c -> {
            c.lload(j < half ? first : second);
            if (tile.outStep != GIVEN) {
                plus(c, (long) (j % half) * tile.outStep);
            } else {
                times(c.lload(outStep), j % half).ladd();
            }
            if (v == 1) {
                c.lload(outVector).ladd();
            }
        };
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
        int ahead = code.parameterSlot(10);

        bound(code, gradientVector, target);
        int[][] sums = new int[tile.channels][tile.vectors];
        Sums each = (i, v) -> c -> plus(c.lload(target), ((long) i * tile.vectors + v) * Lanes.BYTES);
        begin(code, sums, accumulate, each);

        int noLanes = tile.isPrefetching ? noLanes(code) : 0;
        var summed = code.newLabel();
        int input = code.allocateLocal(TypeKind.LONG);
        int output = code.allocateLocal(TypeKind.LONG);
        int unit = tile.inStep % BlockedLayout.PIXEL_BYTES == 0 ? HALF_LINE : Float.BYTES;
        loop(code, c -> c.iload(fromRow), c -> c.iload(toRow), r -> {
            bounded(code.lload(in).aload(inRows).iload(r).laload().ladd()).lstore(input);
            bounded(code.lload(gradient).aload(gradientRows).iload(r).laload().ladd())
                    .lstore(output);
            if (tile.isPrefetching) {
                bound(code, ahead);
            }
            sumLoop(code, c -> c.iload(width), unit, summed, x -> {
                addProducts(
                        code,
                        sums,
                        x,
                        gradientVector,
                        c -> x.advance(c.lload(output), tile.gradientStep),
                        c -> x.advance(c.lload(input), tile.inStep),
                        g -> {
                            if (tile.isPrefetching) {
                                store(code, g, c -> x.advance(c.lload(ahead), HALF_LINE), noLanes);
                            }
                        });
            });
            if (tile.isPrefetching) {
                times(code.iload(width).i2l(), HALF_LINE).lload(ahead);
                code.ladd().lstore(ahead);
            }
        });
        code.labelBinding(summed);
        end(code, sums, each);
    }

    /** {@code sum[i][v] += in[i] * gradient[v]} for a position, whose channels and gradients are at the two addresses. */
    private static void addProducts(
            CodeBuilder code,
            int[][] sums,
            Step position,
            int gradientVector,
            Address gradient,
            Address in,
            IntConsumer prefetch) {
        int[] g = new int[sums[0].length];
        for (int v = 0; v < g.length; v++) {
            boolean isSecond = v == 1;
            g[v] = load(code, c -> {
                gradient.push(c);
                if (isSecond && IN_ONE_BLOCK) {
                    c.loadConstant((long) Lanes.BYTES).ladd();
                } else if (isSecond) {
                    c.lload(gradientVector).ladd();
                }
            });
        }
        prefetch.accept(g[0]);
        for (int i = 0; i < sums.length; i++) {
            long offset = (long) i * Float.BYTES;
            int a = loadBroadcast(code, c -> {
                in.push(c);
                plus(c, offset);
            });
            for (int v = 0; v < g.length; v++) {
                fma(code, a, g[v], sums[i][v]);
            }
            position.sumBeforeNext(code, i, sums.length, g.length);
        }
    }

    private static void emit(Positions tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int gradient = code.parameterSlot(1);
        int gradientVector = code.parameterSlot(2);
        int offsets = code.parameterSlot(3);
        int count = code.parameterSlot(4);
        int target = code.parameterSlot(5);
        int accumulate = code.parameterSlot(6);

        bound(code, gradientVector, target);
        int[][] sums = new int[tile.channels][tile.vectors];
        Sums each = (i, v) -> c -> plus(c.lload(target), ((long) i * tile.vectors + v) * Lanes.BYTES);
        begin(code, sums, accumulate, each);

        var summed = code.newLabel();
        int input = code.allocateLocal(TypeKind.LONG);
        int output = code.allocateLocal(TypeKind.LONG);
        // The index counts both offsets of a position.
        sumLoop(code, c -> c.iload(count), 2, summed, p -> {
            code.lload(in).aload(offsets).iload(p.slot()).laload().ladd();
            bounded(code).lstore(input);
            code.lload(gradient).aload(offsets).iload(p.slot()).iconst_1().iadd();
            bounded(code.laload().ladd()).lstore(output);
            addProducts(code, sums, p, gradientVector, c -> c.lload(output), c -> c.lload(input), g -> {});
        });
        code.labelBinding(summed);
        end(code, sums, each);
    }
}
