package dev.squall.misuse;

import static dev.squall.misuse.Workbench.values;

import dev.squall.autograd.Autograd;
import dev.squall.autograd.BackwardRule;
import dev.squall.backend.Activation;
import dev.squall.backend.ConvGeometry;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.Linear;
import dev.squall.op.BatchNorm;
import dev.squall.op.ChannelStatistics;
import dev.squall.op.Conv2d;
import dev.squall.op.InplaceAbn;
import dev.squall.op.MaxPool;
import dev.squall.op.Multiply;
import dev.squall.op.Relu;
import dev.squall.op.RunningStatistics;
import dev.squall.op.Scale;
import dev.squall.op.Silu;
import dev.squall.op.Sum;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The misuses of tensors, gradients, layers and optimizers; {@link PrimitiveMisuses} has those of the primitives, {@link ModuleMisuses} those of networks,
 * {@link ThreadMisuses} those by several threads.
 */
final class Misuses {
    private Misuses() {}

    static List<Misuse> all() {
        return Stream.of(
                        tensors(),
                        saved(),
                        gradients(),
                        rules(),
                        operations(),
                        geometry(),
                        closed(),
                        ThreadMisuses.all(),
                        ModuleMisuses.all(),
                        PrimitiveMisuses.all(),
                        OperationMisuses.all())
                .flatMap(List::stream)
                .toList();
    }

    private static Misuse misuse(String name, String complaint, Misuse.Deed deed) {
        return new Misuse(name, complaint, deed);
    }

    /** Handles that are closed, stale or too short. */
    private static List<Misuse> tensors() {
        return List.of(
                misuse(
                        "upload to a closed tensor",
                        "closed",
                        b -> closed(b.images()).upload(values(210))),
                misuse("upload to a closed tensor that another keeps alive", "closed", b -> {
                    Tensor x = b.images();
                    x.detach();
                    closed(x).upload(values(210));
                }),
                misuse("read a closed tensor", "closed", b -> closed(b.images()).toArray()),
                misuse(
                        "the item of a closed tensor",
                        "closed",
                        b -> closed(b.of(1)).item()),
                misuse("compute on a closed tensor", "freed", b -> Relu.relu(closed(b.images()))),
                misuse("overwrite a closed tensor", "closed", b -> Relu.reluInPlace(closed(b.images()))),
                misuse("upload to a stale tensor", "overwritten in place by", b -> {
                    Tensor x = b.images();
                    Relu.reluInPlace(x);
                    x.upload(values(210));
                }),
                misuse("read a stale tensor", "overwritten in place by", b -> {
                    Tensor x = b.images();
                    Relu.reluInPlace(x);
                    x.toArray();
                }),
                misuse("a tensor after its scope", "closed", b -> {
                    Tensor x;
                    try (Scope _ = Scope.open()) {
                        x = b.images();
                    }
                    x.toArray();
                }),
                misuse(
                        "upload too few values",
                        "takes 210 values",
                        b -> b.images().upload(values(209))),
                misuse(
                        "upload too many values",
                        "takes 210 values",
                        b -> b.images().upload(values(211))),
                misuse(
                        "make a tensor of too few values",
                        "takes 6",
                        b -> Tensor.fromArray(b.backend, Shape.of(2, 3), 1f)),
                misuse(
                        "make a parameter of too many values",
                        "takes 1",
                        b -> Tensor.parameter(b.backend, Shape.of(1), 1, 2)),
                misuse("the item of many", "one element", b -> b.images().item()),
                misuse("a handle on a freed storage", "freed", b -> Tensor.of(b.freed(3))),
                misuse("free what a tensor holds", "close the tensor", b -> b.backend.free(b.activation(3))),
                misuse("free twice", "freed twice", b -> b.backend.free(b.freed(3))),
                misuse("free another backend's storage", "another backend", b -> b.backend.free(b.foreign(3))),
                misuse("a shape without extent", "positive dimensions", b -> Shape.of(3, 0)),
                misuse("a shape of too many elements", "2^31 - 1", b -> Shape.of(65536, 65536)),
                misuse(
                        "a dimension that is not there",
                        "no dimension 2",
                        b -> Shape.of(3, 4).dim(2)),
                misuse("the batch of a scalar", "no dimension 0", b -> Shape.SCALAR.batch()),
                misuse("scopes closed in another order", "reverse order", b -> {
                    try (Scope outer = Scope.open();
                            Scope _ = Scope.open()) {
                        outer.close();
                    }
                }));
    }

