package dev.squall.op.random;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Norm;
import dev.squall.backend.PoolGeometry;
import dev.squall.op.Add;
import dev.squall.op.AddChannels;
import dev.squall.op.AddRelu;
import dev.squall.op.AveragePool;
import dev.squall.op.BatchNorm;
import dev.squall.op.BlurPool;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.Concat;
import dev.squall.op.Conv2d;
import dev.squall.op.ConvAbn;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Dropout;
import dev.squall.op.ExciteAddRelu;
import dev.squall.op.Gelu;
import dev.squall.op.GlobalAveragePool;
import dev.squall.op.HardSigmoid;
import dev.squall.op.HardSwish;
import dev.squall.op.InplaceAbn;
import dev.squall.op.LeakyRelu;
import dev.squall.op.Linear;
import dev.squall.op.Matmul;
import dev.squall.op.MaxPool;
import dev.squall.op.Mean;
import dev.squall.op.Multiply;
import dev.squall.op.MultiplyChannels;
import dev.squall.op.Relu;
import dev.squall.op.Relu6;
import dev.squall.op.Reshape;
import dev.squall.op.RunningStatistics;
import dev.squall.op.Scale;
import dev.squall.op.Sigmoid;
import dev.squall.op.Silu;
import dev.squall.op.SliceChannels;
import dev.squall.op.Softmax;
import dev.squall.op.SpaceToDepth;
import dev.squall.op.Subtract;
import dev.squall.op.Sum;
import dev.squall.op.Tanh;
import dev.squall.op.random.RandomOperation.Input;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The operations of image networks; convolutions, which have the most code behind them, come up more often. {@link GeneralOperations} has the
 * others, {@link RandomUpdates} what optimizers do.
 */
final class RandomOperations {
    private static final int CONVOLUTIONS = 12;

    private static final List<Function<Draw, RandomOperation>> OTHERS = List.of(
            d -> same(d, "add", 2, in -> Add.add(in[0], in[1])),
            d -> same(d, "subtract", 2, in -> Subtract.subtract(in[0], in[1])),
            d -> same(d, "multiply", 2, in -> Multiply.multiply(in[0], in[1])),
            d -> same(d, "addRelu", 2, in -> AddRelu.addRelu(in[0], in[1])),
            d -> same(d, "scale", 1, in -> Scale.scale(-1.5f, in[0])),
            d -> same(d, "sum", 1, in -> Sum.sum(in[0])),
            d -> same(d, "mean", 1, in -> Mean.mean(in[0])),
            d -> same(d, "dropout", 1, in -> Dropout.dropout(in[0], 0.3f, 5, true)),
            d -> activation(d, "relu", Relu::relu),
            d -> activation(d, "relu in place", x -> Relu.reluInPlace(Scale.scale(1, x))),
            d -> activation(d, "leakyRelu", x -> LeakyRelu.leakyRelu(x, 0.25f)),
            d -> activation(d, "relu6", x -> Relu6.relu6(Scale.scale(10, x))),
            d -> activation(d, "sigmoid", Sigmoid::sigmoid),
            d -> activation(d, "silu", Silu::silu),
            d -> activation(d, "tanh", Tanh::tanh),
            d -> activation(d, "gelu", Gelu::gelu),
            d -> activation(d, "geluTanh", Gelu::geluTanh),
            d -> activation(d, "hardSigmoid", x -> HardSigmoid.hardSigmoid(Scale.scale(5, x))),
            d -> activation(d, "hardSwish", x -> HardSwish.hardSwish(Scale.scale(5, x))),
            d -> perChannel(d, "multiplyChannels", in -> MultiplyChannels.multiplyChannels(in[0], in[1])),
            d -> perChannel(d, "addChannels", in -> AddChannels.addChannels(in[0], in[1])),
            RandomOperations::exciteAddRelu,
            RandomOperations::slice,
            RandomOperations::concat,
            RandomOperations::reshape,
            RandomOperations::maxPool,
            RandomOperations::averagePool,
            d -> images(d, "globalAveragePool", 1, GlobalAveragePool::globalAveragePool),
            d -> images(d, "blurPool", 2, BlurPool::blurPool),
            RandomOperations::spaceToDepth,
            RandomOperations::linear,
            RandomOperations::matmul,
            d -> features(d, "softmax", Softmax::softmax),
            RandomOperations::crossEntropy,
            d -> norm(d, false),
            d -> norm(d, true));

    private static final List<Function<Draw, RandomOperation>> ALL = Stream.of(
                    OTHERS, GeneralOperations.ALL, RandomUpdates.ALL)
            .flatMap(List::stream)
            .toList();

    private RandomOperations() {}

    /** The operation that {@code draw} makes. */
    static RandomOperation draw(Draw draw) {
        int i = draw.between(0, ALL.size() + CONVOLUTIONS - 1);
        return i < ALL.size() ? ALL.get(i).apply(draw) : convolution(draw);
    }

