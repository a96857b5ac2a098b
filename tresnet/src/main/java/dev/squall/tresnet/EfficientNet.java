package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.backend.ConvGeometry;
import dev.squall.nn.ActivationLayer;
import dev.squall.nn.Conv2d;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Dropout;
import dev.squall.nn.Flatten;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Linear;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.nn.Sequential;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of the kind that {@link EfficientNetConfig} describes, {@code [N, C, H, W]} images to {@code [N, classes]} logits:
 *
 * <pre>
 * conv_stem -> blocks.0 ... blocks.6 -> conv_head -> global_pool -> classifier
 *    H/2                      H/32
 * </pre>
 *
 * MobileNetV3 averages before conv_head. The modules, and so the parameters, are named as in timm.
 */
public final class EfficientNet extends ImageNetwork {
    private final EfficientNetConfig config;
    private final List<Module> body = new ArrayList<>();
    private final List<Module> head = new ArrayList<>();

    /** A network whose parameters are zero until it is {@linkplain #initialise initialised} or loaded. */
    public EfficientNet(Backend backend, EfficientNetConfig config) {
        this.config = config;
        ConvAbn.Config stem = plain(config.inputChannels(), config.stemChannels(), 3, 2, config.stemActivation());
        body.add(group(new ConvAbn(backend, stem, "conv_stem", "bn1")));
        List<Module> stages = new ArrayList<>();
        int channels = config.stemChannels();
        int block = 0;
        for (List<MobileBlock> rows : config.stages()) {
            List<Module> stage = new ArrayList<>();
            for (MobileBlock row : rows) {
                for (MobileBlock each : row.each()) {
                    double dropPath = config.regularisation().dropPath() * block++ / config.blocks();
                    stage.add(new InvertedResidual(backend, channels, each, dropPath));
                    channels = row.channels();
                }
            }
            stages.add(new Sequential(stage));
        }
        if (config.lastStage() > 0) {
            stages.add(new Sequential(new Widening(backend, channels, config.lastStage(), config.headActivation())));
            channels = config.lastStage();
        }
        body.add(child("blocks", new Sequential(stages)));
        addHead(backend, channels);
        if (config.regularisation().dropout() > 0) {
            head.add(
                    child("dropout", new Dropout((float) config.regularisation().dropout())));
        }
        head.add(child("classifier", new Linear(backend, config.headChannels(), config.classes())));
        FirstValues.ofMobileNetwork(this);
    }

    private void addHead(Backend backend, int channels) {
        int features = config.headChannels();
        if (config.lastStage() == 0) {
            ConvAbn.Config last = plain(channels, features, 1, 1, config.headActivation());
            body.add(group(new ConvAbn(backend, last, "conv_head", "bn2")));
            head.add(child("global_pool", new GlobalAveragePool()));
            return;
        }
        head.add(child("global_pool", GlobalAveragePool.keepingDimensions()));
        head.add(child("conv_head", new Conv2d(backend, channels, features, ConvGeometry.square(1, 1, 0), true)));
        head.add(child("act2", new ActivationLayer(config.headActivation())));
        head.add(child("flatten", new Flatten()));
    }

    private static ConvAbn.Config plain(int in, int out, int kernel, int stride, Activation activation) {
        return ConvAbn.Config.of(in, out, kernel, stride)
                .withActivation(activation)
                .withNorm(NormKind.BATCHNORM);
    }

    /** The last stage of MobileNetV3: a 1x1 convolution. */
    private static final class Widening extends Module {
        private final Module convolution;

        Widening(Backend backend, int in, int out, Activation activation) {
            convolution = group(new ConvAbn(backend, plain(in, out, 1, 1, activation), "conv", "bn1"));
        }

        @Override
        protected Tensor compute(Tensor x) {
            return convolution.forward(x);
        }
    }

    /** As timm has them: the stem, each block, the classifier; conv_head goes with the last block, in MobileNetV3 with the classifier. */
    @Override
    public List<List<String>> layers() {
        List<List<String>> layers = new ArrayList<>(List.of(List.of("conv_stem", "bn1")));
        for (int s = 0; s < config.stages().size(); s++) {
            int blocks = config.stages().get(s).stream()
                    .mapToInt(MobileBlock::blocks)
                    .sum();
            for (int b = 0; b < blocks; b++) {
                layers.add(List.of("blocks." + s + "." + b));
            }
        }
        if (config.lastStage() > 0) {
            layers.add(List.of("blocks." + config.stages().size() + ".0"));
            layers.add(List.of("conv_head", "classifier"));
        } else {
            layers.add(List.of(layers.removeLast().getFirst(), "conv_head", "bn2"));
            layers.add(List.of("classifier"));
        }
        return layers;
    }

    @Override
    public EfficientNetConfig config() {
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
