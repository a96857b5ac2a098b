package dev.squall.tresnet;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.meta.MetaBackend;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The memory of one training step, by the backend's own counter.
 *
 * @param activationBytes what the forward pass keeps for the backward pass
 * @param peakBytes the most at any time, parameters, gradients and momentum included
 */
public record Footprint(long activationBytes, long peakBytes) {
    /**
     * Of one step of SGD with momentum, done on {@code backend}: counted where that is a meta backend, and computed on any other.
     *
     * @param images {@code [N, C, H, W]}
     */
    public static Footprint ofTraining(Backend backend, NetworkConfig config, Shape images) {
        return ofTraining(backend, config, images, network -> {});
    }

    /** The same of a network of which {@code freezing} freezes parts. */
    static Footprint ofTraining(Backend backend, NetworkConfig config, Shape images, Consumer<Module> freezing) {
        long others = backend.liveBytes();
        backend.resetPeak();
        try (Module network = config.build(backend)) {
            freezing.accept(network);
            return ofTraining(backend, config, images, network, others);
        }
    }

    private static Footprint ofTraining(
            Backend backend, NetworkConfig config, Shape images, Module network, long others) {
        Map<String, Tensor> learned = new LinkedHashMap<>(network.parameters());
        learned.values().removeIf(parameter -> !parameter.requiresGradient());
        try (Sgd optimizer = new Sgd(ParameterGroup.single(learned, 0f), 0.9f, false);
                Scope scope = Scope.open()) {
            if (!(backend instanceof MetaBackend)) {
                // Drawing millions of values would take nearly all of the time, where nobody looks at them.
                network.initialise(1);
            }
            // Statistics of one value do not exist, but the running ones take as much memory.
            network.setTraining(images.batch() * config.lastMap(images.height(), images.width()) > 1);
            Tensor x = Tensor.empty(backend, images);
            backend.fill(x.storage(), 0.5f);
            long before = backend.liveBytes();
            Tensor logits = network.forward(x);
            long activationBytes = backend.liveBytes() - before;
            Autograd.backward(CrossEntropy.crossEntropy(logits, new int[images.batch()], 0f));
            optimizer.step(0.1f);
            optimizer.zeroGradients();
            return new Footprint(activationBytes, backend.peakBytes() - others);
        }
    }
}
