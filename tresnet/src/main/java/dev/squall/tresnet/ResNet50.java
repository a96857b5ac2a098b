package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.MaxPool;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ResNet-50, {@code [N, 3, H, W]} images to {@code [N, classes]} logits: He et al., "Deep Residual Learning for Image Recognition" (2015), with
 * the stride in the 3x3 convolutions. The modules, and so the parameters, are named as in timm.
 */
public final class ResNet50 extends Module {
    private static final int STEM = 64;
    private static final int EXPANSION = 4;
    private static final int[] BLOCKS = {3, 4, 6, 3};

    private final Module stem;
    private final Module pool = new MaxPool(PoolGeometry.square(3, 2, 1));
    private final List<Module> stages = new ArrayList<>();
    private final Module globalPool;
    private final Module classifier;

    /** A network whose parameters are zero until it is {@linkplain #initialise initialised} or loaded. */
    public ResNet50(Backend backend, int classes) {
        stem = group(convolution(backend, 3, STEM, 7, 2, Activation.RELU, "1"));
        child("maxpool", pool);
        int channels = STEM;
        for (int s = 0; s < BLOCKS.length; s++) {
            int planes = STEM << s;
            List<Module> blocks = new ArrayList<>();
            for (int b = 0; b < BLOCKS[s]; b++) {
                blocks.add(new Block(backend, channels, planes, b == 0 && s > 0 ? 2 : 1));
                channels = EXPANSION * planes;
            }
            stages.add(child("layer" + (s + 1), new Sequential(blocks)));
        }
        globalPool = child("global_pool", new GlobalAveragePool());
        classifier = child("fc", new Linear(backend, channels, classes));
        FirstValues.ofConvolutions(this);
    }

    private static ConvAbn convolution(
            Backend backend, int in, int out, int kernel, int stride, Activation activation, String number) {
        ConvAbn.Config config = ConvAbn.Config.of(in, out, kernel, stride)
                .withActivation(activation)
                .withNorm(NormKind.BATCHNORM);
        return new ConvAbn(backend, config, "conv" + number, "bn" + number);
    }

    @Override
    protected Tensor compute(Tensor x) {
        Tensor maps = then(pool, stem.forward(x));
        for (Module stage : stages) {
            maps = then(stage, maps);
        }
        return then(classifier, then(globalPool, maps));
    }

    /** Applies {@code module} and lets go of its input, which nothing else reads. */
    private static Tensor then(Module module, Tensor x) {
        Tensor y = module.forward(x);
        x.close();
        return y;
    }

    /** {@code [N, in, H, W]} to {@code [N, 4 planes, H/stride, W/stride]}: {@code relu(conv3(conv2(conv1(x))) + shortcut(x))}. */
    private static final class Block extends Module {
        private final Module conv1;
        private final Module conv2;
        private final ConvAbn conv3;
        private final @Nullable Module downsample;

        Block(Backend backend, int in, int planes, int stride) {
            int out = EXPANSION * planes;
            conv1 = group(convolution(backend, in, planes, 1, 1, Activation.RELU, "1"));
            conv2 = group(convolution(backend, planes, planes, 3, stride, Activation.RELU, "2"));
            conv3 = group(convolution(backend, planes, out, 1, 1, Activation.IDENTITY, "3"));
            conv3.zeroWeight();
            downsample = stride == 1 && in == out
                    ? null
                    : child(
                            "downsample",
                            new ConvAbn(
                                    backend,
                                    ConvAbn.Config.of(in, out, 1, stride).withNorm(NormKind.BATCHNORM)));
        }

        @Override
        protected Tensor compute(Tensor x) {
            Tensor shortcut = downsample == null ? x : downsample.forward(x);
            return conv3.forwardAddRelu(then(conv2, conv1.forward(x)), shortcut);
        }
    }
}
