package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Region;
import dev.squall.backend.SparseMatrix;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images and other tensors with a margin: a constant, the nearest element (replicate), or the elements beyond the border mirrored at it (reflect). A
 * negative margin cuts off. dx is the part of dy that came from x, with what a border gave to the margin added to it.
 */
public final class Pad {
    private Pad() {}

    /** What the margin is made of. */
    public enum Mode {
        /** The nearest element: a a | a b c | c c. */
        REPLICATE,
        /** A mirror at the first and last element, which is not repeated: c b | a b c | b a. */
        REFLECT
    }

    /**
     * Surrounds {@code x} by a constant.
     *
     * @param before for each dimension, how many elements to put in front
     * @param after for each dimension, how many to put behind
     */
    public static Tensor pad(Tensor x, int[] before, int[] after, float value) {
        Shape shape = padded(x, before, after);
        Region inside = Region.of(x.shape());
        Region target = Region.of(shape);
        for (int d = 0; d < before.length; d++) {
            int from = Math.max(0, -before[d]);
            int kept = x.shape().dim(d) - from - Math.max(0, -after[d]);
            Check.that(kept >= 1, "pad", "elements left of dimension " + d, x);
            inside = inside.sliced(d, from, 1, kept);
            target = target.sliced(d, Math.max(0, before[d]), 1, kept);
        }
        return padded(x, inside, shape, target, value);
    }

    private static Tensor padded(Tensor x, Region inside, Shape shape, Region target, float value) {
        Backend backend = Backend.of(x);
        Tensor y = Tensor.of(backend.allocate(shape, x.role()));
        backend.fill(y.storage(), value);
        backend.movement().copy(x.storage(), inside, y.storage(), target);
        return Autograd.record("pad", y, List.of(x), List.of(), dy -> {
            Tensor dx = x.like();
            backend.fill(dx.storage(), 0f);
            backend.movement().copy(dy.storage(), target, dx.storage(), inside);
            return new Tensor[] {dx};
        });
    }

    /**
     * Surrounds {@code x} by its own elements.
     *
     * @param before for each dimension, how many elements to put in front; for {@link Mode#REFLECT} fewer than there are
     * @param after for each dimension, how many to put behind, likewise
     */
    public static Tensor pad(Tensor x, int[] before, int[] after, Mode mode) {
        Shape shape = padded(x, before, after);
        Tensor y = x;
        for (int d = 0; d < before.length; d++) {
            int size = x.shape().dim(d);
            Check.that(
                    mode == Mode.REPLICATE || before[d] < size && after[d] < size,
                    "pad",
                    "a margin smaller than dimension " + d + " to reflect, not " + before[d] + " and " + after[d] + ",",
                    x);
            if (before[d] != 0 || after[d] != 0) {
                int first = -before[d];
                int[] sources = IntStream.range(first, first + shape.dim(d))
                        .map(i -> source(i, size, mode))
                        .toArray();
                y = SparseProduct.apply("pad", SparseMatrix.selecting(size, sources), y, d);
            }
        }
        return y == x ? Scale.scale(1f, x) : y;
    }

    private static int source(int i, int size, Mode mode) {
        if (mode == Mode.REPLICATE) {
            return Math.clamp(i, 0, size - 1);
        }
        int mirrored = Math.abs(i);
        return mirrored < size ? mirrored : 2 * (size - 1) - mirrored;
    }

    private static Shape padded(Tensor x, int[] before, int[] after) {
        int rank = x.shape().rank();
        if (before.length != rank || after.length != rank) {
            throw new IllegalArgumentException("pad needs a margin before and after each dimension of " + x.shape()
                    + ", got " + Arrays.toString(before) + " and " + Arrays.toString(after));
        }
        int[] sizes = IntStream.range(0, rank)
                .map(d -> x.shape().dim(d) + before[d] + after[d])
                .toArray();
        if (Arrays.stream(sizes).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("pad needs elements left in each dimension of " + x.shape()
                    + ", got the margins " + Arrays.toString(before) + " and " + Arrays.toString(after));
        }
        return Shape.of(sizes);
    }
}