    static RandomOperation of(String name, Function<Tensor[], Tensor> apply, Input... inputs) {
        return new RandomOperation(name, List.of(inputs), true, apply);
    }

    /** Of {@code count} tensors of one shape and role. */
    static RandomOperation same(Draw d, String name, int count, Function<Tensor[], Tensor> apply) {
        Shape shape = d.shape();
        return of(
                name,
                apply,
                IntStream.range(0, count).mapToObj(i -> d.activation(shape)).toArray(Input[]::new));
    }

    static RandomOperation activation(Draw d, String name, UnaryOperator<Tensor> apply) {
        return same(d, name, 1, in -> apply.apply(in[0]));
    }

    static RandomOperation images(Draw d, String name, int least, UnaryOperator<Tensor> apply) {
        return of(name, in -> apply.apply(in[0]), d.activation(d.images(least)));
    }

    private static RandomOperation features(Draw d, String name, UnaryOperator<Tensor> apply) {
        return of(name, in -> apply.apply(in[0]), d.activation(Shape.of(d.size(1, 50), d.size(1, 120))));
    }

    private static RandomOperation perChannel(Draw d, String name, Function<Tensor[], Tensor> apply) {
        Shape x = d.imagesOrFeatures();
        return of(name, apply, d.activation(x), gate(d, x));
    }

    private static Input gate(Draw d, Shape x) {
        return switch (d.between(0, 2)) {
            case 0 -> d.parameter(x.channels());
            case 1 -> d.activation(Shape.of(x.batch(), x.channels()));
            default -> d.anything(Shape.of(x.batch(), x.channels(), 1, 1));
        };
    }

    private static RandomOperation exciteAddRelu(Draw d) {
        Shape x = d.images(1);
        return of(
                "exciteAddRelu",
                in -> ExciteAddRelu.exciteAddRelu(in[0], in[1], in[2]),
                d.activation(x),
                gate(d, x),
                d.activation(x));
    }

    private static RandomOperation slice(Draw d) {
        Shape x = d.imagesOrFeatures();
        int from = d.between(0, x.channels() - 1);
        int count = d.between(1, x.channels() - from);
        return of(
                "sliceChannels from " + from + " count " + count,
                in -> SliceChannels.sliceChannels(in[0], from, count),
                d.activation(x));
    }

    private static RandomOperation concat(Draw d) {
        Shape x = d.imagesOrFeatures();
        Input[] inputs = IntStream.range(0, d.between(1, 4))
                .mapToObj(i -> d.activation(x.withChannels(d.size(1, 40))))
                .toArray(Input[]::new);
        return of("concat", in -> Concat.concat(Arrays.asList(in)), inputs);
    }

    private static RandomOperation reshape(Draw d) {
        Shape x = d.images(1);
        Shape y = d.coin()
                ? Shape.of(x.batch(), x.channels() * x.plane())
                : Shape.of(x.width(), x.height(), x.channels(), x.batch());
        return of("reshape to " + y, in -> Reshape.reshape(in[0], y), d.activation(x));
    }

    private static RandomOperation maxPool(Draw d) {
        Shape x = d.images(1);
        PoolGeometry g = d.pool(x.height(), x.width());
        return of("maxPool " + g, in -> MaxPool.maxPool(in[0], g), d.distinct(x));
    }

    private static RandomOperation averagePool(Draw d) {
        Shape x = d.images(1);
        PoolGeometry g = d.pool(x.height(), x.width());
        return of("averagePool " + g, in -> AveragePool.averagePool(in[0], g), d.activation(x));
    }

    private static RandomOperation spaceToDepth(Draw d) {
        int block = d.between(1, 4);
        Shape x = Shape.of(d.size(1, 3), d.size(1, 20), block * d.size(1, 6), block * d.size(1, 6));
        return of("spaceToDepth " + block, in -> SpaceToDepth.spaceToDepth(in[0], block), d.activation(x));
    }

    private static RandomOperation linear(Draw d) {
        int in = d.size(1, 100);
        int out = d.size(1, 100);
        Input x = d.activation(Shape.of(d.size(1, 30), in));
        return d.coin()
                ? of("linear", t -> Linear.linear(t[0], t[1], null), x, d.parameter(out, in))
                : of(
                        "linear with bias",
                        t -> Linear.linear(t[0], t[1], t[2]),
                        x,
                        d.parameter(out, in),
                        d.parameter(out));
    }

    private static RandomOperation matmul(Draw d) {
        int m = d.size(1, 70);
        int k = d.size(1, 70);
        int n = d.size(1, 70);
        boolean ta = d.coin();
        boolean tb = d.coin();
        return of(
                "matmul " + ta + " " + tb,
                in -> Matmul.matmul(in[0], ta, in[1], tb),
                d.anything(ta ? Shape.of(k, m) : Shape.of(m, k)),
                d.anything(tb ? Shape.of(n, k) : Shape.of(k, n)));
    }

