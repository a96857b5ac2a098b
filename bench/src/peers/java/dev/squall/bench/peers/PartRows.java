package dev.squall.bench.peers;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.Norm;
import dev.squall.bench.peers.PeerRow.Bar;
import dev.squall.bench.peers.PeerRow.Work;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.nn.NormKind;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.op.BlurPool;
import dev.squall.op.GlobalAveragePool;
import dev.squall.op.InplaceAbn;
import dev.squall.op.Matmul;
import dev.squall.op.RunningStatistics;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.random.MersenneTwister;
import org.apache.commons.math3.random.RandomGenerator;
import org.apache.commons.math3.stat.StatUtils;

/** The other parts of TResNet-M, at sizes that occur in it, which memory limits; and the product of two matrices. */
final class PartRows {
    private static final int BATCH = 8;
    private static final double TOLERANCE = 2e-5;
    private static final String RESULT = "result";
    private static final float SLOPE = 1e-3f;
    private static final float EPSILON = 1e-5f;

    private PartRows() {}

    static List<PeerRow> all() {
        return List.of(
                blur(128, 56),
                abn(64, 56),
                abnBackward(64, 56),
                squeezeExcitation(64, 64, 56),
                squeezeExcitation(256, 128, 14),
                globalAverage(2048, 7),
                product(1024));
    }

    private static Constant images(int channels, int side) {
        return random(-1, 1, BATCH, channels, side, side);
    }

