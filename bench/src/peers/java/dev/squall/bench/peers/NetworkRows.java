package dev.squall.bench.peers;

import dev.squall.backend.Backend;
import dev.squall.bench.peers.Graphs.Graph;
import dev.squall.bench.peers.PeerRow.Bar;
import dev.squall.bench.peers.PeerRow.Work;
import dev.squall.bench.peers.Torch.Layout;
import dev.squall.bench.peers.TorchProgram.Form;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.nn.Module;
import dev.squall.nn.NormKind;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.EfficientNetConfig;
import dev.squall.tresnet.Networks;
import dev.squall.tresnet.ResNetConfig;
import dev.squall.tresnet.TResNet;
import dev.squall.tresnet.TResNetConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.commons.math3.random.MersenneTwister;
import org.jspecify.annotations.Nullable;

/** Whole networks: inference and training steps. */
final class NetworkRows {
    private static final int CLASSES = 1000;
    private static final String ACCURATE = Contender.OURS + ", accurate";
    private static final double TOLERANCE = 1e-4;

    private static final TResNetConfig TRESNET_M =
            (TResNetConfig) Networks.preset("tresnet_m").config();

    private NetworkRows() {}

    /** A network on our side and for the others. */
    private record Network(
            String name, double multiplyAdds, NormKind norm, Graph graph, Function<Backend, Module> make) {
        Module initialised(Backend backend) {
            Module network = make.apply(backend);
            Weights.initialise(network);
            return network;
        }

        /** The state of one that is {@link #initialised}. */
        Weights weights(Engines engines) {
            try (Module network = initialised(engines.backend())) {
                return Weights.of(network, norm);
            }
        }
    }

    private static Network tresnetM(double multiplyAdds) {
        return new Network(
                "TResNet-M",
                multiplyAdds,
                NormKind.INPLACE,
                Graphs.tresnet(TRESNET_M),
                backend -> new TResNet(backend, TRESNET_M));
    }

    static List<PeerRow> all() {
        Network resnet50 = resnet("ResNet50", ResNetConfig.resnet50(), 4_089_184_256.0);
        Network tresnetM = tresnetM(5_734_965_248.0);
        List<PeerRow> rows = new ArrayList<>(List.of(
                inference(tresnetM, 8, 224, new Bar("pytorch", 1.6), new Bar("onnxruntime", 1.6)),
                inference(resnet50, 8, 224, new Bar("pytorch", 1.3), new Bar("onnxruntime", 1.15)),
                training(tresnetM, 8, 224, new Bar("pytorch", 1.6)),
                training(tresnetM(tresnetM.multiplyAdds * 32 * 32 / (224 * 224)), 64, 32, new Bar("pytorch", 1.6)),
                scaling(tresnetM, 8, 224)));
        rows.addAll(compared(resnet("ResNet50-D", ResNetConfig.resnet50d(), 4_328_824_832.0), 224, 1.2, 1.0));
        rows.addAll(compared(resnet("ResNeXt50", ResNetConfig.resnext50(), 4_230_479_872.0), 224, 1.2, 1.0));
        rows.addAll(compared(resnet("SE-ResNeXt50", ResNetConfig.seresnext50(), 4_232_994_816.0), 224, 1.2, 1.0));
        rows.addAll(
                compared(mobile("EfficientNet-B1", EfficientNetConfig.efficientnetB1(), 686_802_832), 240, 1.5, 0.9));
        rows.addAll(compared(mobile("MixNet-L", EfficientNetConfig.mixnetL(), 555_251_792), 224, 1.5, 0.9));
        rows.addAll(compared(
                mobile("MobileNetV3-Large", EfficientNetConfig.mobilenetV3Large(), 216_589_760), 224, 1.5, 0.9));
        return rows;
    }

    /** The other networks of the paper, in inference and in training. */
    private static List<PeerRow> compared(Network network, int side, double pytorch, double onnxRuntime) {
        return List.of(
                inference(network, 8, side, new Bar("pytorch", pytorch), new Bar("onnxruntime", onnxRuntime)),
                training(network, 8, side, new Bar("pytorch", 1.3)));
    }

    private static Network resnet(String name, ResNetConfig config, double multiplyAdds) {
        return new Network(name, multiplyAdds, NormKind.BATCHNORM, Graphs.resnet(config), config::build);
    }

    private static Network mobile(String name, EfficientNetConfig config, double multiplyAdds) {
        return new Network(name, multiplyAdds, NormKind.BATCHNORM, new MobileGraph(config), config::build);
    }

    private static Constant images(int batch, int side) {
        float[] values = Weights.uniform(new MersenneTwister(2), batch * 3 * side * side, 0, 1);
        return new Constant(values, batch, 3, side, side);
    }

