package dev.squall.misuse;

import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.Convolution;
import dev.squall.backend.Epilogue;
import dev.squall.backend.Norm;
import dev.squall.backend.Normalisation;
import dev.squall.backend.PoolGeometry;
import dev.squall.backend.Pooling;
import dev.squall.tensor.Storage;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** The primitives of images (convolution, pooling, normalisation), called directly with what they must not be given. */
final class ImageMisuses {
    private static final ConvGeometry THREE = ConvGeometry.square(3, 1, 1);

    private ImageMisuses() {}

    static List<Misuse> all() {
        return Stream.of(convolution(), pooling(), normalisation())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Misuse> convolution() {
        return List.of(
                conv(
                        "a convolution into too small an output",
                        "of shape [2, 4, 5, 7]",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.NONE,
                                b.activation(2, 4, 3, 5))),
                conv(
                        "a convolution into a parameter",
                        "of shape",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.NONE,
                                b.weights(2, 4, 5, 7))),
                conv(
                        "a convolution of other channels",
                        "agree on C",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 5, 3, 3),
                                THREE,
                                Epilogue.NONE,
                                b.activation(2, 4, 5, 7))),
                conv(
                        "a convolution with another kernel",
                        "of the geometry's kernel",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 1, 1),
                                THREE,
                                Epilogue.NONE,
                                b.activation(2, 4, 5, 7))),
                conv(
                        "a convolution in groups that do not divide",
                        "divisible into the groups",
                        (c, b) -> c.forward(
                                b.activation(2, 4, 5, 7),
                                b.weights(3, 2, 3, 3),
                                THREE.grouped(2),
                                Epilogue.NONE,
                                b.activation(2, 3, 5, 7))),
                conv("a convolution in place", "in place", (c, b) -> {
                    Storage x = b.activation(2, 3, 5, 7);
                    c.forward(x, b.weights(3, 3, 3, 3), THREE, Epilogue.NONE, x);
                }),
                conv(
                        "a convolution with a bias of other channels",
                        "one value for each channel",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.bias(b.weights(3)),
                                b.activation(2, 4, 5, 7))),
                conv(
                        "a convolution with a freed bias",
                        "freed",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.bias(b.freed(4)),
                                b.activation(2, 4, 5, 7))),
                conv(
                        "a convolution with another residual",
                        "one shape and role",
                        (c, b) -> c.forward(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                new Epilogue(null, b.activation(2, 4, 7, 5), Activation.RELU),
                                b.activation(2, 4, 5, 7))),
                conv(
                        "a blurred convolution into its sharp shape",
                        "of shape [2, 4, 3, 4]",
                        (c, b) -> c.forwardBlurred(
                                b.activation(2, 3, 5, 7),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.NONE,
                                b.activation(2, 4, 5, 7))),
                conv(
                        "convolutions in turn that do not agree on channels",
                        "agree on C",
                        (c, b) -> c.forwardInTurn(
                                b.activation(2, 3, 5, 7),
                                new Convolution.Layer(b.weights(4, 3, 3, 3), THREE, Epilogue.NONE),
                                new Convolution.Layer(b.weights(4, 5, 3, 3), THREE, Epilogue.NONE),
                                b.activation(2, 4, 5, 7))),
                conv(
                        "convolutions in turn, the first with a bias of the second",
                        "one value for each channel",
                        (c, b) -> c.forwardInTurn(
                                b.activation(2, 3, 5, 7),
                                new Convolution.Layer(b.weights(4, 3, 3, 3), THREE, Epilogue.bias(b.weights(6))),
                                new Convolution.Layer(b.weights(6, 4, 3, 3), THREE, Epilogue.NONE),
                                b.activation(2, 6, 5, 7))),
                conv(
                        "a convolution of images scaled by the factors of others",
                        "of shape [2, 3, 1, 1]",
                        (c, b) -> c.forwardScaled(
                                b.activation(2, 3, 5, 7),
                                b.activation(1, 3, 1, 1),
                                b.weights(4, 3, 3, 3),
                                THREE,
                                Epilogue.NONE,
                                b.activation(2, 4, 5, 7))),
                conv(
                        "an input gradient of another shape",
                        "of shape",
                        (c, b) -> c.backwardInput(
                                b.activation(2, 4, 5, 5), b.weights(4, 3, 3, 3), THREE, b.activation(2, 3, 5, 7))),
                conv(
                        "a weight gradient of another shape",
                        "of the geometry's kernel",
                        (c, b) -> c.backwardWeight(
                                b.activation(2, 3, 5, 7), b.activation(2, 4, 5, 7), THREE, b.weights(4, 3, 3, 2))),
                conv(
                        "a weight gradient that is an activation",
                        "a parameter",
                        (c, b) -> c.backwardWeight(
                                b.activation(2, 3, 5, 7), b.activation(2, 4, 5, 7), THREE, b.activation(4, 3, 3, 3))));
    }

    private static Misuse conv(String name, String complaint, BiConsumer<Convolution, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.convolution(), b));
    }

    private static List<Misuse> pooling() {
        PoolGeometry two = PoolGeometry.square(2, 2, 0);
        return List.of(
                pool(
                        "a blur into its own shape",
                        "of shape",
                        (p, b) -> p.blur(b.activation(2, 3, 5, 7), b.activation(2, 3, 5, 7))),
                pool(
                        "a blur of one pixel",
                        "2x2 pixels",
                        (p, b) -> p.blur(b.activation(2, 3, 1, 7), b.activation(2, 3, 1, 4))),
                pool(
                        "a blur's gradient of another shape",
                        "of shape",
                        (p, b) -> p.blurBackward(b.activation(2, 3, 5, 7), b.activation(2, 3, 5, 7))),
                pool(
                        "blocks that do not divide",
                        "blocks",
                        (p, b) -> p.spaceToDepth(b.activation(2, 3, 5, 7), 2, b.activation(2, 12, 2, 3))),
                pool(
                        "blocks of no pixels",
                        "blocks",
                        (p, b) -> p.spaceToDepth(b.activation(2, 3, 4, 4), 0, b.activation(2, 3, 4, 4))),
                pool(
                        "blocks whose square wraps",
                        "blocks",
                        (p, b) -> p.depthToSpace(b.activation(2, 3, 4, 4), 65536, b.activation(2, 3, 4, 4))),
                pool(
                        "the mean of planes into other channels",
                        "one value for each plane",
                        (p, b) -> p.globalAverage(b.activation(2, 3, 5, 7), b.activation(2, 4))),
                pool(
                        "the mean's gradient into features",
                        "images [N, C, H, W]",
                        (p, b) -> p.globalAverageBackward(b.activation(2, 3), b.activation(2, 3))),
                pool(
                        "windows into another shape",
                        "of shape",
                        (p, b) -> p.average(b.activation(2, 3, 5, 7), two, b.activation(2, 3, 3, 4))),
                pool(
                        "windows of a smaller image",
                        "as large as the window",
                        (p, b) -> p.max(b.activation(2, 3, 1, 7), two, b.activation(2, 3, 1, 3))),
                pool(
                        "a maximum's gradient of another shape",
                        "one shape and role",
                        (p, b) -> p.maxBackward(
                                b.activation(2, 3, 5, 7), b.activation(2, 3, 2, 3), two, b.activation(2, 3, 7, 5))),
                pool(
                        "windows of a freed image",
                        "freed",
                        (p, b) -> p.max(b.freed(2, 3, 5, 7), two, b.activation(2, 3, 2, 3))));
    }

    private static Misuse pool(String name, String complaint, BiConsumer<Pooling, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.pooling(), b));
    }

    private static List<Misuse> normalisation() {
        return List.of(
                norm(
                        "statistics of other channels",
                        "one value for each channel",
                        (n, b) -> n.statistics(b.activation(2, 3, 5, 7), b.weights(3), b.weights(4))),
                norm("statistics into one storage", "in place", (n, b) -> {
                    Storage both = b.weights(3);
                    n.statistics(b.activation(2, 3, 5, 7), both, both);
                }),
                norm(
                        "a norm with a weight of other channels",
                        "one value for each channel",
                        (n, b) -> n.apply(
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3),
                                b.weights(2),
                                b.weights(3),
                                Norm.plain(1e-5f),
                                b.activation(2, 3, 5, 7))),
                norm(
                        "a norm that ends with a sigmoid",
                        "identity, ReLU or leaky ReLU",
                        (n, b) -> n.apply(
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3),
                                b.weights(3),
                                b.weights(3),
                                new Norm(1e-5f, false, Activation.SIGMOID),
                                b.activation(2, 3, 5, 7))),
                norm(
                        "a norm's gradient of another shape",
                        "one shape and role",
                        (n, b) -> n.backward(
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3),
                                b.weights(3),
                                b.activation(2, 3, 7, 5),
                                Norm.plain(1e-5f),
                                true,
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3))),
                norm(
                        "a norm's gradient through ReLU",
                        "recovered from its output",
                        (n, b) -> n.backwardFromOutput(
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3),
                                b.weights(3),
                                b.activation(2, 3, 5, 7),
                                Norm.inplaceAbn(1e-5f, Activation.RELU),
                                true,
                                b.activation(2, 3, 5, 7),
                                b.weights(3),
                                b.weights(3))));
    }

    private static Misuse norm(String name, String complaint, BiConsumer<Normalisation, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.normalisation(), b));
    }
}
