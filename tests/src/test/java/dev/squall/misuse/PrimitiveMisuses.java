package dev.squall.misuse;

import static dev.squall.misuse.Workbench.values;

import dev.squall.backend.Activation;
import dev.squall.backend.Binary;
import dev.squall.backend.Elementwise;
import dev.squall.backend.Loss;
import dev.squall.backend.Matmul;
import dev.squall.backend.Movement;
import dev.squall.backend.Reduction;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.backend.Update;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Storage;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The primitives, called directly with what they must not be given. */
final class PrimitiveMisuses {
    private static final Update.Sgd SGD = new Update.Sgd(0.1f, 0.9f, 0, false, true);
    private static final Update.Adam ADAM = new Update.Adam(0.1f, 0.9, 0.999, 1e-8f, 0, false, 1);

    private PrimitiveMisuses() {}

    static List<Misuse> all() {
        return Stream.of(
                        memory(),
                        elementwise(),
                        movement(),
                        reduction(),
                        matmul(),
                        ImageMisuses.all(),
                        loss(),
                        update())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Misuse> memory() {
        return List.of(
                new Misuse("upload to a freed storage", "freed", b -> b.backend.upload(values(3), b.freed(3))),
                new Misuse(
                        "upload a buffer to a freed storage",
                        "freed",
                        b -> b.backend.upload(FloatBuffer.wrap(values(3)), b.freed(3))),
                new Misuse("upload to a foreign storage", "of its own", b -> b.backend.upload(values(3), b.foreign(3))),
                new Misuse(
                        "upload too many to a storage",
                        "as many values",
                        b -> b.backend.upload(values(4), b.activation(3))),
                new Misuse(
                        "upload too long a buffer",
                        "as many values",
                        b -> b.backend.upload(FloatBuffer.wrap(values(4)), b.activation(3))),
                new Misuse("download a freed storage", "freed", b -> b.backend.download(b.freed(3), new float[3])),
                new Misuse(
                        "download a foreign storage",
                        "of its own",
                        b -> b.backend.download(b.foreign(3), new float[3])),
                new Misuse(
                        "download into too few",
                        "as many values",
                        b -> b.backend.download(b.activation(3), new float[2])),
                new Misuse("fill a freed storage", "freed", b -> b.backend.fill(b.freed(2, 3, 4, 5), 1)),
                new Misuse("fill a foreign storage", "of its own", b -> b.backend.fill(b.foreign(3), 1)),
                new Misuse(
                        "accumulate another shape",
                        "one shape",
                        b -> b.backend.accumulate(b.activation(4), b.activation(3))),
                new Misuse(
                        "accumulate a freed storage", "freed", b -> b.backend.accumulate(b.freed(3), b.activation(3))));
    }

    private static List<Misuse> elementwise() {
        return List.of(
                on("copy to another shape", "one shape", (e, b) -> e.copy(b.activation(3), b.activation(4))),
                on("copy from a freed storage", "freed", (e, b) -> e.copy(b.freed(3), b.activation(3))),
                on("copy to a foreign storage", "of its own", (e, b) -> e.copy(b.activation(3), b.foreign(3))),
                on("copy null", "got null", (e, b) -> e.copy(null, b.activation(3))),
                on(
                        "reshape to more elements",
                        "as many elements",
                        (e, b) -> e.reshape(b.activation(3), b.activation(4))),
                on("reshape in place", "in place", (e, b) -> inPlace(b, x -> e.reshape(x, x))),
                on(
                        "scale to another shape",
                        "one shape and role",
                        (e, b) -> e.scale(2, b.activation(2, 3, 4, 5), b.activation(2, 3, 5, 4))),
                on(
                        "scale to another role",
                        "one shape and role",
                        (e, b) -> e.scale(2, b.activation(2, 3, 4, 5), b.weights(2, 3, 4, 5))),
                on(
                        "scale by many",
                        "one element",
                        (e, b) -> e.scaleBy(b.activation(2), 1, b.activation(3), b.activation(3))),
                on("broadcast many", "one element", (e, b) -> e.broadcast(b.activation(2), 1, b.activation(3))),
                on(
                        "add another shape",
                        "one shape and role",
                        (e, b) -> e.axpby(1, b.activation(3), 1, b.activation(4), b.activation(3))),
                on(
                        "add a freed storage",
                        "freed",
                        (e, b) -> e.axpby(1, b.activation(3), 1, b.freed(3), b.activation(3))),
                on(
                        "multiply with another role",
                        "one shape and role",
                        (e, b) ->
                                e.multiply(b.weights(2, 3, 4, 5), b.activation(2, 3, 4, 5), b.activation(2, 3, 4, 5))),
                on(
                        "add and rectify into another shape",
                        "one shape and role",
                        (e, b) -> e.addRelu(b.activation(3), b.activation(3), b.activation(2))),
                on(
                        "excite by another batch",
                        "one value for each channel",
                        (e, b) -> e.exciteAddRelu(
                                b.activation(2, 3, 4, 5),
                                b.activation(3, 3),
                                b.activation(2, 3, 4, 5),
                                b.activation(2, 3, 4, 5))),
                on(
                        "activate into another shape",
                        "one shape and role",
                        (e, b) -> e.activate(Activation.SILU, b.activation(3), b.activation(4))),
                on(
                        "the derivative of another shape",
                        "one shape and role",
                        (e, b) ->
                                e.activateBackward(Activation.RELU, b.activation(3), b.activation(4), b.activation(3))),
                on(
                        "multiply other channels",
                        "one value for each channel",
                        (e, b) -> e.multiplyChannels(b.activation(2, 3, 4, 5), b.weights(4), b.activation(2, 3, 4, 5))),
                on(
                        "add channels to a parameter",
                        "images [N, C, H, W] or features",
                        (e, b) -> e.addChannels(b.weights(2, 3, 4, 5), b.weights(3), b.weights(2, 3, 4, 5))),
                on(
                        "copy channels that are not there",
                        "channels that both",
                        (e, b) -> e.copyChannels(b.activation(2, 3, 4, 5), 2, b.activation(2, 3, 4, 5), 0, 2)),
                on(
                        "copy channels from before the first",
                        "channels that both",
                        (e, b) -> e.copyChannels(b.activation(2, 3, 4, 5), -1, b.activation(2, 3, 4, 5), 0, 2)),
                on(
                        "copy so many channels that the sum wraps",
                        "channels that both",
                        (e, b) -> e.copyChannels(
                                b.activation(2, 3, 4, 5), Integer.MAX_VALUE, b.activation(2, 3, 4, 5), 0, 2)),
                on(
                        "copy channels of another size",
                        "differ only in their channels",
                        (e, b) -> e.copyChannels(b.activation(2, 3, 4, 5), 0, b.activation(2, 3, 5, 4), 0, 2)),
                on("drop all", "probability", (e, b) -> e.dropout(b.activation(3), 1, 1, b.activation(3))));
    }

    private static Misuse on(String name, String complaint, BiConsumer<Elementwise, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.elementwise(), b));
    }

    private static void inPlace(Workbench b, Consumer<Storage> deed) {
        deed.accept(b.activation(2, 3, 4, 4));
    }

    private static List<Misuse> movement() {
        return List.of(
                move(
                        "copy from a region whose end wraps around",
                        "inside of its source",
                        (m, b) -> m.copy(
                                b.activation(9), region(0, 1 << 30, 5), b.activation(5), Region.of(Shape.of(5)))),
                move(
                        "copy from before the beginning",
                        "inside of its source",
                        (m, b) -> m.copy(b.activation(9), region(-1, 1, 5), b.activation(5), Region.of(Shape.of(5)))),
                move(
                        "copy to beyond the end",
                        "inside of its output",
                        (m, b) -> m.copy(b.activation(5), Region.of(Shape.of(5)), b.activation(9), region(5, 1, 5))),
                move(
                        "copy to one element many times",
                        "no element twice",
                        (m, b) -> m.copy(b.activation(5), Region.of(Shape.of(5)), b.activation(9), region(0, 0, 5))),
                move(
                        "copy to two axes that overlap",
                        "no element twice",
                        (m, b) -> m.copy(
                                b.activation(2, 3), Region.of(Shape.of(2, 3)), b.activation(9), axes(1, 2, 1, 3))),
                move(
                        "copy to two axes that overlap, one backwards",
                        "no element twice",
                        (m, b) -> m.copy(
                                b.activation(2, 3), Region.of(Shape.of(2, 3)), b.activation(9), axes(-1, 2, 1, 3))),
                move(
                        "copy between regions of two sizes",
                        "equal sizes",
                        (m, b) -> m.copy(b.activation(9), region(0, 1, 4), b.activation(5), Region.of(Shape.of(5)))),
                move(
                        "a sparse matrix whose rows go back",
                        "ascend",
                        (m, b) -> new SparseMatrix(5, new int[] {0, 100, 2}, new int[] {1, 2}, new float[2])),
                move(
                        "a sparse matrix of another width",
                        "the width 7",
                        (m, b) ->
                                m.multiply(SparseMatrix.selecting(7, 1, 2), b.activation(5, 3), 0, b.activation(2, 3))),
                on(
                        "a sum that does not broadcast",
                        "binary needs",
                        (e, b) -> e.binary(Binary.ADD, b.activation(3), b.activation(4), b.activation(4))),
                on(
                        "a choice by a freed condition",
                        "freed",
                        (e, b) -> e.where(b.freed(3), b.activation(3), b.activation(3), b.activation(3))),
                sums(
                        "a reduction of a dimension that is not there",
                        "dimension",
                        (r, b) -> r.reduce(Reduction.Kind.SUM, b.activation(3, 4), new int[] {2}, b.activation(3))));
    }

    /** Of a tensor of one dimension. */
    private static Region region(int origin, int step, int size) {
        return new Region(List.of(origin), List.of(new Region.Axis(0, step, size)));
    }

    /** Two axes along the only dimension, from the element 4. */
    private static Region axes(int step, int size, int step2, int size2) {
        return new Region(List.of(4), List.of(new Region.Axis(0, step, size), new Region.Axis(0, step2, size2)));
    }

    private static Misuse move(String name, String complaint, BiConsumer<Movement, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.movement(), b));
    }

    private static List<Misuse> reduction() {
        return List.of(
                sums("sum into many", "one element", (r, b) -> r.sum(b.activation(3), b.activation(2))),
                sums("sum a freed storage", "freed", (r, b) -> r.sum(b.freed(3), b.activation(1))),
                sums(
                        "dot of two shapes",
                        "one shape and role",
                        (r, b) -> r.dot(b.activation(3), b.activation(4), b.activation(1))),
                sums(
                        "sum other channels",
                        "one value for each channel",
                        (r, b) -> r.channelSum(b.activation(2, 3, 4, 5), b.weights(4))),
                sums(
                        "sum channels of another batch",
                        "one value for each channel",
                        (r, b) -> r.channelSum(b.activation(2, 3, 4, 5), b.activation(3, 3))),
                sums(
                        "channel dot of two roles",
                        "one shape and role",
                        (r, b) -> r.channelDot(b.activation(2, 3, 4, 5), b.weights(2, 3, 4, 5), b.weights(3))));
    }

    private static Misuse sums(String name, String complaint, BiConsumer<Reduction, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.reduction(), b));
    }

    private static List<Misuse> matmul() {
        return List.of(
                product(
                        "a product that does not fit",
                        "[M, K], [K, N]",
                        (m, b) -> m.matmul(b.activation(2, 3), false, b.activation(4, 5), false, b.activation(2, 5))),
                product(
                        "a product into another shape",
                        "[M, K], [K, N]",
                        (m, b) -> m.matmul(b.activation(2, 3), false, b.activation(3, 5), false, b.activation(5, 2))),
                product(
                        "a product that fits only transposed",
                        "[M, K], [K, N]",
                        (m, b) -> m.matmul(b.activation(2, 3), true, b.activation(3, 5), false, b.activation(2, 5))),
                product(
                        "a product of images",
                        "three matrices",
                        (m, b) -> m.matmul(
                                b.activation(2, 3, 4, 5), false, b.activation(3, 5), false, b.activation(2, 5))),
                product("a product in place", "in place", (m, b) -> {
                    Storage a = b.activation(3, 3);
                    m.matmul(a, false, b.activation(3, 3), false, a);
                }),
                product(
                        "a product of a freed matrix",
                        "freed",
                        (m, b) -> m.matmul(b.freed(3, 3), false, b.activation(3, 3), false, b.activation(3, 3))));
    }

    private static Misuse product(String name, String complaint, BiConsumer<Matmul, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.matmul(), b));
    }

    private static List<Misuse> loss() {
        return List.of(
                loss(
                        "softmax of images",
                        "features [N, C]",
                        (l, b) -> l.softmax(b.activation(2, 3, 4, 5), b.activation(2, 3, 4, 5))),
                loss(
                        "softmax into another shape",
                        "one shape and role",
                        (l, b) -> l.softmax(b.activation(2, 3), b.activation(3, 2))),
                loss(
                        "a cross entropy of other targets",
                        "one shape and role",
                        (l, b) -> l.crossEntropy(
                                b.activation(2, 3), b.activation(2, 4), b.activation(1), b.activation(2, 3))),
                loss(
                        "a cross entropy into many",
                        "one element",
                        (l, b) -> l.crossEntropy(
                                b.activation(2, 3), b.activation(2, 3), b.activation(2), b.activation(2, 3))),
                loss("a cross entropy in place", "in place", (l, b) -> {
                    Storage x = b.activation(2, 3);
                    l.crossEntropy(x, b.activation(2, 3), b.activation(1), x);
                }));
    }

    private static Misuse loss(String name, String complaint, BiConsumer<Loss, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.loss(), b));
    }

    private static List<Misuse> update() {
        return List.of(
                update(
                        "sgd with too few gradients",
                        "one entry for each",
                        (u, b) -> u.sgd(List.of(b.weights(3), b.weights(3)), List.of(b.weights(3)), List.of(), SGD)),
                update(
                        "sgd with momentum but no buffers",
                        "one entry for each",
                        (u, b) -> u.sgd(List.of(b.weights(3)), List.of(b.weights(3)), List.of(), SGD)),
                update(
                        "sgd with a gradient of another shape",
                        "one shape and role",
                        (u, b) -> u.sgd(List.of(b.weights(3)), List.of(b.weights(4)), List.of(b.weights(3)), SGD)),
                update(
                        "sgd with a freed buffer",
                        "freed",
                        (u, b) -> u.sgd(List.of(b.weights(3)), List.of(b.weights(3)), List.of(b.freed(3)), SGD)),
                update("sgd with a parameter twice", "twice", (u, b) -> {
                    Storage w = b.weights(3);
                    u.sgd(List.of(w, w), List.of(b.weights(3), b.weights(3)), List.of(b.weights(3), b.weights(3)), SGD);
                }),
                update(
                        "adam with squares of another shape",
                        "one shape and role",
                        (u, b) -> u.adam(
                                List.of(b.weights(3)),
                                List.of(b.weights(3)),
                                List.of(b.weights(3)),
                                List.of(b.weights(2)),
                                ADAM)),
                update(
                        "an average of a foreign value",
                        "of its own",
                        (u, b) -> u.interpolate(List.of(b.weights(3)), List.of(b.foreign(3)), 0.5f)));
    }

    private static Misuse update(String name, String complaint, BiConsumer<Update, Workbench> deed) {
        return new Misuse(name, complaint, b -> deed.accept(b.backend.update(), b));
    }
}
