package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.DropPath;
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
    private final @Nullable DropPath dropPath;

    BasicBlock(
            Backend backend, int in, int planes, int stride, boolean excited, double dropPath, TResNetConfig config) {
        conv1 = child("conv1", Downsample.convolution(backend, in, planes, stride, config));
        conv2 = child(
                "conv2",
                new ConvAbn(backend, ConvAbn.Config.of(planes, planes, 3, 1).withNorm(config.norm())));
        conv2.zeroWeight();
        Module shortcut = Downsample.orNull(backend, in, planes, stride, config);
        downsample = shortcut == null ? null : child("downsample", shortcut);
        se = excited ? child("se", new SqueezeExcitation(backend, planes, Math.max(planes / 4, LEAST_REDUCED))) : null;
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
        return Residual.end(narrow, conv2, se, dropPath, shortcut, inPlace || downsample != null);
    }
}
