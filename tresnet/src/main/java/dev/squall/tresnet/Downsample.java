package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.AveragePool;
import dev.squall.nn.BlurredConvAbn;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.tresnet.TResNetConfig.Downsampling;
import org.jspecify.annotations.Nullable;

/**
 * The shortcut of a block that changes the resolution or the number of channels, {@code [N, in, H, W]} to {@code [N, out, ceil(H/2),
 * ceil(W/2)]} (or {@code [N, out, H, W]}): averages of 2x2 pixels, then a 1x1 convolution and a norm without activation. In a network that halves
 * the resolution with strides, the convolution does so here too.
 */
final class Downsample {
    private Downsample() {}

    /** The shortcut, or null where the block's input can be added as it is. */
    static @Nullable Module orNull(Backend backend, int in, int out, int stride, TResNetConfig config) {
        if (stride == 1 && in == out) {
            return null;
        }
        boolean averages = stride > 1 && config.downsampling() == Downsampling.BLUR;
        ConvAbn convolution = new ConvAbn(
                backend, ConvAbn.Config.of(in, out, 1, averages ? 1 : stride).withNorm(config.norm()));
        return averages
                ? new Sequential(
                        new AveragePool(PoolGeometry.square(stride, stride, 0).ceil()), convolution)
                : new Sequential(convolution);
    }

    /** A 3x3 convolution with norm and activation that halves the resolution if {@code stride} is 2, with a blur or by itself. */
    static Module convolution(Backend backend, int in, int out, int stride, TResNetConfig config) {
        boolean blurs = stride > 1 && config.downsampling() == Downsampling.BLUR;
        ConvAbn.Config convolution = ConvAbn.Config.of(in, out, 3, blurs ? 1 : stride)
                .withActivation(config.blockActivation())
                .withNorm(config.norm());
        return blurs ? new BlurredConvAbn(backend, convolution) : new ConvAbn(backend, convolution);
    }
}
