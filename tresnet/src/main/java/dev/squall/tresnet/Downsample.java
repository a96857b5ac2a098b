package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.AveragePool;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import org.jspecify.annotations.Nullable;

/**
 * The shortcut of a block that changes the resolution or the number of channels, {@code [N, in, H, W]} to {@code [N, out, ceil(H/2),
 * ceil(W/2)]} (or {@code [N, out, H, W]}): averages of 2x2 pixels, then a 1x1 convolution and a norm without activation.
 */
final class Downsample {
    private Downsample() {}

    /** The shortcut, or null where the block's input can be added as it is. */
    static @Nullable Module orNull(Backend backend, int in, int out, int stride, NormKind norm) {
        if (stride == 1 && in == out) {
            return null;
        }
        ConvAbn convolution =
                new ConvAbn(backend, ConvAbn.Config.of(in, out, 1, 1).withNorm(norm));
        return stride == 1
                ? new Sequential(convolution)
                : new Sequential(
                        new AveragePool(PoolGeometry.square(stride, stride, 0).ceil()), convolution);
    }
}
