package dev.squall.nn;

import static dev.squall.op.ExciteAddRelu.exciteAddRelu;
import static dev.squall.op.ExciteAddRelu.exciteAddReluInPlace;
import static dev.squall.op.GlobalAveragePool.globalAveragePoolKeepDims;
import static dev.squall.op.MultiplyChannels.multiplyChannels;
import static dev.squall.op.MultiplyChannels.multiplyChannelsInPlace;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.tensor.Tensor;

/**
 * Squeeze and excitation (Hu et al. 2018), {@code [N, C, H, W]} to the same: {@code y = x * gate(fc2(f(fc1(mean of each plane))))}. The children
 * are 1x1 convolutions with bias from C to R channels and back.
 */
public final class SqueezeExcitation extends Module {
    private final Config config;
    private final Conv2d fc1;
    private final Conv2d fc2;

    /**
     * The settings.
     *
     * @param channels C
     * @param reduced R
     * @param activation f, between the two convolutions
     * @param gate sigmoid, or something like it
     * @param first name of the convolution to R channels
     * @param second name of that back to C
     */
    public record Config(
            int channels, int reduced, Activation activation, Activation gate, String first, String second) {}

    /** With ReLU and sigmoid, and children {@code fc1} and {@code fc2}. */
    public SqueezeExcitation(Backend backend, int channels, int reduced) {
        this(backend, new Config(channels, reduced, Activation.RELU, Activation.SIGMOID, "fc1", "fc2"));
    }

    /** With the given settings. */
    public SqueezeExcitation(Backend backend, Config config) {
        this.config = config;
        ConvGeometry pointwise = ConvGeometry.square(1, 1, 0);
        fc1 = child(config.first, new Conv2d(backend, config.channels, config.reduced, pointwise, true));
        fc2 = child(config.second, new Conv2d(backend, config.reduced, config.channels, pointwise, true));
    }

    @Override
    protected Tensor compute(Tensor x) {
        // Not in place: the backward pass needs x for the gate's gradient, and an Inplace-ABN before may need it too.
        return multiplyChannels(x, gate(x));
    }

    @Override
    public Tensor forwardInPlace(Tensor x) {
        return run(x, images -> isRecorded(images) ? compute(images) : multiplyChannelsInPlace(images, gate(images)));
    }

    /**
     * The end of a residual block: {@code relu(forward(x) + residual)} in one pass, which overwrites {@code x} unless a gradient is asked for.
     *
     * @param residual of x's shape
     */
    public Tensor forwardAddRelu(Tensor x, Tensor residual) {
        return run(
                x,
                images -> isRecorded(images, residual)
                        ? exciteAddRelu(images, gate(images), residual)
                        : exciteAddReluInPlace(images, gate(images), residual));
    }

    /** The factor of each channel, {@code [N, C, 1, 1]}. */
    Tensor gate(Tensor x) {
        Tensor squeezed = fc1.forward(globalAveragePoolKeepDims(x), config.activation);
        return fc2.forward(squeezed, config.gate);
    }
}