    /** Ways to change what a backward pass needs. */
    private static List<Misuse> saved() {
        return List.of(
                changed("upload", x -> x.upload(values(210))),
                changed("upload through another handle", x -> x.detach().upload(values(210))),
                changed("upload to the storage", x -> x.memory().upload(values(210), x.storage())),
                changed("fill", x -> x.memory().fill(x.storage(), 0)),
                changed("accumulate", x -> x.memory().accumulate(x.like().storage(), x.storage())),
                changed("an operation in place", x -> Relu.reluInPlace(x.detach())),
                changed(
                        "a primitive's output",
                        x -> dev.squall.backend.Backend.of(x)
                                .elementwise()
                                .scale(2, x.like().storage(), x.storage())),
                misuse("upload to a saved parameter", "still needs", b -> {
                    Tensor w = b.parameter(4, 3, 1, 1);
                    Conv2d.conv2d(b.leaf(2, 3, 5, 7), w, null, ConvGeometry.square(1, 1, 0));
                    w.upload(values(12));
                }),
                misuse("an optimizer's step before the backward pass", "still needs", b -> {
                    Tensor w = b.parameter(5);
                    Autograd.backward(Sum.sum(Multiply.multiply(w, w)));
                    try (Sgd sgd = new Sgd(List.of(new ParameterGroup(Map.of("w", w), 0, 1)), 0.9f, false)) {
                        Multiply.multiply(w, w);
                        sgd.step(0.1f);
                    }
                }),
                misuse("an average swapped in before the backward pass", "still needs", b -> {
                    Tensor w = b.parameter(5);
                    try (var average = new ExponentialMovingAverage(Map.of("w", w), 0.5f)) {
                        Multiply.multiply(w, w);
                        average.swapIn();
                    }
                }));
    }

    private static Misuse changed(String how, Consumer<Tensor> change) {
        return misuse("change a saved tensor: " + how, "still needs for its backward pass", b -> {
            Tensor x = b.leaf(2, 3, 5, 7);
            Sum.sum(Silu.silu(x));
            change.accept(x);
        });
    }

    /** Gradients that are not those of their tensors. */
    private static List<Misuse> gradients() {
        return List.of(
                misuse(
                        "a seed of another shape",
                        "starting gradient",
                        b -> Autograd.backward(Relu.relu(b.leaf(2, 3, 5, 7)), b.of(2, 3, 7, 5))),
                misuse(
                        "a seed of another role",
                        "starting gradient",
                        b -> Autograd.backward(Relu.relu(b.leaf(2, 3, 5, 7)), b.parameter(2, 3, 5, 7))),
                misuse(
                        "a seed of another backend",
                        "starting gradient",
                        b -> Autograd.backward(Relu.relu(b.leaf(2, 3, 5, 7)), b.foreignTensor(2, 3, 5, 7))),
                misuse("a closed seed", "freed", b -> Autograd.backward(Relu.relu(b.leaf(2, 3)), closed(b.of(2, 3)))),
                misuse("backward from many elements", "scalar loss", b -> Autograd.backward(Relu.relu(b.leaf(2, 3)))),
                misuse("backward from a leaf", "recorded operation", b -> Autograd.backward(b.leaf(1))),
                misuse("backward twice", "already", b -> {
                    Tensor y = Sum.sum(Silu.silu(b.leaf(3)));
                    Autograd.backward(y);
                    Autograd.backward(y);
                }),
                misuse(
                        "a gradient of another shape",
                        "must be another such",
                        b -> b.parameter(3).setGradient(b.parameter(4))),
                misuse(
                        "a gradient of another role",
                        "must be another such",
                        b -> b.leaf(2, 3, 5, 7).setGradient(b.parameter(2, 3, 5, 7))),
                misuse(
                        "a gradient of another backend",
                        "must be another such",
                        b -> b.leaf(2, 3, 5, 7).setGradient(b.foreignTensor(2, 3, 5, 7))),
                misuse("a closed gradient", "closed", b -> b.leaf(3).setGradient(closed(b.of(3)))));
    }

