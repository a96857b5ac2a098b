package dev.squall.misuse;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.nn.Linear;
import dev.squall.op.AdaptiveAveragePool;
import dev.squall.op.Concat;
import dev.squall.op.CrossEntropy;
import dev.squall.op.Dropout;
import dev.squall.op.Embedding;
import dev.squall.op.Expand;
import dev.squall.op.Flip;
import dev.squall.op.Gather;
import dev.squall.op.Multiply;
import dev.squall.op.Pad;
import dev.squall.op.Permute;
import dev.squall.op.Relu;
import dev.squall.op.Reshape;
import dev.squall.op.Scale;
import dev.squall.op.Slice;
import dev.squall.op.Softmax;
import dev.squall.op.SpaceToDepth;
import dev.squall.op.Stack;
import dev.squall.op.Sum;
import dev.squall.op.Upsample;
import dev.squall.op.Variance;
import dev.squall.op.Where;
import dev.squall.optim.Adam;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.GradientClipping;
import dev.squall.optim.OneCycle;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Arguments of operations, layers and optimizers that nobody can mean. */
final class OperationMisuses {
    private static final int HUGE = Integer.MAX_VALUE;

    private OperationMisuses() {}

    private static Misuse misuse(String name, String complaint, Misuse.Deed deed) {
        return new Misuse(name, complaint, deed);
    }

