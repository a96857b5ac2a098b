package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Dropout;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.MaxPool;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A ResNet of the kind that {@link ResNetConfig} describes, {@code [N, C, H, W]} images to {@code [N, classes]} logits:
 *
 * <pre>
 * stem -> maxpool -> layer1 -> layer2 -> layer3 -> layer4 -> global_pool -> fc
 *  H/2      H/4        H/4       H/8      H/16      H/32
 * </pre>
 *
 * The modules, and so the parameters, are named as in timm.
 */
public final class ResNet extends ImageNetwork {
    private static final int[] BLOCKS = {3, 4, 6, 3};

    private final ResNetConfig config;
    private final List<Module> body = new ArrayList<>();
    private final List<Module> head = new ArrayList<>();

    /** A network whose parameters are zero until it is {@linkplain #initialise initialised} or loaded. */
    public ResNet(Backend backend, ResNetConfig config) {
        this.config = config;
        for (Module convolution : stem(backend, config)) {
            body.add(group(convolution));
        }
        body.add(child("maxpool", new MaxPool(PoolGeometry.square(3, 2, 1))));
        int channels = ResNetConfig.PLANES;
        int block = 0;
        int blocks = Arrays.stream(BLOCKS).sum();
        for (int s = 0; s < BLOCKS.length; s++) {
            int planes = ResNetConfig.PLANES << s;
            List<Module> stage = new ArrayList<>();
            for (int b = 0; b < BLOCKS[s]; b++) {
                int stride = b == 0 && s > 0 ? 2 : 1;
                double dropPath = config.regularisation().dropPath() * block++ / (blocks - 1);
                stage.add(new ResNetBlock(backend, channels, planes, stride, dropPath, config));
                channels = ResNetBlock.EXPANSION * planes;
            }
            body.add(child("layer" + (s + 1), new Sequential(stage)));
        }
        head.add(child("global_pool", new GlobalAveragePool()));
        if (config.regularisation().dropout() > 0) {
            head.add(
                    child("dropout", new Dropout((float) config.regularisation().dropout())));
        }
        head.add(child("fc", new Linear(backend, channels, config.classes())));
        FirstValues.ofConvolutions(this);
    }

    private static List<Module> stem(Backend backend, ResNetConfig config) {
        int in = config.inputChannels();
        int out = ResNetConfig.PLANES;
        return switch (config.stem()) {
            case CONV_7X7 -> List.of(convolution(backend, in, out, 7, 2, "conv1", "bn1"));
            case THREE_CONV_3X3 ->
                List.of(
                        convolution(backend, in, out / 2, 3, 2, "conv1.0", "conv1.1"),
                        convolution(backend, out / 2, out / 2, 3, 1, "conv1.3", "conv1.4"),
                        convolution(backend, out / 2, out, 3, 1, "conv1.6", "bn1"));
            case SPACE_TO_DEPTH -> throw new IllegalArgumentException("a ResNet begins with convolutions of stride 2");
        };
    }

    private static ConvAbn convolution(
            Backend backend, int in, int out, int kernel, int stride, String convolution, String norm) {
        ConvAbn.Config config = ConvAbn.Config.of(in, out, kernel, stride)
                .withActivation(Activation.RELU)
                .withNorm(NormKind.BATCHNORM);
        return new ConvAbn(backend, config, convolution, norm);
    }

    /** As timm has them: the stem, each block, the classifier. */
    @Override
    public List<List<String>> layers() {
        List<List<String>> layers = new ArrayList<>(List.of(List.of("conv1", "bn1")));
        for (int s = 0; s < BLOCKS.length; s++) {
            for (int b = 0; b < BLOCKS[s]; b++) {
                layers.add(List.of("layer" + (s + 1) + "." + b));
            }
        }
        layers.add(List.of("fc"));
        return layers;
    }

    @Override
    public ResNetConfig config() {
        return config;
    }

    @Override
    protected Tensor body(Tensor images) {
        return Sequential.inTurn(body, images);
    }

    @Override
    protected Tensor head(Tensor maps) {
        return Sequential.inTurn(head, maps);
    }
}
