package dev.squall.jvm.tile;

import static dev.squall.jvm.tile.TileCode.add;
import static dev.squall.jvm.tile.TileCode.addAll;
import static dev.squall.jvm.tile.TileCode.begin;
import static dev.squall.jvm.tile.TileCode.bound;
import static dev.squall.jvm.tile.TileCode.bounded;
import static dev.squall.jvm.tile.TileCode.copy;
import static dev.squall.jvm.tile.TileCode.end;
import static dev.squall.jvm.tile.TileCode.fma;
import static dev.squall.jvm.tile.TileCode.load;
import static dev.squall.jvm.tile.TileCode.loop;
import static dev.squall.jvm.tile.TileCode.plus;
import static dev.squall.jvm.tile.TileCode.rearrange;
import static dev.squall.jvm.tile.TileCode.sumLoop;
import static dev.squall.jvm.tile.TileCode.times;
import static dev.squall.jvm.tile.TileKernels.finish;

import dev.squall.jvm.layout.BlockedLayout;
import dev.squall.jvm.tile.TileCode.Sums;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Generates, as {@link TileKernels} does, the innermost loops in which each lane has inputs and weights of its own: those of depthwise convolutions, and
 * of convolutions in groups of a few channels.
 */
public final class LaneKernels {
    private record Depthwise(int rows, int columns, int inStep, int outStep) {}

    private record Grouped(int positions, int channels, int sums, int inStep, int outStep) {}

    private record DepthwiseGradient(int rows, int columns, int orders, int inStep, int tapStep) {}

    private LaneKernels() {}

    /**
     * @param rows of positions, and {@code columns} of each, {@link TileSizes#MAX_SUMS} at most together
     * @param inStep bytes from a position to the next of its row in the input
     * @param outStep the same in the output
     */
    public static DepthwiseKernel depthwise(int rows, int columns, int inStep, int outStep) {
        var tile = new Depthwise(rows, columns, inStep, outStep);
        return TileKernels.kernel(DepthwiseKernel.class, tile, code -> emit(tile, code));
    }

    /**
     * @param positions {@link TileSizes#groupedPositions} at most
     * @param channels of a group, a power of two
     * @param inStep bytes from a position to the next in the input
     * @param outStep the same in the output
     */
    public static GroupedKernel grouped(int positions, int channels, int inStep, int outStep) {
        var tile = new Grouped(positions, channels, TileSizes.groupedSums(channels), inStep, outStep);
        return TileKernels.kernel(GroupedKernel.class, tile, code -> emit(tile, code));
    }

    /**
     * @param rows of taps, and {@code columns} of each; in each order {@link TileSizes#MAX_SUMS} at most together
     * @param orders into which the lanes of the gradient are brought; 0 if they stay as they are
     * @param inStep bytes from a position to the next of its row in the input
     * @param tapStep bytes from what a tap meets to what its right neighbour does
     */
    public static DepthwiseGradientKernel depthwiseGradient(
            int rows, int columns, int orders, int inStep, int tapStep) {
        var tile = new DepthwiseGradient(rows, columns, orders, inStep, tapStep);
        return TileKernels.kernel(DepthwiseGradientKernel.class, tile, code -> emit(tile, code));
    }

    private static void emit(Depthwise tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int inRow = code.parameterSlot(1);
        int taps = code.parameterSlot(2);
        int tapCount = code.parameterSlot(3);
        int weights = code.parameterSlot(4);
        int out = code.parameterSlot(5);
        int outRow = code.parameterSlot(6);
        int epilogue = code.parameterSlot(7);
        int bias = code.parameterSlot(8);

        bound(code, inRow, weights, out, outRow, bias);
        int[][] sums = new int[tile.rows * tile.columns][1];
        int b = load(code, c -> c.lload(bias));
        for (int[] sum : sums) {
            sum[0] = copy(code, b);
        }
        int[] outs = new int[tile.rows];
        int[] bases = new int[tile.rows];
        for (int r = 0; r < tile.rows; r++) {
            outs[r] = r == 0 ? out : code.allocateLocal(TypeKind.LONG);
            bases[r] = code.allocateLocal(TypeKind.LONG);
        }
        loop(code, c -> c.iload(tapCount), t -> {
            rows(
                    code,
                    bases,
                    c -> bounded(c.lload(in).aload(taps).iload(t).laload().ladd()),
                    inRow);
            int w = load(
                    code,
                    c -> times(c.lload(weights).iload(t).i2l(), BlockedLayout.PIXEL_BYTES)
                            .ladd());
            for (int j = 0; j < sums.length; j++) {
                int base = bases[j / tile.columns];
                long offset = (long) (j % tile.columns) * tile.inStep;
                int a = load(code, c -> plus(c.lload(base), offset));
                fma(code, a, w, sums[j][0]);
            }
        });
        rows(code, outs, c -> c.lload(out), outRow);
        finish(
                code,
                epilogue,
                sums,
                outs,
                bases,
                base -> (j, v) -> c -> plus(c.lload(base[j / tile.columns]), (long) (j % tile.columns) * tile.outStep));
    }

