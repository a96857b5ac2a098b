package dev.squall.nn;

import dev.squall.backend.Activation;
import dev.squall.op.Gelu;
import dev.squall.op.HardSigmoid;
import dev.squall.op.HardSwish;
import dev.squall.op.LeakyRelu;
import dev.squall.op.Relu;
import dev.squall.op.Relu6;
import dev.squall.op.Sigmoid;
import dev.squall.op.Silu;
import dev.squall.op.Tanh;
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
            case RELU6 -> Relu6.relu6(x);
            case HARD_SIGMOID -> HardSigmoid.hardSigmoid(x);
            case HARD_SWISH -> HardSwish.hardSwish(x);
            case TANH -> Tanh.tanh(x);
            case GELU -> Gelu.gelu(x);
            case GELU_TANH -> Gelu.geluTanh(x);
        };
    }

    /** The same for a tensor of which the caller has no further use, and which its producer does not need either: in place if possible. */
    static Tensor activateOwn(Tensor x, Activation activation) {
        return switch (activation.kind()) {
            case RELU -> Relu.reluInPlace(x);
            case LEAKY_RELU -> LeakyRelu.leakyReluInPlace(x, activation.slope());
            case RELU6 -> Relu6.relu6InPlace(x);
            case IDENTITY, SIGMOID, SILU, HARD_SIGMOID, HARD_SWISH, TANH, GELU, GELU_TANH -> activate(x, activation);
        };
    }
}