    /** Backward rules that somebody wrote wrong. */
    private static List<Misuse> rules() {
        return List.of(
                rule("nothing", "returned null", b -> dy -> null),
                rule("too few", "one gradient (or null) for each", b -> dy -> new Tensor[0]),
                rule("too many", "one gradient (or null) for each", b -> dy -> new Tensor[] {dy, dy}),
                rule("another shape", "must return for input 0", b -> dy -> new Tensor[] {b.of(2, 3, 7, 5)}),
                rule("another role", "must return for input 0", b -> dy -> new Tensor[] {b.parameter(2, 3, 5, 7)}),
                rule(
                        "another backend",
                        "must return for input 0",
                        b -> dy -> new Tensor[] {b.foreignTensor(2, 3, 5, 7)}),
                rule("a closed tensor", "freed", b -> dy -> new Tensor[] {closed(dy.like())}),
                misuse("a rule that fails leaves nothing protected", "rule failed", b -> {
                    Tensor x = b.leaf(2, 3, 5, 7);
                    Tensor y = Silu.silu(x);
                    Tensor z = Autograd.record("own", y.like(), List.of(y), List.of(y), dy -> {
                        throw new IllegalStateException("this backward rule failed");
                    });
                    try {
                        Autograd.backward(z, b.images());
                    } finally {
                        x.upload(values(210));
                        y.upload(values(210));
                    }
                }));
    }

    private static Misuse rule(String returns, String complaint, Function<Workbench, BackwardRule> rule) {
        return misuse("a backward rule that returns " + returns, complaint, b -> {
            Tensor x = b.leaf(2, 3, 5, 7);
            Tensor y = Scale.scale(2, x);
            Tensor z = Autograd.record("own", y.like(), List.of(y), List.of(), rule.apply(b));
            Autograd.backward(z, b.images());
        });
    }

    /** Operands that do not fit their operation. */
    private static List<Misuse> operations() {
        ConvGeometry pointwise = ConvGeometry.square(1, 1, 0);
        return List.of(
                misuse(
                        "operands of two backends",
                        "one backend",
                        b -> Multiply.multiply(b.images(), b.foreignTensor(2, 3, 5, 7))),
                misuse(
                        "a convolution's bias on another backend",
                        "one backend",
                        b -> Conv2d.conv2d(b.images(), b.parameter(4, 3, 1, 1), b.foreignParameter(4), pointwise)),
                misuse(
                        "a convolution's weights on another backend",
                        "one backend",
                        b -> Conv2d.conv2d(b.images(), b.foreignParameter(4, 3, 1, 1), null, pointwise)),
                misuse(
                        "a convolution's weights that are an activation",
                        "parameter",
                        b -> Conv2d.conv2d(b.images(), b.of(4, 3, 1, 1), null, pointwise)),
                misuse(
                        "a convolution's statistics of other channels",
                        "statistics of 4 channels",
                        b -> Conv2d.conv2d(
                                b.images(),
                                b.parameter(4, 3, 1, 1),
                                null,
                                pointwise,
                                new ChannelStatistics(b.parameter(3), b.parameter(4)))),
                misuse(
                        "a convolution's statistics on another backend",
                        "one backend",
                        b -> Conv2d.conv2d(
                                b.images(),
                                b.parameter(4, 3, 1, 1),
                                null,
                                pointwise,
                                new ChannelStatistics(b.foreignParameter(4), b.foreignParameter(4)))),
                misuse("statistics that are one tensor", "in place", b -> {
                    Tensor both = b.parameter(4);
                    Conv2d.conv2d(
                            b.images(), b.parameter(4, 3, 1, 1), null, pointwise, new ChannelStatistics(both, both));
                }),
                misuse(
                        "a batch norm with statistics of other channels",
                        "statistics of 3 channels",
                        b -> BatchNorm.batchNorm(
                                b.images(),
                                b.parameter(3),
                                b.parameter(3),
                                running(b),
                                1e-5f,
                                new ChannelStatistics(b.parameter(4), b.parameter(4)))),
                misuse(
                        "an in-place norm with statistics of other channels",
                        "statistics of 3 channels",
                        b -> InplaceAbn.inplaceAbn(
                                b.images(),
                                b.parameter(3),
                                b.parameter(3),
                                running(b),
                                1e-5f,
                                Activation.IDENTITY,
                                new ChannelStatistics(b.parameter(2), b.parameter(2)))),
                misuse(
                        "a layer's input on another backend",
                        "one backend",
                        b -> new Linear(b.backend, 3, 2).forward(b.foreignTensor(2, 3))),
                misuse(
                        "an optimizer of two backends",
                        "one backend",
                        b -> new Sgd(
                                List.of(new ParameterGroup(
                                        Map.of("a", b.parameter(3), "b", b.foreignParameter(3)), 0, 1)),
                                0,
                                false)),
                misuse("an optimizer of one storage twice", "are one", b -> {
                    Tensor w = b.parameter(3);
                    new Sgd(List.of(new ParameterGroup(Map.of("a", w, "b", w.detach()), 0, 1)), 0, false);
                }));
    }

