package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.Region;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lays tensors of one shape side by side along a new dimension; each dx_k is the slice of dy that it came to. */
public final class Stack {
    private Stack() {}

    /**
     * Stacks tensors.
     *
     * @param inputs at least one, of one shape
     * @param dimension where the new dimension stands in the result; negative ones count from the end
     */
    public static Tensor stack(List<Tensor> inputs, int dimension) {
        Concat.requireSome("stack", inputs);
        List<Tensor> stacked = List.copyOf(inputs);
        Tensor first = stacked.getFirst();
        int rank = first.shape().rank();
        int d = Dimensions.of("stack", dimension, rank + 1);
        int[] sizes = new int[rank + 1];
        for (int i = 0; i <= rank; i++) {
            sizes[i] = i == d ? stacked.size() : first.shape().dim(i < d ? i : i - 1);
        }
        for (Tensor x : stacked) {
            Check.that(x.shape().equals(first.shape()), "stack", "tensors of one shape", first, x);
            Check.sameBackend("stack", first, x);
        }
        Backend backend = Backend.of(first);
        Tensor y = Broadcasting.result(Shape.of(sizes), stacked.toArray(Tensor[]::new));
        for (int k = 0; k < stacked.size(); k++) {
            Tensor x = stacked.get(k);
            backend.movement()
                    .copy(
                            x.storage(),
                            Region.of(x.shape()),
                            y.storage(),
                            Region.of(y.shape()).at(d, k));
        }
        return Autograd.record("stack", y, stacked, List.of(), dy -> {
            @Nullable Tensor[] gradients = new @Nullable Tensor[stacked.size()];
            for (int k = 0; k < gradients.length; k++) {
                Tensor x = stacked.get(k);
                if (x.requiresGradient()) {
                    Tensor dx = x.like();
                    backend.movement()
                            .copy(dy.storage(), Region.of(dy.shape()).at(d, k), dx.storage(), Region.of(x.shape()));
                    gradients[k] = dx;
                }
            }
            return gradients;
        });
    }
}
