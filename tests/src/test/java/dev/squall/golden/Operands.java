package dev.squall.golden;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.io.HostTensor;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The inputs of a case as tensors on a backend, by the names of its file; closing frees them and whatever was made with them. */
final class Operands implements AutoCloseable {
    private final Backend backend;
    private final Map<String, HostTensor> file;
    private final Map<String, Tensor> differentiable = new LinkedHashMap<>();
    private final Map<String, Tensor> persistent = new LinkedHashMap<>();
    private final Scope scope = Scope.open();

    Operands(Backend backend, GoldenCase c) {
        this.backend = backend;
        file = c.tensors();
    }

    /** An activation without gradient. */
    Tensor constant(String name) {
        return Tensor.fromArray(backend, GoldenCase.shape(host(name)), values(name));
    }

    /** An activation whose gradient is asked for. */
    Tensor activation(String name) {
        Tensor tensor = constant(name).requireGradient();
        differentiable.put(name, tensor);
        return tensor;
    }

    boolean has(String name) {
        return file.containsKey(name);
    }

    /** A parameter. */
    Tensor parameter(String name) {
        Tensor tensor = buffer(name).requireGradient();
        differentiable.put(name, tensor);
        return tensor;
    }

    /** A buffer. */
    Tensor buffer(String name) {
        Tensor tensor = Tensor.buffer(backend, GoldenCase.shape(host(name)), values(name));
        persistent.put(name, tensor);
        return tensor;
    }

    float[] values(String name) {
        return host(name).floats();
    }

    Shape shape(String name) {
        return GoldenCase.shape(host(name));
    }

    int[] labels(String name) {
        long[] values = host(name).longs();
        int[] labels = new int[values.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = Math.toIntExact(values[i]);
        }
        return labels;
    }

    private HostTensor host(String name) {
        HostTensor tensor = file.get(name);
        if (tensor == null) {
            throw new AssertionError("the file has no " + name + " but " + file.keySet());
        }
        return tensor;
    }

    /** {@code y} under that name, and under {@code dx} the gradient of sum(y * dy) by each operand x. */
    Map<String, float[]> differentiate(Tensor y) {
        Map<String, float[]> results = new HashMap<>();
        results.put("y", y.toArray());
        Autograd.backward(y, constant("dy"));
        addGradients(results);
        return results;
    }

    /** The scalar {@code loss} under that name, and its gradients. */
    Map<String, float[]> differentiateLoss(Tensor loss) {
        Map<String, float[]> results = new HashMap<>();
        results.put("loss", loss.toArray());
        Autograd.backward(loss);
        addGradients(results);
        return results;
    }

    private void addGradients(Map<String, float[]> results) {
        differentiable.forEach((name, operand) -> {
            Tensor gradient = operand.gradient();
            if (gradient == null) {
                throw new AssertionError("the backward pass gave no gradient for " + name);
            }
            results.put("d" + name, gradient.toArray());
        });
        persistent.forEach((name, buffer) -> results.put(name + "_new", buffer.toArray()));
    }

    @Override
    public void close() {
        scope.close();
        persistent.values().forEach(Tensor::close);
    }
}
