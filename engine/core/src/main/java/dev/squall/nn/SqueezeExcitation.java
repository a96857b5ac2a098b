package dev.squall.nn;

import static dev.squall.op.ExciteAddRelu.exciteAddRelu;
import static dev.squall.op.ExciteAddRelu.exciteAddReluInPlace;
import static dev.squall.op.GlobalAveragePool.globalAveragePoolKeepDims;
import static dev.squall.op.MultiplyChannels.multiplyChannels;
import static dev.squall.op.MultiplyChannels.multiplyChannelsInPlace;
import static dev.squall.op.Relu.reluInPlace;
import static dev.squall.op.Sigmoid.sigmoid;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.tensor.Tensor;

/**
 * Squeeze and excitation (Hu et al. 2018), {@code [N, C, H, W]} to the same: {@code y = x * sigmoid(fc2(relu(fc1(mean of each plane))))}.
 * Children {@code fc1} and {@code fc2}: 1x1 convolutions with bias from C to R channels and back.
 */
public final class SqueezeExcitation extends Module {
    private final Conv2d fc1;
    private final Conv2d fc2;

    /** For images of {@code channels} channels, through a bottleneck of {@code reduced}. */
    public SqueezeExcitation(Backend backend, int channels, int reduced) {
        ConvGeometry pointwise = ConvGeometry.square(1, 1, 0);
        fc1 = child("fc1", new Conv2d(backend, channels, reduced, pointwise, true));
        fc2 = child("fc2", new Conv2d(backend, reduced, channels, pointwise, true));
    }

    @Override
    protected Tensor compute(Tensor x) {
        // Not in place: the backward pass needs x for the gate's gradient, and an Inplace-ABN before may need it too.
        return multiplyChannels(x, gate(x));
    }

    /** {@link #forward}, which overwrites {@code x} unless a gradient is asked for; use the result in its place. */
    public Tensor forwardInPlace(Tensor x) {
        return run(
                x, images -> Autograd.isRecording() ? compute(images) : multiplyChannelsInPlace(images, gate(images)));
    }

    /**
     * The end of a residual block: {@code relu(forward(x) + residual)} in one pass, which overwrites {@code x} unless a gradient is asked for.
     *
     * @param residual of x's shape
     */
    public Tensor forwardAddRelu(Tensor x, Tensor residual) {
        return run(
                x,
                images -> Autograd.isRecording()
                        ? exciteAddRelu(images, gate(images), residual)
                        : exciteAddReluInPlace(images, gate(images), residual));
    }

    private Tensor gate(Tensor x) {
        Tensor squeezed = reluInPlace(fc1.forward(globalAveragePoolKeepDims(x)));
        return sigmoid(fc2.forward(squeezed));
    }
}
