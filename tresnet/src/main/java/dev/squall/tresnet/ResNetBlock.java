package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.AveragePool;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.DropPath;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.nn.SqueezeExcitation;
import dev.squall.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bottleneck, {@code [N, in, H, W]} to {@code [N, 4 planes, ceil(H/stride), ceil(W/stride)]}: {@code relu(se(conv3(conv2(conv1(x)))) +
 * shortcut(x))} with a 1x1, a 3x3 and a widening 1x1 convolution. The 3x3 has the stride and the groups.
 */
final class ResNetBlock extends Module {
    /** The channels of the output, divided by the planes. */
    static final int EXPANSION = 4;

    private static final int REDUCTION = 16;
    private static final int REDUCED_STEP = 8;

    private final ConvAbn conv1;
    private final ConvAbn conv2;
    private final ConvAbn conv3;
    private final @Nullable SqueezeExcitation se;
    private final @Nullable Module downsample;
    private final @Nullable DropPath dropPath;

    ResNetBlock(Backend backend, int in, int planes, int stride, double dropPath, ResNetConfig config) {
        int width = config.width(planes);
        int out = EXPANSION * planes;
        ConvAbn.Config grouped = plain(width, width, 3, stride).withGroups(config.groups());
        conv1 = group(new ConvAbn(backend, plain(in, width, 1, 1).withActivation(Activation.RELU), "conv1", "bn1"));
        conv2 = group(new ConvAbn(backend, grouped.withActivation(Activation.RELU), "conv2", "bn2"));
        conv3 = group(new ConvAbn(backend, plain(width, out, 1, 1), "conv3", "bn3").zeroWeight());
        se = config.squeezeExcitation()
                ? child("se", new SqueezeExcitation(backend, out, Widths.nearest(out / REDUCTION, REDUCED_STEP)))
                : null;
        downsample = stride == 1 && in == out
                ? null
                : child("downsample", shortcut(backend, in, out, stride, config.averagedShortcut()));
        this.dropPath = Residual.dropPath(dropPath);
        if (this.dropPath != null) {
            child("drop_path", this.dropPath);
        }
    }

    private static ConvAbn.Config plain(int in, int out, int kernel, int stride) {
        return ConvAbn.Config.of(in, out, kernel, stride).withNorm(NormKind.BATCHNORM);
    }

    /** From a block's input to its output, in the places that the checkpoint has for them. */
    private static Module shortcut(Backend backend, int in, int out, int stride, boolean averaged) {
        if (!averaged) {
            return new ConvAbn(backend, plain(in, out, 1, stride));
        }
        return new AveragedShortcut(backend, in, out, stride);
    }

    /** As ResNet-D has it: averages of 2x2 pixels where the block halves the resolution, then the convolution. */
    private static final class AveragedShortcut extends Module {
        private final List<Module> modules;

        AveragedShortcut(Backend backend, int in, int out, int stride) {
            AveragePool average =
                    new AveragePool(PoolGeometry.square(stride, stride, 0).ceil());
            ConvAbn convolution = new ConvAbn(backend, plain(in, out, 1, 1), "1", "2");
            modules = stride == 1 ? List.of(group(convolution)) : List.of(child("0", average), group(convolution));
        }

        @Override
        protected Tensor compute(Tensor x) {
            return Sequential.inTurn(modules, x);
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
        Tensor y = Sequential.inTurn(List.of(conv1, conv2), x);
        return Residual.end(y, conv3, se, dropPath, shortcut, inPlace || downsample != null);
    }
}
