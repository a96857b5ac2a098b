package dev.squall.nn;

import dev.squall.backend.Backend;
import dev.squall.tensor.Tensor;

/**
 * A {@link ConvAbn} and a {@link BlurPool}, {@code [N, in, H, W]} to {@code [N, out, ceil(H'/2), ceil(W'/2)]}; the children are called "0" and "1".
 * In evaluation mode without gradients they are one pass.
 */
public final class BlurredConvAbn extends Module {
    private final ConvAbn convolution;
    private final BlurPool blur;

    /** With the given settings of the convolution. */
    public BlurredConvAbn(Backend backend, ConvAbn.Config config) {
        convolution = child("0", new ConvAbn(backend, config));
        blur = child("1", new BlurPool());
    }

    @Override
    protected Tensor compute(Tensor x) {
        return convolution.fuses(x) ? convolution.forwardBlurred(x) : blur.forward(convolution.forward(x));
    }
}
