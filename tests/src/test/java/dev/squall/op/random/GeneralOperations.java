package dev.squall.op.random;

import static dev.squall.op.random.RandomOperations.activation;
import static dev.squall.op.random.RandomOperations.images;
import static dev.squall.op.random.RandomOperations.of;
import static dev.squall.op.random.RandomOperations.same;

import dev.squall.backend.ConvGeometry;
import dev.squall.op.Ops;
import dev.squall.op.Pad;
import dev.squall.op.random.RandomOperation.Input;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The operations on tensors of any rank, most of them composed of general primitives: functions with broadcasting, choices, reductions, movements,
 * products with sparse matrices. What jumps at ties or at whole numbers is given values without ties.
 */
final class GeneralOperations {
    static final List<Function<Draw, RandomOperation>> ALL = List.of(
            d -> activation(d, "exp", Ops::exp),
            d -> activation(d, "abs", Ops::abs),
            d -> activation(d, "negate", Ops::negate),
            d -> activation(d, "softplus", Ops::softplus),
            d -> activation(d, "clamp", x -> Ops.clamp(x, -0.505f, 0.255f)),
            d -> activation(d, "log", x -> Ops.log(Ops.add(Ops.abs(x), 0.5f))),
            d -> activation(d, "sqrt", x -> Ops.sqrt(Ops.add(Ops.multiply(x, x), 0.5f))),
            d -> activation(d, "pow", x -> Ops.pow(Ops.add(x, 2f), 1.7f)),
            d -> broadcast(d, "add", Ops::add),
            d -> broadcast(d, "subtract", Ops::subtract),
            d -> broadcast(d, "multiply", Ops::multiply),
            d -> broadcast(d, "divide", (x, y) -> Ops.divide(x, Ops.add(Ops.multiply(y, y), 0.5f))),
            d -> broadcast(d, "maximum", (x, y) -> Ops.maximum(x, Ops.add(y, 0.0078125f))),
            d -> broadcast(d, "minimum", (x, y) -> Ops.minimum(x, Ops.add(y, 0.0078125f))),
            d -> broadcast(d, "pow", (x, y) -> Ops.pow(Ops.add(x, 2f), y)),
            GeneralOperations::compare,
            GeneralOperations::where,
            GeneralOperations::expand,
            d -> same(d, "meanSquaredError", 2, in -> Ops.meanSquaredError(in[0], in[1])),
            d -> same(d, "binaryCrossEntropy", 2, in -> Ops.binaryCrossEntropy(in[0], Ops.abs(in[1]))),
            d -> reduction(d, "sum", Ops::sum),
            d -> reduction(d, "mean", Ops::mean),
            d -> reduction(d, "logSumExp", Ops::logSumExp),
            d -> reduction(d, "variance", (x, keep, over) -> Ops.variance(x, 0, keep, over)),
            d -> extremum(d, "max", Ops::max),
            d -> extremum(d, "min", Ops::min),
            GeneralOperations::argMax,
            d -> along(d, "softmax", 1, dim -> x -> Ops.softmax(x, dim)),
            d -> along(d, "logSoftmax", 1, dim -> x -> Ops.logSoftmax(x, dim)),
            GeneralOperations::layerNorm,
            d -> along(d, "flip", 1, dim -> x -> Ops.flip(x, dim)),
            d -> along(d, "select", 1, dim -> x -> Ops.select(x, dim, x.shape().dim(dim) - 1)),
            GeneralOperations::permute,
            GeneralOperations::slice,
            GeneralOperations::pad,
            GeneralOperations::concat,
            GeneralOperations::stack,
            GeneralOperations::indexSelect,
            GeneralOperations::gather,
            GeneralOperations::embedding,
            GeneralOperations::batchedMatmul,
            GeneralOperations::upsample,
            GeneralOperations::adaptiveAveragePool,
            GeneralOperations::convTranspose,
            GeneralOperations::convTranspose,
            d -> images(
                    d,
                    "mean of magnitudes",
                    1,
                    x -> Ops.mean(Ops.maximum(x, Ops.add(Ops.negate(x), 0.01f)), false, 2, 3)));

    private GeneralOperations() {}

    /** Reduces some dimensions. */
    private interface Reduction {
        Tensor of(Tensor x, boolean keepDimensions, int... dimensions);
    }

    private static RandomOperation broadcast(Draw d, String name, BinaryOperator<Tensor> apply) {
        Shape x = d.shape();
        Shape y = shrunk(d, x);
        boolean isSwapped = d.coin();
        return of(
                name + " with broadcasting" + (isSwapped ? ", the smaller first" : ""),
                in -> isSwapped ? apply.apply(in[1], in[0]) : apply.apply(in[0], in[1]),
                d.activation(x),
                d.anything(y));
    }

