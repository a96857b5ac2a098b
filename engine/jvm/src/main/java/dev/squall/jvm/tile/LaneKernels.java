package dev.squall.jvm.tile;

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
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Generates, as {@link TileKernels} does, the innermost loops in which each lane has inputs and weights of its own: those of depthwise convolutions, and
 * of convolutions in groups of a few channels.
 */
public final class LaneKernels {
    private record Depthwise(int rows, int columns, int inStep, int outStep) {}

    private record Grouped(int positions, int taps, int inStep, int outStep) {}

    private record DepthwiseGradient(int rows, int columns, int inStep, int tapStep) {}

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
     * @param positions {@link TileSizes#MAX_GROUPED} at most
     * @param taps in a row, each of which meets the right neighbour of what the one before it does
     * @param inStep bytes from a position to the next in the input
     * @param outStep the same in the output
     */
    public static GroupedKernel grouped(int positions, int taps, int inStep, int outStep) {
        var tile = new Grouped(positions, taps, inStep, outStep);
        return TileKernels.kernel(GroupedKernel.class, tile, code -> emit(tile, code));
    }

    /**
     * @param rows of taps, and {@code columns} of each, {@link TileSizes#MAX_SUMS} at most together
     * @param inStep bytes from a position to the next of its row in the input
     * @param tapStep bytes from what a tap meets to what its right neighbour does
     */
    public static DepthwiseGradientKernel depthwiseGradient(int rows, int columns, int inStep, int tapStep) {
        var tile = new DepthwiseGradient(rows, columns, inStep, tapStep);
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
        int rows = code.parameterSlot(2);
        int orders = code.parameterSlot(3);
        int weights = code.parameterSlot(4);
        int out = code.parameterSlot(5);
        int epilogue = code.parameterSlot(6);
        int bias = code.parameterSlot(7);

        bound(code, out, bias);
        int[][] sums = new int[tile.positions][1];
        int b = load(code, c -> c.lload(bias));
        for (int[] sum : sums) {
            sum[0] = copy(code, b);
        }
        int from = code.allocateLocal(TypeKind.LONG);
        int weightStep = code.allocateLocal(TypeKind.LONG);
        int[] weight = new int[tile.taps];
        for (int t = 0; t < weight.length; t++) {
            weight[t] = code.allocateLocal(TypeKind.LONG);
        }
        times(code.aload(orders).arraylength().i2l(), BlockedLayout.PIXEL_BYTES);
        bounded(code).lstore(weightStep);
        int pixel = BlockedLayout.PIXEL_BYTES;
        var summed = code.newLabel();
        loop(code, c -> c.iload(rows), r -> {
            bounded(code.lload(in).aload(taps).iload(r).laload().ladd()).lstore(from);
            rows(
                    code,
                    weight,
                    c -> bounded(times(c.lload(weightStep).iload(r).i2l().lmul(), tile.taps)
                            .lload(weights)
                            .ladd()),
                    weightStep);
            sumLoop(code, c -> c.aload(orders).arraylength(), pixel, summed, i -> {
                int order = code.allocateLocal(TypeKind.REFERENCE);
                code.aload(orders)
                        .iload(i.slot())
                        .loadConstant(pixel)
                        .idiv()
                        .aaload()
                        .astore(order);
                int[] w = new int[tile.taps];
                for (int t = 0; t < w.length; t++) {
                    int base = weight[t];
                    w[t] = load(code, c -> i.advance(c.lload(base), pixel));
                }
                for (int x = 0; x <= (tile.positions - 1) * tile.inStep + (tile.taps - 1) * pixel; x += pixel) {
                    int at = x;
                    int a = -1;
                    for (int t = 0; t < w.length; t++) {
                        int j = (at - t * pixel) / tile.inStep;
                        if (at < t * pixel || j >= tile.positions || j * tile.inStep + t * pixel != at) {
                            continue;
                        }
                        a = a >= 0 ? a : rearrange(code, load(code, c -> plus(c.lload(from), at)), order);
                        fma(code, a, w[t], sums[j][0]);
                    }
                }
            });
        });
        code.labelBinding(summed);
        finish(
                code,
                epilogue,
                sums,
                new int[] {out},
                new int[] {from},
                base -> (j, v) -> c -> plus(c.lload(base[0]), (long) j * tile.outStep));
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
        int target = code.parameterSlot(7);
        int targetRow = code.parameterSlot(8);

        bound(code, inRow, tapRow, gradientRow, target, targetRow);
        int[][] sums = new int[tile.rows * tile.columns][1];
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
                int g = load(code, c -> x.advance(c.lload(output), BlockedLayout.PIXEL_BYTES));
                for (int j = 0; j < sums.length; j++) {
                    int base = bases[j / tile.columns];
                    long offset = (long) (j % tile.columns) * tile.tapStep;
                    int a = load(code, c -> plus(x.advance(c.lload(base), tile.inStep), offset));
                    fma(code, a, g, sums[j][0]);
                }
            });
        });
        code.labelBinding(summed);
        rows(code, bases, c -> c.lload(target), targetRow);
        Sums each = (j, v) ->
                c -> plus(c.lload(bases[j / tile.columns]), (long) (j % tile.columns) * BlockedLayout.PIXEL_BYTES);
        addAll(code, sums, each);
        end(code, sums, each);
    }
}