    private static void emit(Grouped tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int taps = code.parameterSlot(1);
        int tapCount = code.parameterSlot(2);
        int orders = code.parameterSlot(3);
        int weights = code.parameterSlot(4);
        int out = code.parameterSlot(5);
        int epilogue = code.parameterSlot(6);
        int bias = code.parameterSlot(7);

        bound(code, out, bias);
        int[][] sums = new int[tile.positions][tile.sums];
        begin(code, sums);
        int b = load(code, c -> c.lload(bias));
        for (int[] ofPosition : sums) {
            ofPosition[0] = copy(code, b);
        }
        int from = code.allocateLocal(TypeKind.LONG);
        int weight = code.allocateLocal(TypeKind.LONG);
        int ofOrder = tile.sums * BlockedLayout.PIXEL_BYTES;
        var summed = code.newLabel();
        for (int first = 0; first < tile.channels; first += tile.sums) {
            int order = first == 0 ? -1 : order(code, orders, first);
            int start = first / tile.sums;
            times(code.lload(weights).iload(tapCount).i2l(), (long) start * ofOrder)
                    .ladd();
            bounded(code).lstore(weight);
            sumLoop(code, c -> c.iload(tapCount), 1, summed, t -> {
                bounded(code.lload(in).aload(taps).iload(t.slot()).laload().ladd())
                        .lstore(from);
                int[] w = new int[tile.sums];
                for (int i = 0; i < w.length; i++) {
                    long offset = (long) i * BlockedLayout.PIXEL_BYTES;
                    w[i] = load(code, c -> plus(t.advance(c.lload(weight), ofOrder), offset));
                }
                for (int j = 0; j < sums.length; j++) {
                    long offset = (long) j * tile.inStep;
                    int read = load(code, c -> plus(c.lload(from), offset));
                    int a = order < 0 ? read : rearrange(code, read, order);
                    for (int i = 0; i < w.length; i++) {
                        fma(code, a, w[i], sums[j][i]);
                    }
                    if (TileSizes.FEW_REGISTERS) {
                        t.sumBeforeNext(code, j, sums.length, w.length);
                    }
                }
            });
        }
        code.labelBinding(summed);
        // Half of the sums are brought to the lanes of the other half and added, then half of those that are left.
        for (int distance = tile.sums / 2; distance > 0; distance /= 2) {
            int order = order(code, orders, distance);
            for (int[] ofPosition : sums) {
                for (int i = 0; i < distance; i++) {
                    add(code, ofPosition[i], rearrange(code, ofPosition[i + distance], order));
                }
            }
        }
        int[][] results = Arrays.stream(sums).map(of -> new int[] {of[0]}).toArray(int[][]::new);
        finish(
                code,
                epilogue,
                results,
                new int[] {out},
                new int[] {from},
                base -> (j, v) -> c -> plus(c.lload(base[0]), (long) j * tile.outStep));
    }

    /** {@code VectorShuffle slot = orders[index]} */
    private static int order(CodeBuilder code, int orders, int index) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(orders).loadConstant(index).aaload().astore(slot);
        return slot;
    }

    /** Puts the addresses of rows into {@code slots}: the first, and each {@code step} further than the one before it. */
    private static void rows(CodeBuilder code, int[] slots, Consumer<CodeBuilder> first, int step) {
        first.accept(code);
        code.lstore(slots[0]);
        for (int r = 1; r < slots.length; r++) {
            bounded(code.lload(slots[r - 1]).lload(step).ladd()).lstore(slots[r]);
        }
    }

    private static void emit(DepthwiseGradient tile, CodeBuilder code) {
        int in = code.parameterSlot(0);
        int inRow = code.parameterSlot(1);
        int tapRow = code.parameterSlot(2);
        int gradient = code.parameterSlot(3);
        int gradientRow = code.parameterSlot(4);
        int rows = code.parameterSlot(5);
        int width = code.parameterSlot(6);
        int orders = code.parameterSlot(7);
        int target = code.parameterSlot(8);
        int targetRow = code.parameterSlot(9);
        int targetOrder = code.parameterSlot(10);

        bound(code, inRow, tapRow, gradientRow, target, targetRow, targetOrder);
        int[] order =
                IntStream.range(0, tile.orders).map(i -> order(code, orders, i)).toArray();
        int[][] sums = new int[tile.rows * tile.columns][Math.max(1, order.length)];
        begin(code, sums);
        int[] bases = IntStream.range(0, tile.rows)
                .map(r -> code.allocateLocal(TypeKind.LONG))
                .toArray();
        int output = code.allocateLocal(TypeKind.LONG);
        var summed = code.newLabel();
        loop(code, c -> c.iload(rows), y -> {
            rows(
                    code,
                    bases,
                    c -> bounded(c.lload(in).lload(inRow).iload(y).i2l().lmul().ladd()),
                    tapRow);
            bounded(code.lload(gradient)
                            .lload(gradientRow)
                            .iload(y)
                            .i2l()
                            .lmul()
                            .ladd())
                    .lstore(output);
            sumLoop(code, c -> c.iload(width), BlockedLayout.PIXEL_BYTES, summed, x -> {
                int read = load(code, c -> x.advance(c.lload(output), BlockedLayout.PIXEL_BYTES));
                int[] g = tile.orders == 0
                        ? new int[] {read}
                        : IntStream.of(order).map(o -> rearrange(code, read, o)).toArray();
                for (int j = 0; j < sums.length; j++) {
                    int base = bases[j / tile.columns];
                    long offset = (long) (j % tile.columns) * tile.tapStep;
                    int a = load(code, c -> plus(x.advance(c.lload(base), tile.inStep), offset));
                    for (int i = 0; i < g.length; i++) {
                        fma(code, a, g[i], sums[j][i]);
                    }
                }
            });
        });
        code.labelBinding(summed);
        rows(code, bases, c -> c.lload(target), targetRow);
        Sums each = (j, v) -> c -> {
            plus(c.lload(bases[j / tile.columns]), (long) (j % tile.columns) * BlockedLayout.PIXEL_BYTES);
            if (v > 0) {
                times(c.lload(targetOrder), v).ladd();
            }
        };
        addAll(code, sums, each);
        end(code, sums, each);
    }
}
