package dev.squall.op;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joins tensors along the channels: {@code y[:, from_k : from_k + C_k] = x_k}; each dx_k is the slice of dy that it came to. */
public final class Concat {
    private Concat() {}

    /**
     * Joins tensors along the channels.
     *
     * @param inputs at least one, all {@code [N, C_k, H, W]} or all {@code [N, C_k]}, equal but for C_k
     * @return the same with the sum of all C_k channels
     */
    public static Tensor concat(List<Tensor> inputs) {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("concat needs at least one tensor, got none");
        }
        Tensor first = inputs.getFirst();
        Backend backend = Backend.of(first);
        int channels = 0;
        for (Tensor x : inputs) {
            Check.imagesOrFeatures("concat", x);
            Check.that(
                    x.shape().withChannels(1).equals(first.shape().withChannels(1)),
                    "concat",
                    "tensors that differ only in their channels",
                    first,
                    x);
            Check.sameBackend("concat", first, x);
            channels += x.shape().channels();
        }
        Tensor y = Tensor.empty(backend, first.shape().withChannels(channels));
        int to = 0;
        for (Tensor x : inputs) {
            backend.elementwise()
                    .copyChannels(x.storage(), 0, y.storage(), to, x.shape().channels());
            to += x.shape().channels();
        }
        List<Tensor> joined = List.copyOf(inputs);
        return Autograd.record("concat", y, joined, List.of(), dy -> {
            @Nullable Tensor[] gradients = new @Nullable Tensor[joined.size()];
            int from = 0;
            for (int k = 0; k < gradients.length; k++) {
                Tensor x = joined.get(k);
                if (x.requiresGradient()) {
                    Tensor dx = x.like();
                    backend.elementwise()
                            .copyChannels(
                                    dy.storage(),
                                    from,
                                    dx.storage(),
                                    0,
                                    x.shape().channels());
                    gradients[k] = dx;
                }
                from += x.shape().channels();
            }
            return gradients;
        });
    }
}
