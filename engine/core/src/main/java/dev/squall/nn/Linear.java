package dev.squall.nn;

import static dev.squall.op.Linear.linear;

import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A fully connected layer, {@code [N, in]} to {@code [N, out]}. Parameters: {@code weight [out, in]} and, if there is one, {@code bias
 * [out]}. Unless told otherwise both are drawn from U(-1/sqrt(in), 1/sqrt(in)), as in PyTorch.
 */
public final class Linear extends Module {
    private final Tensor weight;
    private final @Nullable Tensor bias;

    /** From {@code in} to {@code out} features, with a bias and PyTorch's first values. */
    public Linear(Backend backend, int in, int out) {
        this(backend, in, out, Init.standard(), Init.uniformFanIn(in));
    }

    /**
     * From {@code in} to {@code out} features.
     *
     * @param weightInit where the first weights come from
     * @param biasInit the same for the bias; null for a layer without one
     */
    public Linear(Backend backend, int in, int out, Init weightInit, @Nullable Init biasInit) {
        weight = parameter(backend, "weight", Shape.of(out, in), weightInit);
        bias = biasInit == null ? null : parameter(backend, "bias", Shape.of(out), biasInit);
    }

    /** Lets {@link #initialise} draw the weights from {@code init} from now on. */
    public Linear weightsFrom(Init init) {
        setInit("weight", init);
        return this;
    }

    /** Lets {@link #initialise} begin with a bias of 0, if there is one. */
    public Linear biasFromZero() {
        if (bias != null) {
            setInit("bias", Init.constant(0));
        }
        return this;
    }

    /** The weights, {@code [out, in]}. */
    public Tensor weight() {
        return weight;
    }

    /** {@code [out]}, or null if there is none. */
    public @Nullable Tensor bias() {
        return bias;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return linear(x, weight, bias);
    }
}
