package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.nn.BlurredConvAbn;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Module;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two 3x3 convolutions, {@code [N, in, H, W]} to {@code [N, planes, H/stride, W/stride]}: {@code relu(se(conv2(conv1(x))) + shortcut(x))}. Both
 * convolutions have stride 1; the halving is done by a blur after the first.
 */
final class BasicBlock extends Module {
    private static final int LEAST_REDUCED = 64;

    private final Module conv1;
    private final ConvAbn conv2;
    private final @Nullable Module downsample;
    private final @Nullable SqueezeExcitation se;

    BasicBlock(Backend backend, int in, int planes, int stride, boolean excited, TResNetConfig config) {
        ConvAbn.Config first = ConvAbn.Config.of(in, planes, 3, 1)
                .withActivation(Activation.leakyRelu(config.blockSlope()))
                .withNorm(config.norm());
        conv1 = child("conv1", stride == 1 ? new ConvAbn(backend, first) : new BlurredConvAbn(backend, first));
        conv2 = child(
                "conv2",
                new ConvAbn(backend, ConvAbn.Config.of(planes, planes, 3, 1).withNorm(config.norm())));
        conv2.zeroWeight();
        Module shortcut = Downsample.orNull(backend, in, planes, stride, config.norm());
        downsample = shortcut == null ? null : child("downsample", shortcut);
        se = excited ? child("se", new SqueezeExcitation(backend, planes, Math.max(planes / 4, LEAST_REDUCED))) : null;
    }

    @Override
    protected Tensor compute(Tensor x) {
        Tensor shortcut = downsample == null ? x : downsample.forward(x);
        Tensor narrow = conv1.forward(x);
        if (se == null) {
            return conv2.forwardAddRelu(narrow, shortcut);
        }
        Tensor y = conv2.forward(narrow);
        narrow.close();
        return se.forwardAddRelu(y, shortcut);
    }
}
