package dev.squall.tresnet;

import dev.squall.backend.Activation;
import dev.squall.backend.Backend;
import dev.squall.error.BadInputException;
import dev.squall.nn.ConvAbn;
import dev.squall.nn.GlobalAveragePool;
import dev.squall.nn.Init;
import dev.squall.nn.Linear;
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
public final class TResNet extends Module {
    /** The first weights of the classifier are small, so that a new network prefers no class. */
    private static final double HEAD_DEVIATION = 0.01;

    private final TResNetConfig config;
    private final Module body;
    private final Module globalPool;
    private final Module head;

    /** A network whose parameters are zero until it is {@linkplain #initialise initialised} or loaded. */
    public TResNet(Backend backend, TResNetConfig config) {
        this.config = config;
        body = child("body", new Row(bodyOf(backend, config)));
        globalPool = child("global_pool", new GlobalAveragePool());
        Linear classifier = new Linear(backend, config.features(), config.classes());
        head = child("head", new Row(Map.of("fc", classifier)));
        FirstValues.ofConvolutions(body);
        classifier.weightsFrom(Init.normal(HEAD_DEVIATION));
    }

    private static Map<String, Module> bodyOf(Backend backend, TResNetConfig config) {
        Map<String, Module> body = new LinkedHashMap<>();
        int channels = config.inputChannels() * config.spaceToDepth() * config.spaceToDepth();
        body.put("SpaceToDepth", new SpaceToDepth(config.spaceToDepth()));
        body.put(
                "conv1",
                new ConvAbn(
                        backend,
                        ConvAbn.Config.of(channels, config.planes(), 3, 1)
                                .withActivation(Activation.leakyRelu(config.stemSlope()))
                                .withNorm(config.norm())));
        channels = config.planes();
        for (int s = 0; s < config.stages().size(); s++) {
            Stage stage = config.stages().get(s);
            int planes = config.planes() << s;
            List<Module> blocks = new ArrayList<>();
            for (int b = 0; b < stage.blocks(); b++) {
                int stride = b == 0 && s > 0 ? 2 : 1;
                blocks.add(block(backend, stage, channels, planes, stride, config));
                channels = planes * stage.block().expansion();
            }
            body.put("layer" + (s + 1), new Sequential(blocks));
        }
        return body;
    }

    private static Module block(Backend backend, Stage stage, int in, int planes, int stride, TResNetConfig config) {
        boolean excited = stage.squeezeExcitation();
        return switch (stage.block()) {
            case BASIC -> new BasicBlock(backend, in, planes, stride, excited, config);
            case BOTTLENECK -> new Bottleneck(backend, in, planes, stride, excited, config);
        };
    }

    /** What it was built from. */
    public TResNetConfig config() {
        return config;
    }

    @Override
    protected Tensor compute(Tensor x) {
        if (x.shape().rank() != 4 || x.shape().channels() != config.inputChannels()) {
            throw new BadInputException(config.name() + " was built for images [N, " + config.inputChannels()
                    + ", H, W], got " + x.shape());
        }
        config.requireImageSize(x.shape().height(), x.shape().width());
        Tensor maps = body.forward(x);
        Tensor features = globalPool.forward(maps);
        maps.close();
        return head.forward(features);
    }
}
