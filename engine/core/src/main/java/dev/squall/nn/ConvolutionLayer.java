package dev.squall.nn;

import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.op.ConvAbn.Folded;
import dev.squall.op.RunningStatistics;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A convolution in one or several parts that can be followed by a norm, and in inference takes that into its weights. */
public abstract sealed class ConvolutionLayer extends Module permits Conv2d, MixedConv2d {
    /** All of it as one convolution, as {@link #fold} makes it. */
    public abstract ConvGeometry geometry();

    /** The convolutions that it consists of, in the order of their output's channels. */
    abstract List<Conv2d> parts();

    /** One convolution with {@code norm} in it, by the norm's running statistics; without a norm, with its own biases. */
    abstract Folded fold(@Nullable NormLayer norm);

    /** The parameters of its parts. */
    final List<Tensor> weights() {
        return parts().stream()
                .flatMap(part -> part.parameters().values().stream())
                .toList();
    }

    /** Takes {@code norm} into its weights for good, by the norm's running statistics; its parts then have biases. */
    final void absorb(NormLayer norm) {
        int from = 0;
        for (Conv2d part : parts()) {
            int to = from + part.weight().shape().dim(0);
            try (Tensor weight = slice(norm.weight(), from, to);
                    Tensor bias = slice(norm.bias(), from, to);
                    Tensor mean = slice(norm.running().mean(), from, to);
                    Tensor variance = slice(norm.running().variance(), from, to);
                    Folded folded = dev.squall.op.ConvAbn.fold(
                            part.weight(), weight, bias, new RunningStatistics(mean, variance, 0), norm.norm())) {
                part.replace(folded);
            }
            from = to;
        }
    }

    private static Tensor slice(Tensor vector, int from, int to) {
        return Tensor.buffer(Backend.of(vector), Shape.of(to - from), Arrays.copyOfRange(vector.toArray(), from, to));
    }
}