    private static PeerRow inference(Network network, int batch, int side, Bar... bars) {
        return new PeerRow(
                "networks",
                network.name + " inference, batch " + batch + ", " + side + "x" + side,
                Work.multiplyAdds(batch, batch * network.multiplyAdds),
                TOLERANCE,
                List.of(bars),
                engines -> {
                    Constant x = images(batch, side);
                    Module ours = network.initialised(engines.backend());
                    Module accurate = network.initialised(engines.accurate());
                    Weights weights = Weights.of(ours, network.norm);
                    Torch torch = engines.torch();
                    return List.of(
                            ours(Contender.OURS, engines.backend(), ours, x),
                            ours(ACCURATE, engines.accurate(), accurate, x),
                            torch(torch, weights, network, Form.INFERENCE, Layout.CONTIGUOUS, x),
                            torch(torch, weights, network, Form.INFERENCE, Layout.CHANNELS_LAST, x),
                            torch(torch, weights, network, Form.FUSED, Layout.CHANNELS_LAST, x),
                            new OnnxContender(engines.threads(), network.make, ours, x));
                },
                engines -> torch(
                        engines.doubles(),
                        network.weights(engines),
                        network,
                        Form.EVALUATION,
                        Layout.CONTIGUOUS,
                        images(batch, side)));
    }

    private static Contender torch(
            Torch torch, Weights weights, Network network, Form form, Layout layout, Constant x) {
        return TorchContender.inference(torch, weights, network.graph, form, layout, x);
    }

    private static Contender ours(
            String name, Backend backend, Module network, Constant images, AutoCloseable... more) {
        network.eval();
        Tensor x = Squall.activation(backend, images);
        return new Squall(name, () -> Map.of("logits", network.forward(x)), () -> {
            x.close();
            network.close();
            for (AutoCloseable closeable : more) {
                closeable.close();
            }
        });
    }

    private static PeerRow training(Network network, int batch, int side, Bar... bars) {
        return new PeerRow(
                "networks",
                network.name + " training step, batch " + batch + ", " + side + "x" + side,
                // Each convolution once forward and twice backward.
                Work.multiplyAdds(batch, 3 * batch * network.multiplyAdds),
                TOLERANCE,
                List.of(bars),
                engines -> {
                    Constant x = images(batch, side);
                    Module ours = network.initialised(engines.backend());
                    Weights weights = Weights.of(ours, network.norm);
                    List<Contender> contenders = new ArrayList<>();
                    contenders.add(step(Contender.OURS, engines.backend(), ours, x));
                    contenders.add(step(ACCURATE, engines.accurate(), network.initialised(engines.accurate()), x));
                    for (Layout layout : Layout.values()) {
                        contenders.add(
                                new TorchTraining(engines.torch(), weights, network.graph, layout, x, labels(batch)));
                    }
                    return contenders;
                },
                engines -> new TorchTraining(
                        engines.doubles(),
                        network.weights(engines),
                        network.graph,
                        Layout.CONTIGUOUS,
                        images(batch, side),
                        labels(batch)));
    }

    /** A training step of TResNet-M of 8 images at 224x224, on PyTorch with the given layout, or on ours without. */
    static Contender trainingStep(int threads, @Nullable Layout layout) {
        Network network = tresnetM(0);
        Backend backend = Squall.backend(threads);
        if (layout == null) {
            return step(Contender.OURS, backend, network.initialised(backend), images(8, 224));
        }
        try (backend) {
            Module module = network.initialised(backend);
            Weights weights = Weights.of(module, network.norm);
            module.close();
            return new TorchTraining(
                    new Torch(threads, Torch.Precision.SINGLE),
                    weights,
                    network.graph,
                    layout,
                    images(8, 224),
                    labels(8));
        }
    }

    private static int[] labels(int batch) {
        int[] labels = new int[batch];
        for (int i = 0; i < batch; i++) {
            labels[i] = i * 37 % CLASSES;
        }
        return labels;
    }

    private static Contender step(String name, Backend backend, Module network, Constant images) {
        return new TrainingStep(name, backend, network, images, labels((int) images.shape()[0]));
    }

    /** One thread as a contender of all threads: what it takes longer is the scaling. */
    private static PeerRow scaling(Network network, int batch, int side) {
        return new PeerRow(
                "scaling",
                network.name + " inference, batch " + batch + ", from one thread",
                Work.multiplyAdds(batch, batch * network.multiplyAdds),
                TOLERANCE,
                List.of(new Bar(Contender.OURS + ", one thread", 1.7)),
                engines -> {
                    Constant x = images(batch, side);
                    Backend single = Squall.backend(1);
                    return List.of(
                            ours(Contender.OURS, engines.backend(), network.initialised(engines.backend()), x),
                            ours(Contender.OURS + ", one thread", single, network.initialised(single), x, single));
                });
    }
}
