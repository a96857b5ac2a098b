package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.DropPath;
import dev.squall.nn.Module;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A 1x1, a 3x3 and a widening 1x1 convolution, {@code [N, in, H, W]} to {@code [N, 4 planes, H/stride, W/stride]}:
 * {@code relu(conv3(se(conv2(conv1(x)))) + shortcut(x))}. The 3x3 has stride 1 and is blurred down; squeeze-and-excitation acts on the narrow part.
 */
final class Bottleneck extends Module {
    private static final int LEAST_REDUCED = 64;

    private final Module conv1;
    private final Module conv2;
    private final ConvAbn conv3;
    private final @Nullable Module downsample;
    private final @Nullable SqueezeExcitation se;
    private final @Nullable DropPath dropPath;

    Bottleneck(
            Backend backend, int in, int planes, int stride, boolean excited, double dropPath, TResNetConfig config) {
        int out = planes * BlockKind.BOTTLENECK.expansion();
        conv1 = child(
                "conv1",
                new ConvAbn(
                        backend,
                        ConvAbn.Config.of(in, planes, 1, 1)
                                .withActivation(config.blockActivation())
                                .withNorm(config.norm())));
        conv2 = child("conv2", Downsample.convolution(backend, planes, planes, stride, config));
        conv3 = child(
                "conv3",
                new ConvAbn(backend, ConvAbn.Config.of(planes, out, 1, 1).withNorm(config.norm())));
        conv3.zeroWeight();
        Module shortcut = Downsample.orNull(backend, in, out, stride, config);
        downsample = shortcut == null ? null : child("downsample", shortcut);
        se = excited ? child("se", new SqueezeExcitation(backend, planes, Math.max(planes / 2, LEAST_REDUCED))) : null;
        this.dropPath = Residual.dropPath(dropPath);
        if (this.dropPath != null) {
            child("drop_path", this.dropPath);
        }
    }

    @Override
    protected Tensor compute(Tensor x) {
        return compute(x, false);
    }

    @Override
    public Tensor forwardInPlace(Tensor x) {
        return run(x, images -> compute(images, true));
    }

    private Tensor compute(Tensor x, boolean inPlace) {
        Tensor shortcut = downsample == null ? x : downsample.forward(x);
        Tensor narrow = conv1.forward(x);
        Tensor y = conv2.forward(narrow);
        narrow.close();
        return Residual.end(
                se == null ? y : se.forwardInPlace(y), conv3, null, dropPath, shortcut, inPlace || downsample != null);
    }
}
