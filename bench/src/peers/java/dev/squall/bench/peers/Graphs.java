package dev.squall.bench.peers;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.bench.peers.Operations.Gate;
import dev.squall.bench.peers.Operations.Layer;
import dev.squall.tresnet.BlockKind;
import dev.squall.tresnet.ResNetConfig;
import dev.squall.tresnet.Stem;
import dev.squall.tresnet.TResNetConfig;
import dev.squall.tresnet.TResNetConfig.Stage;

/** The networks as sequences of operations that any engine can run. The comparison of outputs shows that they are ours. */
final class Graphs {
    private static final Activation NONE = Activation.IDENTITY;
    private static final Activation RELU = Activation.RELU;
    private static final int[] RESNET50_BLOCKS = {3, 4, 6, 3};

    private Graphs() {}

    /** A network with images as its argument and logits as its result. */
    interface Graph {
        <T> T apply(Operations<T> operations, T x);
    }

    /** A TResNet. */
    static Graph tresnet(TResNetConfig config) {
        return new Graph() {
            @Override
            public <T> T apply(Operations<T> operations, T x) {
                return tresnet(config, operations, x);
            }
        };
    }

    /** One of the ResNets. */
    static Graph resnet(ResNetConfig config) {
        return new Graph() {
            @Override
            public <T> T apply(Operations<T> operations, T x) {
                return resnet(config, operations, x);
            }
        };
    }

    private static <T> T tresnet(TResNetConfig config, Operations<T> ops, T x) {
        T y = ops.spaceToDepth(x);
        y = ops.convolution(y, Layer.of("body.conv1", 3, Activation.leakyRelu(config.stemSlope())));
        int channels = config.planes();
        for (int s = 0; s < config.stages().size(); s++) {
            Stage stage = config.stages().get(s);
            int out = (config.planes() << s) * stage.block().expansion();
            for (int b = 0; b < stage.blocks(); b++) {
                String name = "body.layer" + (s + 1) + "." + b;
                boolean halves = b == 0 && s > 0;
                T shortcut = y;
                if (halves || channels != out) {
                    String convolution = name + ".downsample." + (halves ? 1 : 0);
                    shortcut = ops.convolution(halves ? ops.averagePool(y) : y, Layer.of(convolution, 1, NONE));
                }
                Activation leaky = Activation.leakyRelu(config.blockSlope());
                y = stage.block() == BlockKind.BASIC
                        ? basicBlock(ops, y, shortcut, name, halves, stage.squeezeExcitation(), leaky)
                        : bottleneck(ops, y, shortcut, name, halves, stage.squeezeExcitation(), leaky);
                channels = out;
            }
        }
        return ops.linear(ops.globalAverage(y), "head.fc");
    }

    private static <T> T basicBlock(
            Operations<T> ops, T x, T shortcut, String name, boolean halves, boolean excited, Activation leaky) {
        T y = halvedIf(halves, ops, x, name + ".conv1", leaky);
        Layer last = Layer.of(name + ".conv2", 3, NONE);
        return excited
                ? ops.addRelu(ops.squeezeExcitation(ops.convolution(y, last), Gate.of(name + ".se")), shortcut)
                : ops.convolutionAddRelu(y, last, shortcut);
    }

    private static <T> T bottleneck(
            Operations<T> ops, T x, T shortcut, String name, boolean halves, boolean excited, Activation leaky) {
        T y = ops.convolution(x, Layer.of(name + ".conv1", 1, leaky));
        y = halvedIf(halves, ops, y, name + ".conv2", leaky);
        if (excited) {
            y = ops.squeezeExcitation(y, Gate.of(name + ".se"));
        }
        return ops.convolutionAddRelu(y, Layer.of(name + ".conv3", 1, NONE), shortcut);
    }

    /** A 3x3 convolution, followed by a blur if the block halves the resolution. */
    private static <T> T halvedIf(boolean halves, Operations<T> ops, T x, String name, Activation leaky) {
        return halves
                ? ops.blur(ops.convolution(x, Layer.of(name + ".0", 3, leaky)))
                : ops.convolution(x, Layer.of(name, 3, leaky));
    }

    private static <T> T resnet(ResNetConfig config, Operations<T> ops, T x) {
        T y = ops.maxPool(stem(config, ops, x));
        for (int s = 0; s < RESNET50_BLOCKS.length; s++) {
            for (int b = 0; b < RESNET50_BLOCKS[s]; b++) {
                String name = "layer" + (s + 1) + "." + b;
                int stride = b == 0 && s > 0 ? 2 : 1;
                int groups = config.groups();
                T shortcut = b == 0 ? shortcut(config, ops, y, name + ".downsample.", stride) : y;
                y = ops.convolution(y, numbered(name, 1, 1, 1, 1, RELU));
                y = ops.convolution(y, numbered(name, 2, 3, stride, groups, RELU));
                Layer last = numbered(name, 3, 1, 1, 1, NONE);
                y = config.squeezeExcitation()
                        ? ops.addRelu(ops.squeezeExcitation(ops.convolution(y, last), Gate.of(name + ".se")), shortcut)
                        : ops.convolutionAddRelu(y, last, shortcut);
            }
        }
        return ops.linear(ops.globalAverage(y), "fc");
    }

    private static <T> T stem(ResNetConfig config, Operations<T> ops, T x) {
        if (config.stem() == Stem.CONV_7X7) {
            return ops.convolution(x, new Layer("conv1", "bn1", ConvGeometry.square(7, 2, 3), RELU));
        }
        T y = ops.convolution(x, new Layer("conv1.0", "conv1.1", ConvGeometry.square(3, 2, 1), RELU));
        y = ops.convolution(y, new Layer("conv1.3", "conv1.4", ConvGeometry.square(3, 1, 1), RELU));
        return ops.convolution(y, new Layer("conv1.6", "bn1", ConvGeometry.square(3, 1, 1), RELU));
    }

    private static <T> T shortcut(ResNetConfig config, Operations<T> ops, T x, String name, int stride) {
        int first = config.averagedShortcut() ? 1 : 0;
        boolean averages = config.averagedShortcut() && stride > 1;
        ConvGeometry pointwise = ConvGeometry.square(1, averages ? 1 : stride, 0);
        return ops.convolution(
                averages ? ops.averagePool(x) : x, new Layer(name + first, name + (first + 1), pointwise, NONE));
    }

    private static Layer numbered(String block, int number, int kernel, int stride, int groups, Activation activation) {
        ConvGeometry geometry = ConvGeometry.square(kernel, stride, kernel / 2).grouped(groups);
        return new Layer(block + ".conv" + number, block + ".bn" + number, geometry, activation);
    }
}