    private static RandomOperation crossEntropy(Draw d) {
        Shape x = Shape.of(d.size(1, 50), d.size(1, 120));
        int[] labels = IntStream.range(0, x.batch())
                .map(i -> d.between(0, x.channels() - 1))
                .toArray();
        float smoothing = d.coin() ? 0 : 0.25f;
        return of("crossEntropy", in -> CrossEntropy.crossEntropy(in[0], labels, smoothing), d.activation(x));
    }

    /** With biases so large that no value comes near the kink of the activation. */
    private static RandomOperation norm(Draw d, boolean inPlace) {
        Shape x = d.coin() ? Shape.of(d.between(16, 40), d.size(1, 70)) : d.images(4);
        int c = x.channels();
        boolean training = d.coin();
        boolean leaky = d.coin();
        Activation f = leaky ? Activation.leakyRelu(0.25f) : Activation.IDENTITY;
        return of(
                (inPlace ? "inplaceAbn " : "batchNorm ") + (training ? "in training " : "") + (leaky ? "leaky" : ""),
                in -> {
                    try (Tensor mean = Tensor.buffer(in[0].memory(), Shape.of(c), new float[c]);
                            Tensor variance = Tensor.buffer(in[0].memory(), Shape.of(c), ones(c))) {
                        var running = new RunningStatistics(mean, variance, 0.1f);
                        return inPlace
                                ? InplaceAbn.inplaceAbn(
                                        Scale.scale(1, in[0]), in[1], in[2], running, 1e-3f, f, training)
                                : BatchNorm.batchNorm(in[0], in[1], in[2], running, 1e-3f, training);
                    }
                },
                d.activation(x),
                d.between(0.25, 0.5, c),
                d.between(3.0, 4.0, c));
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Dense, in groups or depthwise; with or without a bias; for training with statistics and a norm; or folded, for inference. */
    private static RandomOperation convolution(Draw d) {
        int groups = d.coin() ? 1 : d.between(1, 40);
        boolean depthwise = d.between(0, 4) == 0;
        int in = depthwise ? 1 : d.size(1, groups == 1 ? 70 : 80 / groups);
        int out = depthwise ? 1 : d.size(1, groups == 1 ? 70 : 80 / groups);
        Shape x = Shape.of(d.size(1, 4), groups * in, d.size(1, 24), d.size(1, 24));
        ConvGeometry g = d.window(x.height(), x.width(), groups);
        int k = groups * out;
        Input w = d.parameter(k, in, g.kernelH(), g.kernelW());
        Shape y = g.output(x, Shape.of(k, in, g.kernelH(), g.kernelW()));
        return switch (d.between(0, 5)) {
            case 0 -> of("conv2d " + g, t -> Conv2d.conv2d(t[0], t[1], null, g), d.activation(x), w);
            case 1 ->
                new RandomOperation(
                        "convAbn " + g,
                        List.of(d.activation(x), w, d.parameter(k), d.activation(y)),
                        false,
                        t -> folded(t, f -> ConvAbn.convAbn(t[0], f, g, t[3], Activation.SILU)));
            case 2 ->
                new RandomOperation(
                        "convAbnBlur " + g,
                        List.of(d.activation(x), w, d.parameter(k)),
                        false,
                        t -> y.height() < 2 || y.width() < 2
                                ? folded(t, f -> ConvAbn.convAbn(t[0], f, g, null, Activation.RELU))
                                : folded(t, f -> ConvAbn.convAbnBlur(t[0], f, g, Activation.RELU)));
            case 3 ->
                y.batch() * y.plane() < 16
                        ? of("conv2d " + g, t -> Conv2d.conv2d(t[0], t[1], t[2], g), d.activation(x), w, d.parameter(k))
                        : new RandomOperation(
                                "conv2d with statistics and norm " + g,
                                List.of(d.activation(x), w, d.between(0.25, 0.5, k), d.between(3.0, 4.0, k)),
                                false,
                                t -> normalised(t, g));
            default ->
                of(
                        "conv2d with bias " + g,
                        t -> Conv2d.conv2d(t[0], t[1], t[2], g),
                        d.activation(x),
                        w,
                        d.parameter(k));
        };
    }

    /** The weight t[1] and the bias t[2] as if a norm had been folded into them. */
    private static Tensor folded(Tensor[] t, Function<ConvAbn.Folded, Tensor> apply) {
        return apply.apply(new ConvAbn.Folded(t[1], t[2]));
    }

    private static Tensor normalised(Tensor[] t, ConvGeometry g) {
        int k = t[2].shape().channels();
        try (Tensor mean = Tensor.buffer(t[0].memory(), Shape.of(k), new float[k]);
                Tensor variance = Tensor.buffer(t[0].memory(), Shape.of(k), ones(k))) {
            var running = new RunningStatistics(mean, variance, 0.1f);
            try (ChannelStatistics batch = ChannelStatistics.empty(running)) {
                Tensor y = Conv2d.conv2d(t[0], t[1], null, g, batch);
                return BatchNorm.batchNorm(
                        y, t[2], t[3], running, Norm.plain(1e-3f).epsilon(), batch);
            }
        }
    }
}