    static List<Misuse> all() {
        return List.of(
                // Places that are not there.
                misuse("select behind the end", "indices from 0 to 2", b -> Gather.indexSelect(b.images(), 1, 3)),
                misuse(
                        "select before the beginning",
                        "indices from 0 to 2",
                        b -> Gather.indexSelect(b.images(), 1, -1)),
                misuse("select nothing", "at least one index", b -> Gather.indexSelect(b.images(), 1)),
                misuse(
                        "embed a word that is not there",
                        "indices from 0 to 3",
                        b -> Embedding.embedding(b.parameter(4, 3), new int[] {0, 4}, Shape.of(2))),
                misuse(
                        "embed a negative word",
                        "indices from 0 to 3",
                        b -> Embedding.embedding(b.parameter(4, 3), new int[] {0, -1}, Shape.of(2))),
                misuse(
                        "embed fewer words than the shape",
                        "2 numbers for the shape",
                        b -> Embedding.embedding(b.parameter(4, 3), new int[] {0}, Shape.of(2))),
                misuse(
                        "a label that is no class",
                        "labels from 0 to 2",
                        b -> CrossEntropy.crossEntropy(b.of(2, 3), new int[] {0, 3}, 0)),
                misuse(
                        "a negative label",
                        "labels from 0 to 2",
                        b -> CrossEntropy.crossEntropy(b.of(2, 3), new int[] {0, -1}, 0)),
                misuse(
                        "fewer labels than images",
                        "one label for each",
                        b -> CrossEntropy.crossEntropy(b.of(2, 3), new int[] {0}, 0)),
                misuse(
                        "smoothing that is no number",
                        "in [0, 1)",
                        b -> CrossEntropy.crossEntropy(b.of(2, 3), new int[] {0, 1}, Float.NaN)),
                misuse(
                        "smoothing of more than all",
                        "in [0, 1)",
                        b -> CrossEntropy.crossEntropy(b.of(2, 3), new int[] {0, 1}, 1.5f)),
                // Shapes.
                misuse("join nothing", "at least one tensor", b -> Concat.concat(List.of())),
                misuse(
                        "join images of two sizes",
                        "differ only in dimension 1",
                        b -> Concat.concat(List.of(b.images(), b.of(2, 3, 7, 5)))),
                misuse(
                        "join along what is not there",
                        "dimension from -4 to 3",
                        b -> Concat.concat(List.of(b.images()), 4)),
                misuse(
                        "join on two backends",
                        "one backend",
                        b -> Concat.concat(List.of(b.images(), b.foreignTensor(2, 3, 5, 7)))),
                misuse("stack two shapes", "of one shape", b -> Stack.stack(List.of(b.of(3), b.of(4)), 0)),
                misuse(
                        "stack along what is not there",
                        "dimension from -2 to 1",
                        b -> Stack.stack(List.of(b.of(3)), 3)),
                misuse("slice backwards", "elements between 3 and 1", b -> Slice.slice(b.images(), 2, 3, 1, 1)),
                misuse("slice with step 0", "step of at least 1", b -> Slice.slice(b.images(), 2, 0, 3, 0)),
                misuse("permute one dimension twice", "each dimension", b -> Permute.permute(b.images(), 0, 1, 1, 3)),
                misuse("permute too few dimensions", "each dimension", b -> Permute.permute(b.images(), 0, 1)),
                misuse("reshape to more elements", "as many elements", b -> Reshape.reshape(b.images(), Shape.of(211))),
                misuse(
                        "pad by a size that overflows",
                        "inside of its output",
                        b -> Pad.pad(b.images(), new int[] {0, 0, HUGE, 0}, new int[] {0, 0, HUGE, 0}, 0f)),
                misuse(
                        "pad by less than nothing",
                        "elements left",
                        b -> Pad.pad(b.images(), new int[] {0, 0, -9, 0}, new int[4], 0f)),
                misuse(
                        "mirror more than there is",
                        "smaller than dimension 2",
                        b -> Pad.pad(b.images(), new int[] {0, 0, 5, 0}, new int[4], Pad.Mode.REFLECT)),
                misuse(
                        "expand what is not 1",
                        "counted from the last",
                        b -> Expand.expand(b.images(), Shape.of(2, 3, 10, 7))),
                misuse("expand to too many elements", "2^31 - 1", b -> Expand.expand(b.of(1), Shape.of(HUGE, 2))),
                misuse("flip what is not there", "dimension from -4 to 3", b -> Flip.flip(b.images(), 4)),
                misuse("flip twice", "each dimension once", b -> Flip.flip(b.images(), 2, 2)),
                misuse("enlarge to nothing", "at least 1x1", b -> Upsample.upsampleNearest(b.images(), 0, 7)),
                misuse(
                        "enlarge beyond all limits",
                        "at most 16777216",
                        b -> Upsample.upsampleBilinear(b.images(), HUGE, HUGE, false)),
                misuse(
                        "average to nothing",
                        "at least 1x1",
                        b -> AdaptiveAveragePool.adaptiveAveragePool(b.images(), 0, 1)),
                misuse("blocks that do not divide", "multiples of 4", b -> SpaceToDepth.spaceToDepth(b.images(), 4)),
                misuse("blocks of nothing", "block size of at least 1", b -> SpaceToDepth.spaceToDepth(b.images(), 0)),
                misuse(
                        "softmax along what is not there",
                        "dimension from -4 to 3",
                        b -> Softmax.softmax(b.images(), 4)),
                misuse(
                        "sum along one dimension twice",
                        "each dimension once",
                        b -> Variance.variance(b.images(), 1, false, 2, 2)),
                misuse(
                        "choose between two shapes",
                        "shapes that are equal",
                        b -> Where.where(b.of(2, 3), b.of(2, 3), b.of(4, 5))),
                // Numbers.
                misuse(
                        "leave out more than all",
                        "probability in [0, 1)",
                        b -> Dropout.dropout(b.images(), 1.5f, 1, true)),
                misuse(
                        "leave out a part that is no number",
                        "probability in [0, 1)",
                        b -> Dropout.dropout(b.images(), Float.NaN, 1, true)),
                // Parts of memory.
                misuse(
                        "a region that wraps around",
                        "inside of its source",
                        b -> b.backend
                                .movement()
                                .copy(
                                        b.activation(3, 4),
                                        Region.of(Shape.of(3, 4)).sliced(0, 0, HUGE, 3),
                                        b.activation(3, 4),
                                        Region.of(Shape.of(3, 4)))),
                misuse(
                        "a region outside",
                        "inside of its source",
                        b -> b.backend
                                .movement()
                                .copy(
                                        b.activation(3, 4),
                                        Region.of(Shape.of(4, 4)),
                                        b.activation(4, 4),
                                        Region.of(Shape.of(4, 4)))),
                misuse(
                        "a sparse matrix whose rows go back",
                        "rows of a sparse matrix",
                        b -> new SparseMatrix(3, new int[] {0, 2, 1, 2}, new int[] {0, 1}, new float[] {1, 1})),
                misuse(
                        "a sparse matrix of a negative width",
                        "rows of a sparse matrix",
                        b -> new SparseMatrix(-3, new int[] {0}, new int[0], new float[0])),
                // Layers.
                misuse("a layer without inputs", "positive dimensions", b -> new Linear(b.backend, 0, 3)),
                misuse(
                        "a layer of other features",
                        "needs features",
                        b -> new Linear(b.backend, 3, 2).forward(b.of(4, 5))),
                misuse("a layer after it was closed", "freed", b -> {
                    Linear layer = new Linear(b.backend, 3, 2);
                    layer.close();
                    layer.forward(b.of(4, 3));
                }),
                // Optimizers.
                misuse("a rate that is no number", "from 0 on", b -> sgd(b).step(Float.NaN)),
                misuse("a rate below nothing", "from 0 on", b -> sgd(b).step(-1)),
                misuse("a momentum that grows", "momentum must lie", b -> new Sgd(groups(b), 1.5f, false)),
                misuse(
                        "a decay that is no number",
                        "must not be negative",
                        b -> new ParameterGroup(Map.of("w", b.parameter(3)), Float.NaN, 1)),
                misuse("Adam's rates out of range", "betas in [0, 1)", b -> new Adam.Settings(1, 0.9, 1e-8f, false)),
                misuse(
                        "an average that forgets nothing",
                        "must lie in [0, 1)",
                        b -> new ExponentialMovingAverage(Map.of("w", b.parameter(3)), 1.5f)),
                misuse("an average swapped in twice", "in place of the values", b -> {
                    var average = new ExponentialMovingAverage(Map.of("w", b.parameter(3)), 0.5f);
                    try (var _ = average.swapIn();
                            var _ = average.swapIn()) {
                        b.images();
                    } finally {
                        average.close();
                    }
                }),
                misuse("a step after the optimizer was closed", "freed", b -> {
                    Tensor w = b.parameter(3);
                    Sgd sgd = new Sgd(List.of(new ParameterGroup(Map.of("w", w), 0, 1)), 0.9f, false);
                    Autograd.backward(Sum.sum(Multiply.multiply(w, w)));
                    sgd.close();
                    sgd.step(0.1f);
                }),
                misuse("a schedule without steps", "at least one step", b -> OneCycle.of(0.1f, 0)),
                misuse(
                        "a norm below nothing",
                        "above 0",
                        b -> GradientClipping.byGlobalNorm(List.of(b.parameter(3)), -1)),
                // Gradients.
                misuse("record what is closed", "freed", b -> {
                    Tensor x = b.leaf(3);
                    Tensor y = Scale.scale(2, x);
                    x.close();
                    Autograd.record("own", y, List.of(x), List.of(x), dy -> new Tensor[] {dy});
                }),
                misuse("a rule that goes backward itself", "recorded operation", b -> {
                    Tensor x = b.leaf(3);
                    Tensor y = Scale.scale(2, x);
                    Tensor z = Autograd.record("own", y.like(), List.of(y), List.of(), dy -> {
                        Autograd.backward(Sum.sum(y));
                        return new Tensor[] {dy};
                    });
                    Autograd.backward(Sum.sum(z));
                    Autograd.backward(Sum.sum(z));
                }),
                misuse("a scope closed twice keeps nothing", "reverse order", b -> {
                    Scope scope = Scope.open();
                    Tensor x = b.images();
                    scope.close();
                    scope.close();
                    scope.keep(x);
                }),
                misuse("a tensor kept for a scope that is not open", "freed", b -> {
                    Tensor x = b.images();
                    try (Scope inner = Scope.open()) {
                        inner.keep(x);
                        x.close();
                        Relu.relu(x);
                    }
                }));
    }

    private static List<ParameterGroup> groups(Workbench b) {
        return List.of(new ParameterGroup(Map.of("w", b.parameter(3)), 0, 1));
    }

    private static Sgd sgd(Workbench b) {
        return new Sgd(groups(b), 0.9f, false);
    }
}
