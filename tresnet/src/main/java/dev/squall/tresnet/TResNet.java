package dev.squall.tresnet;

import dev.squall.backend.Backend;
import dev.squall.backend.PoolGeometry;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.Dropout;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Init;
import dev.squall.nn.Linear;
import dev.squall.nn.MaxPool;
import dev.squall.nn.Module;
import dev.squall.nn.Sequential;
import dev.squall.nn.SpaceToDepth;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.TResNetConfig.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * TResNet, {@code [N, C, H, W]} images in [0, 1] to {@code [N, classes]} logits:
 *
 * <pre>
 * SpaceToDepth -> conv1 3x3 -> layer1 -> layer2 -> layer3 -> layer4 -> global average -> fully connected
 *   H/4, 16 C       H/4         H/4       H/8       H/16      H/32
 * </pre>
 *
 * The modules are named as in the official code, so the names of the parameters are those of its checkpoints.
 */
public final class TResNet extends ImageNetwork {
    /** The first weights of the classifier are small, so that a new network prefers no class. */
    private static final double HEAD_DEVIATION = 0.01;

    private final TResNetConfig config;
    private final Module body;
    private final List<Module> head;

    /** A network whose parameters are zero until it is {@linkplain #initialise initialised} or loaded. */
    public TResNet(Backend backend, TResNetConfig config) {
        this.config = config;
        body = child("body", new NamedSequential(bodyOf(backend, config)));
        Module globalPool = child("global_pool", new GlobalAveragePool());
        Linear classifier = new Linear(backend, config.features(), config.classes());
        head = List.of(globalPool, child("head", new NamedSequential(headOf(classifier, config))));
        FirstValues.ofConvolutions(body);
        classifier.weightsFrom(Init.normal(HEAD_DEVIATION));
    }

    private static Map<String, Module> bodyOf(Backend backend, TResNetConfig config) {
        Map<String, Module> body = stem(backend, config);
        int channels = config.planes();
        int blocks = config.stages().stream().mapToInt(Stage::blocks).sum();
        int block = 0;
        for (int s = 0; s < config.stages().size(); s++) {
            Stage stage = config.stages().get(s);
            int planes = config.planes() << s;
            List<Module> modules = new ArrayList<>();
            for (int b = 0; b < stage.blocks(); b++) {
                int stride = b == 0 && s > 0 ? 2 : 1;
                double dropPath = config.regularisation().dropPath() * block++ / Math.max(1, blocks - 1);
                modules.add(block(backend, stage, channels, planes, stride, dropPath, config));
                channels = planes * stage.block().expansion();
            }
            body.put("layer" + (s + 1), new Sequential(modules));
        }
        return body;
    }

    private static Map<String, Module> headOf(Linear classifier, TResNetConfig config) {
        Map<String, Module> head = new LinkedHashMap<>();
        if (config.regularisation().dropout() > 0) {
            head.put("dropout", new Dropout((float) config.regularisation().dropout()));
        }
        head.put("fc", classifier);
        return head;
    }

    private static Map<String, Module> stem(Backend backend, TResNetConfig config) {
        Map<String, Module> stem = new LinkedHashMap<>();
        int in = config.inputChannels();
        int out = config.planes();
        Module pool = new MaxPool(PoolGeometry.square(3, 2, 1));
        switch (config.stem()) {
            case SPACE_TO_DEPTH -> {
                int block = config.spaceToDepth();
                stem.put("SpaceToDepth", new SpaceToDepth(block));
                stem.put("conv1", stemConvolution(backend, in * block * block, out, 3, 1, config));
            }
            case CONV_7X7 -> {
                stem.put("conv1", stemConvolution(backend, in, out, 7, 2, config));
                stem.put("maxpool", pool);
            }
            case THREE_CONV_3X3 -> {
                stem.put("conv1", stemConvolution(backend, in, out / 2, 3, 2, config));
                stem.put("conv2", stemConvolution(backend, out / 2, out / 2, 3, 1, config));
                stem.put("conv3", stemConvolution(backend, out / 2, out, 3, 1, config));
                stem.put("maxpool", pool);
            }
        }
        return stem;
    }

    private static Module stemConvolution(
            Backend backend, int in, int out, int kernel, int stride, TResNetConfig config) {
        return new ConvAbn(
                backend,
                ConvAbn.Config.of(in, out, kernel, stride)
                        .withActivation(config.stemActivation())
                        .withNorm(config.norm()));
    }

    private static Module block(
            Backend backend, Stage stage, int in, int planes, int stride, double dropPath, TResNetConfig config) {
        boolean excited = stage.squeezeExcitation();
        return switch (stage.block()) {
            case BASIC -> new BasicBlock(backend, in, planes, stride, excited, dropPath, config);
            case BOTTLENECK -> new Bottleneck(backend, in, planes, stride, excited, dropPath, config);
        };
    }

    /** As timm has them: the stem, each block, the head. */
    @Override
    public List<List<String>> layers() {
        List<List<String>> layers = new ArrayList<>();
        layers.add(
                config.stem() == Stem.THREE_CONV_3X3
                        ? List.of("body.conv1", "body.conv2", "body.conv3")
                        : List.of("body.conv1"));
        for (int s = 0; s < config.stages().size(); s++) {
            for (int b = 0; b < config.stages().get(s).blocks(); b++) {
                layers.add(List.of("body.layer" + (s + 1) + "." + b));
            }
        }
        layers.add(List.of("head"));
        return layers;
    }

    @Override
    public TResNetConfig config() {
        return config;
    }

    @Override
    protected Tensor body(Tensor images) {
        return body.forward(images);
    }

    @Override
    protected Tensor head(Tensor maps) {
        return Sequential.inTurn(head, maps);
    }
}
