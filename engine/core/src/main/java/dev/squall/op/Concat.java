package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Region;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joins tensors along a dimension: {@code y[.., from_k : from_k + n_k, ..] = x_k}; each dx_k is the slice of dy that it came to. */
public final class Concat {
    private Concat() {}

    /** Joins tensors along the channels: {@code [N, C_k, H, W]} or {@code [N, C_k]}. */
    public static Tensor concat(List<Tensor> inputs) {
        requireSome("concat", inputs);
        Check.imagesOrFeatures("concat", inputs.getFirst());
        return concat(inputs, 1);
    }

    /**
     * Joins tensors along a dimension.
     *
     * @param inputs at least one, of shapes that are equal but for that dimension
     * @param dimension negative ones count from the end
     */
    public static Tensor concat(List<Tensor> inputs, int dimension) {
        requireSome("concat", inputs);
        List<Tensor> joined = List.copyOf(inputs);
        Tensor first = joined.getFirst();
        int d = Dimensions.of("concat", first, dimension);
        int size = 0;
        for (Tensor x : joined) {
            Check.that(
                    x.shape().rank() == first.shape().rank()
                            && Dimensions.kept(x.shape(), d).equals(Dimensions.kept(first.shape(), d)),
                    "concat",
                    "tensors that differ only in dimension " + d,
                    first,
                    x);
            Check.sameBackend("concat", first, x);
            size += x.shape().dim(d);
        }
        int[] sizes = first.shape().toArray();
        sizes[d] = size;
        Backend backend = Backend.of(first);
        Tensor y = Broadcasting.result(Shape.of(sizes), joined.toArray(Tensor[]::new));
        int from = 0;
        for (Tensor x : joined) {
            backend.movement().copy(x.storage(), Region.of(x.shape()), y.storage(), part(y, d, from, x));
            from += x.shape().dim(d);
        }
        return Autograd.record("concat", y, joined, List.of(), dy -> {
            @Nullable Tensor[] gradients = new @Nullable Tensor[joined.size()];
            int start = 0;
            for (int k = 0; k < gradients.length; k++) {
                Tensor x = joined.get(k);
                if (x.requiresGradient()) {
                    Tensor dx = x.like();
                    backend.movement().copy(dy.storage(), part(dy, d, start, x), dx.storage(), Region.of(x.shape()));
                    gradients[k] = dx;
                }
                start += x.shape().dim(d);
            }
            return gradients;
        });
    }

    private static Region part(Tensor whole, int dimension, int from, Tensor x) {
        return Region.of(whole.shape()).sliced(dimension, from, 1, x.shape().dim(dimension));
    }

    static void requireSome(String op, List<Tensor> inputs) {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException(op + " needs at least one tensor, got none");
        }
    }
}