    /** What can be repeated to {@code shape}: some dimensions are 1, some of the first are left out. */
    private static Shape shrunk(Draw d, Shape shape) {
        int[] sizes = shape.toArray();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = d.coin() ? 1 : sizes[i];
        }
        return Shape.of(Arrays.copyOfRange(sizes, d.between(0, sizes.length - 1), sizes.length));
    }

    private static RandomOperation compare(Draw d) {
        Shape x = d.shape();
        List<BinaryOperator<Tensor>> all =
                List.of(Ops::less, Ops::lessEqual, Ops::greater, Ops::greaterEqual, Ops::equal, Ops::notEqual);
        int which = d.between(0, all.size() - 1);
        return new RandomOperation(
                "comparison " + which,
                List.of(d.activation(x), d.anything(shrunk(d, x))),
                false,
                in -> all.get(which).apply(in[0], in[1]));
    }

    private static RandomOperation where(Draw d) {
        Shape shape = d.shape();
        return of(
                "where",
                in -> Ops.where(Ops.less(in[0].detach(), 0f), in[1], in[2]),
                d.activation(shrunk(d, shape)),
                d.activation(shape),
                d.anything(shrunk(d, shape)));
    }

    private static RandomOperation expand(Draw d) {
        Shape to = d.shape();
        return of("expand to " + to, in -> Ops.expand(in[0], to), d.anything(shrunk(d, to)));
    }

    private static RandomOperation reduction(Draw d, String name, Reduction reduction) {
        return reduced(d, name, reduction, false);
    }

    /** Of values that all differ, so that it is certain which is the largest. */
    private static RandomOperation extremum(Draw d, String name, Reduction reduction) {
        return reduced(d, name, reduction, true);
    }

    private static RandomOperation reduced(Draw d, String name, Reduction reduction, boolean isDistinct) {
        Shape x = d.shape();
        int[] over = IntStream.range(0, x.rank()).filter(i -> d.coin()).toArray();
        boolean keep = d.coin();
        return of(
                name + " over " + Arrays.toString(over) + (keep ? ", kept" : ""),
                in -> reduction.of(in[0], keep, over),
                isDistinct ? d.distinct(x) : d.activation(x));
    }

    private static RandomOperation argMax(Draw d) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        boolean isMax = d.coin();
        return new RandomOperation(
                (isMax ? "argMax" : "argMin") + " over " + dimension,
                List.of(d.distinct(x)),
                false,
                in -> isMax ? Ops.argMax(in[0], dimension, false) : Ops.argMin(in[0], dimension, true));
    }

    /** An operation along one dimension of at least {@code least} elements. */
    private static RandomOperation along(
            Draw d, String name, int least, Function<Integer, UnaryOperator<Tensor>> apply) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        return of(name + " along " + dimension, in -> apply.apply(dimension).apply(in[0]), d.activation(x));
    }

    private static RandomOperation layerNorm(Draw d) {
        Shape x = Shape.of(d.size(1, 6), d.size(1, 12), d.size(2, 9), d.size(3, 40));
        Shape over = Shape.of(Arrays.copyOfRange(x.toArray(), d.between(1, 3), 4));
        // Values spread on purpose: a variance near 0 would make everything rounding.
        return of(
                "layerNorm over " + over,
                in -> Ops.layerNorm(in[0], over, in[1], in[2], 0.1f),
                d.distinct(x),
                new Input(over, true, d.values(over, -1, 1)),
                new Input(over, true, d.values(over, -1, 1)));
    }

    private static RandomOperation permute(Draw d) {
        Shape x = d.shape();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
        for (int i = order.size() - 1; i > 0; i--) {
            Collections.swap(order, i, d.between(0, i));
        }
        int[] to = order.stream().mapToInt(i -> i).toArray();
        return of("permute " + order, in -> Ops.permute(in[0], to), d.activation(x));
    }

    private static RandomOperation slice(Draw d) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        int start = d.between(0, x.dim(dimension) - 1);
        int end = d.between(start + 1, x.dim(dimension));
        int step = d.between(1, 4);
        return of(
                "slice of " + dimension + " from " + start + " to " + end + " by " + step,
                in -> Ops.slice(in[0], dimension, start, end, step),
                d.activation(x));
    }

    private static RandomOperation pad(Draw d) {
        Shape x = d.shape();
        Pad.Mode mode = Pad.Mode.values()[d.between(0, Pad.Mode.values().length - 1)];
        boolean isConstant = d.coin();
        int[] before = margins(d, x);
        int[] after = margins(d, x);
        return of(
                "pad " + (isConstant ? "by a constant" : mode) + " " + Arrays.toString(before) + " "
                        + Arrays.toString(after),
                in -> isConstant ? Ops.pad(in[0], before, after, 0.5f) : Ops.pad(in[0], before, after, mode),
                d.activation(x));
    }

    private static int[] margins(Draw d, Shape x) {
        return Arrays.stream(x.toArray())
                .map(size -> d.between(0, Math.min(3, size - 1)))
                .toArray();
    }

    private static RandomOperation concat(Draw d) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        Input[] inputs = IntStream.range(0, d.between(1, 3))
                .mapToObj(i -> {
                    int[] sizes = x.toArray();
                    sizes[dimension] = d.size(1, 9);
                    return d.activation(Shape.of(sizes));
                })
                .toArray(Input[]::new);
        return of("concat along " + dimension, in -> Ops.concat(Arrays.asList(in), dimension), inputs);
    }

    private static RandomOperation stack(Draw d) {
        Shape x = Shape.of(d.size(1, 20), d.size(1, 9), d.size(1, 9));
        int dimension = d.between(0, 3);
        return of(
                "stack along " + dimension,
                in -> Ops.stack(Arrays.asList(in), dimension),
                d.activation(x),
                d.activation(x),
                d.activation(x));
    }

    private static RandomOperation indexSelect(Draw d) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        int[] indices = indices(d, d.size(1, 12), x.dim(dimension));
        return of(
                "indexSelect along " + dimension + " " + Arrays.toString(indices),
                in -> Ops.indexSelect(in[0], dimension, indices),
                d.activation(x));
    }

    private static int[] indices(Draw d, int count, int bound) {
        return IntStream.range(0, count).map(i -> d.between(0, bound - 1)).toArray();
    }

    private static RandomOperation gather(Draw d) {
        Shape x = d.shape();
        int dimension = d.between(0, x.rank() - 1);
        int[] sizes = Arrays.stream(x.toArray()).map(size -> d.between(1, size)).toArray();
        sizes[dimension] = d.size(1, 9);
        Shape to = Shape.of(sizes);
        float[] index = new float[to.elements()];
        for (int i = 0; i < index.length; i++) {
            index[i] = d.between(0, x.dim(dimension) - 1);
        }
        return of(
                "gather along " + dimension + " to " + to,
                in -> Ops.gather(in[0], dimension, Tensor.fromArray(in[0].memory(), to, index)),
                d.activation(x));
    }

    private static RandomOperation embedding(Draw d) {
        int words = d.size(1, 30);
        Shape shape = d.coin() ? Shape.of(d.size(1, 20)) : Shape.of(d.size(1, 5), d.size(1, 9));
        int[] ids = indices(d, shape.elements(), words);
        int padding = d.between(-1, words - 1);
        return of(
                "embedding of " + Arrays.toString(ids) + " padding " + padding,
                in -> Ops.embedding(in[0], ids, shape, padding),
                d.parameter(words, d.size(1, 40)));
    }

    private static RandomOperation batchedMatmul(Draw d) {
        int batch = d.size(1, 5);
        int m = d.size(1, 40);
        int k = d.size(1, 40);
        int n = d.size(1, 40);
        boolean ta = d.coin();
        boolean tb = d.coin();
        return of(
                "batchedMatmul " + ta + " " + tb,
                in -> Ops.batchedMatmul(in[0], ta, in[1], tb),
                d.activation(ta ? Shape.of(batch, k, m) : Shape.of(batch, m, k)),
                d.activation(tb ? Shape.of(batch, n, k) : Shape.of(batch, k, n)));
    }

    private static RandomOperation upsample(Draw d) {
        int height = d.size(1, 20);
        int width = d.size(1, 20);
        int kind = d.between(0, 2);
        return images(
                d,
                "upsample " + kind + " to " + height + "x" + width,
                1,
                x -> kind == 0
                        ? Ops.upsampleNearest(x, height, width)
                        : Ops.upsampleBilinear(x, height, width, kind == 1));
    }

    private static RandomOperation adaptiveAveragePool(Draw d) {
        int height = d.between(1, 5);
        int width = d.between(1, 5);
        return images(
                d, "adaptiveAveragePool to " + height + "x" + width, 1, x -> Ops.adaptiveAveragePool(x, height, width));
    }

    private static RandomOperation convTranspose(Draw d) {
        int groups = d.coin() ? 1 : d.between(1, 8);
        int in = groups * d.size(1, 20);
        int out = d.size(1, 20);
        while (true) {
            ConvGeometry g = d.window(24, 24, groups);
            Shape x = Shape.of(d.size(1, 3), in, d.size(1, 12), d.size(1, 12));
            int extraHeight = d.between(0, g.strideH() - 1);
            int extraWidth = d.between(0, g.strideW() - 1);
            if ((x.height() - 1) * g.strideH() - 2 * g.padH() + g.dilationH() * (g.kernelH() - 1) + 1 + extraHeight > 0
                    && (x.width() - 1) * g.strideW() - 2 * g.padW() + g.dilationW() * (g.kernelW() - 1) + 1 + extraWidth
                            > 0) {
                boolean hasBias = d.coin();
                Input w = d.parameter(in, out, g.kernelH(), g.kernelW());
                return of(
                        "convTranspose2d " + g + " extra " + extraHeight + " " + extraWidth + (hasBias ? " bias" : ""),
                        t -> Ops.convTranspose2d(t[0], t[1], hasBias ? t[2] : null, g, extraHeight, extraWidth),
                        d.activation(x),
                        w,
                        d.parameter(out * groups));
            }
        }
    }
}
