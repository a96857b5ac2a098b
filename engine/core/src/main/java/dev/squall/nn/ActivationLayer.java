package dev.squall.nn;

import dev.squall.backend.Activation;
import dev.squall.op.LeakyRelu;
import dev.squall.op.Relu;
import dev.squall.op.Sigmoid;
import dev.squall.op.Silu;
import dev.squall.tensor.Tensor;

/** An activation as a module, any shape to the same. */
public final class ActivationLayer extends Module {
    private final Activation activation;

    /** The given activation. */
    public ActivationLayer(Activation activation) {
        this.activation = activation;
    }

    @Override
    protected Tensor compute(Tensor x) {
        return activate(x, activation);
    }

    /** The activation of {@code x}, as a new tensor unless it is the identity. */
    static Tensor activate(Tensor x, Activation activation) {
        return switch (activation.kind()) {
            case IDENTITY -> x;
            case RELU -> Relu.relu(x);
            case LEAKY_RELU -> LeakyRelu.leakyRelu(x, activation.slope());
            case SIGMOID -> Sigmoid.sigmoid(x);
            case SILU -> Silu.silu(x);
        };
    }

    /** The same for a tensor of which the caller has no further use, and which its producer does not need either: in place if possible. */
    static Tensor activateOwn(Tensor x, Activation activation) {
        return switch (activation.kind()) {
            case RELU -> Relu.reluInPlace(x);
            case LEAKY_RELU -> LeakyRelu.leakyReluInPlace(x, activation.slope());
            case IDENTITY, SIGMOID, SILU -> activate(x, activation);
        };
    }
}