    private static Constant random(double from, double to, int... shape) {
        int count = 1;
        long[] extents = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            extents[i] = shape[i];
            count *= shape[i];
        }
        RandomGenerator random = new MersenneTwister(count);
        return new Constant(Weights.uniform(random, count, from, to), extents);
    }

    private static PeerRow row(
            String name, int channels, int side, double passes, Function<Engines, List<Contender>> contenders) {
        double values = (double) BATCH * channels * side * side;
        String size = " of " + channels + " channels at " + side + "x" + side;
        return new PeerRow(
                "parts, batch " + BATCH,
                name + size,
                Work.floats(passes * values),
                TOLERANCE,
                List.of(new Bar("pytorch", 1.5)),
                contenders);
    }

    /** PyTorch in both layouts. */
    private static void addTorch(
            List<Contender> contenders, Engines engines, List<String> results, List<String> body, Constant... inputs) {
        for (Layout layout : Layout.values()) {
            contenders.add(TorchContender.operation(engines.torch(), layout, results, body, inputs));
        }
    }

    /** An operation on images without further inputs. */
    private static Contender ours(Backend backend, Constant images, UnaryOperator<Tensor> operation) {
        Tensor x = Squall.activation(backend, images);
        return new Squall(() -> Map.of(RESULT, operation.apply(x)), x);
    }

    private static PeerRow blur(int channels, int side) {
        return row("blur pool", channels, side, 1.25, engines -> {
            Constant x = images(channels, side);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(ours(engines.backend(), x, BlurPool::blurPool));
            String padded = "torch.reflection_pad2d(x[0], [1, 1, 1, 1])";
            addTorch(
                    contenders,
                    engines,
                    List.of(RESULT),
                    List.of("return [torch.conv2d(" + padded + ", x[1], None, [2, 2], [0, 0], [1, 1], " + channels
                            + ")]"),
                    x,
                    Weights.blurKernel(channels));
            return contenders;
        });
    }

    private static PeerRow globalAverage(int channels, int side) {
        return row("global average pooling", channels, side, 1, engines -> {
            Constant x = images(channels, side);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(ours(engines.backend(), x, GlobalAveragePool::globalAveragePool));
            addTorch(contenders, engines, List.of(RESULT), List.of("return [torch.mean(x[0], [2, 3])]"), x);
            return contenders;
        });
    }

    private static PeerRow squeezeExcitation(int channels, int reduced, int side) {
        return row("squeeze and excitation", channels, side, 3, engines -> {
            Constant x = images(channels, side);
            SqueezeExcitation module = new SqueezeExcitation(engines.backend(), channels, reduced);
            module.initialise(1).eval();
            Weights weights = Weights.of(module, NormKind.BATCHNORM);
            Tensor images = Squall.activation(engines.backend(), x);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(new Squall(() -> Map.of(RESULT, module.forward(images)), () -> {
                images.close();
                module.close();
            }));
            addTorch(
                    contenders,
                    engines,
                    List.of(RESULT),
                    List.of(
                            "h = torch.relu_(torch.linear(torch.mean(x[0], [2, 3]), x[1], x[2]))",
                            "g = torch.sigmoid_(torch.linear(h, x[3], x[4]))",
                            "return [torch.mul(x[0], torch.view(g, [" + BATCH + ", " + channels + ", 1, 1]))]"),
                    x,
                    new Constant(weights.constant("fc1.weight").values(), reduced, channels),
                    weights.constant("fc1.bias"),
                    new Constant(weights.constant("fc2.weight").values(), channels, reduced),
                    weights.constant("fc2.bias"));
            return contenders;
        });
    }

    /** What an Inplace-ABN learns, and the scale of the batch norm that does the same. */
    private record Affine(Constant weight, Constant bias, Constant scale) {
        static Affine of(int channels) {
            Constant weight = random(0.5, 1.5, channels);
            float[] scale = weight.values().clone();
            for (int k = 0; k < channels; k++) {
                scale[k] += EPSILON;
            }
            return new Affine(weight, random(-0.5, 0.5, channels), new Constant(scale, channels));
        }
    }

    private static PeerRow abn(int channels, int side) {
        return row("Inplace-ABN, training,", channels, side, 3, engines -> {
            Constant x = images(channels, side);
            Affine affine = Affine.of(channels);
            Constant zeros = new Constant(new float[channels], channels);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(oursInPlace(engines.backend(), x, affine));
            addTorch(
                    contenders,
                    engines,
                    List.of(RESULT),
                    List.of(
                            "y = torch.batch_norm(x[0], x[1], x[2], x[3], x[4], True, 0.1, 1e-5, False)",
                            "return [torch.leaky_relu_(y, " + SLOPE + ")]"),
                    x,
                    affine.scale,
                    affine.bias,
                    zeros,
                    zeros);
            return contenders;
        });
    }

    /** Normalises its own result again in the next pass, since it overwrites its input. */
    private static Contender oursInPlace(Backend backend, Constant x, Affine affine) {
        int channels = (int) x.shape()[1];
        Constant zeros = new Constant(new float[channels], channels);
        Tensor weight = Squall.parameter(backend, affine.weight);
        Tensor bias = Squall.parameter(backend, affine.bias);
        Tensor mean = Squall.buffer(backend, zeros);
        Tensor variance = Squall.buffer(backend, zeros);
        RunningStatistics running = new RunningStatistics(mean, variance, 0.1f);
        Tensor[] current = {Squall.activation(backend, x)};
        return new Squall(
                () -> {
                    Tensor y = InplaceAbn.inplaceAbn(
                            current[0], weight, bias, running, EPSILON, Activation.leakyRelu(SLOPE), true);
                    current[0].close();
                    current[0] = Tensor.persistent(y.storage());
                    return Map.of(RESULT, y);
                },
                () -> List.of(current[0], weight, bias, mean, variance).forEach(Tensor::close));
    }

    private static PeerRow abnBackward(int channels, int side) {
        return row("Inplace-ABN, backward,", channels, side, 5, engines -> {
            Constant x = images(channels, side);
            Constant dy = random(-1, 1.5, BATCH, channels, side, side);
            Affine affine = Affine.of(channels);
            Statistics statistics = Statistics.of(x);
            Constant y = statistics.activated(x, affine);
            List<Contender> contenders = new ArrayList<>();
            contenders.add(oursBackward(engines.backend(), y, dy, affine, statistics));
            addTorch(
                    contenders,
                    engines,
                    List.of("dx", "dweight", "dbias"),
                    List.of(
                            "d = torch.leaky_relu_backward(x[1], x[2], " + SLOPE + ", True)",
                            "dx, dw, db = torch.native_batch_norm_backward(d, x[0], x[3], None, None, x[4], x[5],"
                                    + " True, 1e-5, [True, True, True])",
                            "return [dx, dw, db]"),
                    x,
                    dy,
                    y,
                    affine.scale,
                    statistics.mean,
                    statistics.inverseDeviation());
            return contenders;
        });
    }

    private static Contender oursBackward(
            Backend backend, Constant output, Constant gradient, Affine affine, Statistics statistics) {
        Tensor y = Squall.activation(backend, output);
        Tensor dy = Squall.activation(backend, gradient);
        Tensor weight = Squall.parameter(backend, affine.weight);
        Tensor bias = Squall.parameter(backend, affine.bias);
        Tensor variance = Squall.activation(backend, statistics.variance);
        Norm norm = Norm.inplaceAbn(EPSILON, Activation.leakyRelu(SLOPE));
        return new Squall(
                () -> {
                    Tensor dx = y.like();
                    Tensor dweight = weight.like();
                    Tensor dbias = bias.like();
                    backend.normalisation()
                            .backwardFromOutput(
                                    y.storage(),
                                    variance.storage(),
                                    weight.storage(),
                                    bias.storage(),
                                    dy.storage(),
                                    norm,
                                    true,
                                    dx.storage(),
                                    dweight.storage(),
                                    dbias.storage());
                    return Map.of("dx", dx, "dweight", dweight, "dbias", dbias);
                },
                () -> List.of(y, dy, weight, bias, variance).forEach(Tensor::close));
    }

    /** Mean and variance of each channel, {@code [C]}. */
    private record Statistics(Constant mean, Constant variance) {
        static Statistics of(Constant x) {
            int channels = (int) x.shape()[1];
            float[] mean = new float[channels];
            float[] variance = new float[channels];
            for (int c = 0; c < channels; c++) {
                double[] values = channel(x, c);
                mean[c] = (float) StatUtils.mean(values);
                variance[c] = (float) StatUtils.populationVariance(values);
            }
            return new Statistics(new Constant(mean, channels), new Constant(variance, channels));
        }

        private static double[] channel(Constant x, int c) {
            int channels = (int) x.shape()[1];
            int plane = (int) (x.shape()[2] * x.shape()[3]);
            double[] values = new double[BATCH * plane];
            for (int n = 0; n < BATCH; n++) {
                for (int i = 0; i < plane; i++) {
                    values[n * plane + i] = x.values()[(n * channels + c) * plane + i];
                }
            }
            return values;
        }

        Constant inverseDeviation() {
            float[] inverse = new float[variance.values().length];
            for (int c = 0; c < inverse.length; c++) {
                inverse[c] = (float) (1 / Math.sqrt(variance.values()[c] + EPSILON));
            }
            return new Constant(inverse, inverse.length);
        }

        /** {@code x} normalised, scaled and activated. */
        Constant activated(Constant x, Affine affine) {
            float[] inverse = inverseDeviation().values();
            int plane = (int) (x.shape()[2] * x.shape()[3]);
            float[] y = new float[x.values().length];
            for (int i = 0; i < y.length; i++) {
                int c = i / plane % inverse.length;
                double normalised = (x.values()[i] - mean.values()[c]) * (double) inverse[c];
                double z = normalised * affine.scale.values()[c] + affine.bias.values()[c];
                y[i] = (float) (z > 0 ? z : SLOPE * z);
            }
            return new Constant(y, x.shape());
        }
    }

    private static PeerRow product(int side) {
        return new PeerRow(
                "matrices",
                "SGEMM " + side + "x" + side + "x" + side,
                Work.multiplyAdds(0, (double) side * side * side),
                TOLERANCE,
                List.of(new Bar(Bar.PEAK, 0.75)),
                engines -> {
                    Constant a = random(-1, 1, side, side);
                    Constant b = random(0, 1, side, side);
                    Tensor left = Squall.activation(engines.backend(), a);
                    Tensor right = Squall.activation(engines.backend(), b);
                    List<Contender> contenders = new ArrayList<>();
                    contenders.add(new Squall(() -> Map.of(RESULT, Matmul.matmul(left, right)), () -> {
                        left.close();
                        right.close();
                    }));
                    contenders.add(TorchContender.operation(
                            engines.torch(), "MKL", List.of(RESULT), List.of("return [torch.mm(x[0], x[1])]"), a, b));
                    contenders.add(TorchContender.operation(
                            engines.torch(),
                            "oneDNN",
                            List.of(RESULT),
                            List.of("return [ops.mkldnn._linear_pointwise(x[0], torch.t(x[1]), None, "
                                    + TorchLinear.UNARY_NONE + ")]"),
                            a,
                            b));
                    contenders.add(Nd4j.product(engines.threads(), a, b));
                    return contenders;
                });
    }
}
