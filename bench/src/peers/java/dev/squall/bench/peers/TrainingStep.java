package dev.squall.bench.peers;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.nn.Module;
import dev.squall.op.CrossEntropy;
import dev.squall.optim.Optimizer;
import dev.squall.optim.ParameterGroup;
import dev.squall.optim.Sgd;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** A training step on our backend: forward, cross entropy, backward, and stochastic gradient descent with momentum. */
final class TrainingStep implements Contender {
    static final float LEARNING_RATE = 1e-3f;
    static final float MOMENTUM = 0.9f;
    static final String LOSS = "loss";
    static final String LOGITS = "logits";

    private final String name;
    private final Module network;
    private final Optimizer optimizer;
    private final Tensor images;
    private final int[] labels;
    private float[] loss = {};
    private float[] logits = {};

    TrainingStep(String name, Backend backend, Module network, Constant images, int[] labels) {
        this.name = name;
        this.network = network;
        this.labels = labels;
        this.images = Squall.activation(backend, images);
        network.train();
        optimizer = new Sgd(ParameterGroup.single(network.parameters(), 0f), MOMENTUM, false);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        optimizer.zeroGradients();
        try (Scope _ = Scope.open()) {
            Tensor y = network.forward(images);
            Tensor l = CrossEntropy.crossEntropy(y, labels, 0f);
            loss = l.toArray();
            logits = y.toArray();
            Autograd.backward(l);
        }
        optimizer.step(LEARNING_RATE);
    }

    @Override
    public Map<String, float[]> results() {
        return Map.of(LOSS, loss, LOGITS, logits);
    }

    @Override
    public Map<String, float[]> gradients() {
        Map<String, float[]> values = new LinkedHashMap<>();
        network.parameters().forEach((name, parameter) -> {
            Tensor gradient = parameter.gradient();
            if (gradient != null) {
                values.put(name, gradient.toArray());
            }
        });
        return values;
    }

    @Override
    public void close() {
        optimizer.close();
        images.close();
        network.close();
    }
}
