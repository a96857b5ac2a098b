package dev.squall.nn;

import static dev.squall.op.Linear.linear;

import dev.squall.backend.Backend;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;

/**
 * A fully connected layer, {@code [N, in]} to {@code [N, out]}. Parameters: {@code weight [out, in]}, drawn from N(0, 0.01^2) as in
 * TResNet's head, and {@code bias [out]}, drawn from U(-1/sqrt(in), 1/sqrt(in)).
 */
public final class Linear extends Module {
    private static final double STANDARD_DEVIATION = 0.01;

    private final Tensor weight;
    private final Tensor bias;

    /** From {@code in} to {@code out} features. */
    public Linear(Backend backend, int in, int out) {
        weight = parameter(backend, "weight", Shape.of(out, in), Init.normal(STANDARD_DEVIATION));
        bias = parameter(backend, "bias", Shape.of(out), Init.uniformFanIn(in));
    }

    /** {@code [out, in]}. */
    public Tensor weight() {
        return weight;
    }

    /** {@code [out]}. */
    public Tensor bias() {
        return bias;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return linear(x, weight, bias);
    }
}