    private static RunningStatistics running(Workbench b) {
        return new RunningStatistics(b.parameter(3), b.parameter(3), 0.1f);
    }

    /** Windows that overflow. */
    private static List<Misuse> geometry() {
        int huge = Integer.MAX_VALUE;
        return List.of(
                misuse("a convolution's padding that overflows", "at most", b -> conv(b, 1, 1, 1, huge, 1)),
                misuse("a convolution's padding of half the range", "at most", b -> conv(b, 1, 1, 1, 1 << 30, 1)),
                misuse("a convolution's dilation that overflows", "at most", b -> conv(b, 3, 3, 1, 0, huge)),
                misuse("a dilation and padding that wrap around", "at most", b -> conv(b, 3, 3, 1, 0, (1 << 30) + 1)),
                misuse("a convolution's stride that overflows", "at most", b -> conv(b, 1, 1, huge, 0, 1)),
                misuse("a convolution's negative padding", "negative", b -> conv(b, 1, 1, 1, -1, 1)),
                misuse("a convolution with stride 0", "at least 1", b -> conv(b, 1, 1, 0, 0, 1)),
                misuse("a convolution's output of too many elements", "2^31 - 1", b -> conv(b, 1, 1, 1, 1 << 20, 1)),
                misuse("a kernel larger than the image", "as large as the kernel", b -> conv(b, 9, 9, 1, 0, 1)),
                misuse(
                        "a pooling window that overflows",
                        "at most",
                        b -> MaxPool.maxPool(b.images(), PoolGeometry.square(huge, 1, 1 << 29))),
                misuse(
                        "a pooling stride that overflows",
                        "at most",
                        b -> MaxPool.maxPool(
                                b.images(), PoolGeometry.square(2, huge, 0).ceil())),
                misuse(
                        "a pooling padding that overflows",
                        "between 0 and half",
                        b -> MaxPool.maxPool(b.images(), PoolGeometry.square(2, 1, huge))));
    }

    private static void conv(Workbench b, int kernelH, int kernelW, int stride, int pad, int dilation) {
        Conv2d.conv2d(
                b.images(),
                b.parameter(4, 3, kernelH, kernelW),
                null,
                new ConvGeometry(kernelH, kernelW, stride, stride, pad, pad, dilation, dilation, 1));
    }

    /** A backend that is closed. */
    private static List<Misuse> closed() {
        String after = "after it had been closed";
        return List.of(
                misuse(
                        "read on a closed backend",
                        after,
                        b -> closing(b, b.images()).toArray()),
                misuse(
                        "upload on a closed backend",
                        after,
                        b -> closing(b, b.images()).upload(values(210))),
                misuse("compute on a closed backend", after, b -> Relu.relu(closing(b, b.images()))),
                misuse(
                        "allocate on a closed backend",
                        after,
                        b -> closing(b, b.images()).like()),
                misuse("a primitive on a closed backend", after, b -> {
                    Storage x = b.activation(3, 4);
                    closing(b, b.images());
                    b.backend.elementwise().scale(2, x, x);
                }),
                misuse("backward on a closed backend", after, b -> {
                    Tensor y = Sum.sum(Silu.silu(b.leaf(3)));
                    b.backend.close();
                    Autograd.backward(y);
                }));
    }

    private static Tensor closing(Workbench b, Tensor x) {
        b.backend.close();
        return x;
    }

    private static Tensor closed(Tensor tensor) {
        tensor.close();
        return tensor;
    }
}
