package dev.squall.bench.paper;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.meta.Counters;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import dev.squall.tresnet.NetworkConfig;
import dev.squall.tresnet.Summary;
import java.util.Map;
import java.util.SplittableRandom;

/** Inference and training steps of networks, to be timed, and what they cost on paper. */
final class NetworkPlans {
    static final String INFERENCE = "/inference";
    static final String TRAINING = "/training";
    private static final String IMAGES = "images";

    private NetworkPlans() {}

    /** From images to logits on the host, as in evaluation: norms folded, nothing kept. */
    static Plan inference(String key, NetworkConfig config, Backend backend, int batch, int side) {
        return new Plan(key + INFERENCE, batch, IMAGES, () -> {
            Module network = initialised(config, backend);
            network.eval();
            Tensor images = images(config, backend, batch, side);
            return Plan.Work.of(
                    () -> Autograd.withoutGradients(() -> {
                        try (Scope _ = Scope.open()) {
                            return network.forward(images).toArray();
                        }
                    }),
                    () -> {
                        images.close();
                        network.close();
                    });
        });
    }

    /** Forward and backward pass and an update by SGD with momentum. */
    static Plan training(String key, NetworkConfig config, Backend backend, int batch, int side) {
        return new Plan(key + TRAINING, batch, IMAGES, () -> {
            Module network = initialised(config, backend);
            network.train();
            Sgd optimizer =
                    new Sgd(ParameterGroup.withoutDecayOnBiasesAndNorms(network.parameters(), 1e-4f), 0.9f, true);
            Tensor images = images(config, backend, batch, side);
            int[] labels = new int[batch];
            for (int i = 0; i < batch; i++) {
                labels[i] = i % config.classes();
            }
            return Plan.Work.of(
                    () -> {
                        try (Scope _ = Scope.open()) {
                            Tensor loss = CrossEntropy.crossEntropy(network.forward(images), labels, 0.1f);
                            Autograd.backward(loss);
                            // So small a rate that the weights stay what they are however often the step is repeated.
                            optimizer.step(1e-6f);
                            optimizer.zeroGradients();
                            loss.item();
                        }
                    },
                    () -> {
                        optimizer.close();
                        images.close();
                        network.close();
                    });
        });
    }

    private static Module initialised(NetworkConfig config, Backend backend) {
        Module network = config.build(backend);
        network.initialise(1);
        return network;
    }

    private static Tensor images(NetworkConfig config, Backend backend, int batch, int side) {
        var random = new SplittableRandom(2);
        Shape shape = Shape.of(batch, config.inputChannels(), side, side);
        float[] pixels = new float[shape.elements()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble();
        }
        return Tensor.fromArray(backend, shape, pixels);
    }

    /** Notes parameters, and multiply-adds and bytes of one image in inference, under {@code key}. */
    static void count(String key, NetworkConfig config, int side, Map<String, Double> figures) {
        try (MetaBackend backend = new MetaBackend();
                Module network = config.build(backend);
                Scope _ = Scope.open()) {
            network.eval();
            Tensor image = Tensor.empty(backend, Shape.of(1, config.inputChannels(), side, side));
            Counters before = backend.counters();
            Autograd.withoutGradients(() -> network.forward(image));
            Counters work = backend.counters().since(before);
            figures.put(key + "/parameters", (double) network.parameterCount());
            // As in training: a backend may merge convolutions in inference and so do more of them than the network
            // has.
            figures.put(key + "/multiplyAdds", (double)
                    Summary.of(config, 1, side, side).multiplyAdds());
            figures.put(key + "/bytesMoved", (double) work.bytesMoved());
        }
    }
}
