package dev.squall.bench.peers;

import dev.squall.autograd.Autograd;
import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.bench.peers.Weights.Constant;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Shape;
import dev.squall.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Does something on our JVM backend again and again, without gradients. */
final class Squall implements Contender {
    private final String name;
    private final Supplier<Map<String, Tensor>> operation;
    private final AutoCloseable inputs;
    private Map<String, Tensor> latest = Map.of();

    /**
     * An operation.
     *
     * @param operation makes its results by name
     * @param inputs what to close in the end
     */
    Squall(Supplier<Map<String, Tensor>> operation, AutoCloseable inputs) {
        this(OURS, operation, inputs);
    }

    /** The same under another name. */
    Squall(String name, Supplier<Map<String, Tensor>> operation, AutoCloseable inputs) {
        this.name = name;
        this.operation = operation;
        this.inputs = inputs;
    }

    /** The backend with its fast convolutions. */
    static Backend backend(int threads) {
        return backend(threads, Precision.FAST);
    }

    /** The backend. */
    static Backend backend(int threads, Precision precision) {
        return Backends.open("jvm", BackendOptions.DEFAULT.withThreads(threads).withPrecision(precision))
                .backend();
    }

    /** An activation that no scope closes. */
    static Tensor activation(Backend backend, Constant constant) {
        Tensor tensor = Tensor.persistent(backend.allocate(shape(constant), Role.ACTIVATION));
        tensor.upload(constant.values());
        return tensor;
    }

    /** A parameter. */
    static Tensor parameter(Backend backend, Constant constant) {
        return Tensor.parameter(backend, shape(constant), constant.values());
    }

    /** State that is not learned. */
    static Tensor buffer(Backend backend, Constant constant) {
        return Tensor.buffer(backend, shape(constant), constant.values());
    }

    private static Shape shape(Constant constant) {
        return Shape.of(
                Arrays.stream(constant.shape()).mapToInt(Math::toIntExact).toArray());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        latest.values().forEach(Tensor::close);
        try (Scope scope = Scope.open()) {
            latest = Autograd.withoutGradients(operation);
            latest.values().forEach(scope::keep);
        }
    }

    @Override
    public Map<String, float[]> results() {
        Map<String, float[]> values = new LinkedHashMap<>();
        latest.forEach((result, tensor) -> values.put(result, tensor.toArray()));
        return values;
    }

    @Override
    public void close() {
        latest.values().forEach(Tensor::close);
        try {
            inputs.close();
        } catch (Exception e) {
            throw new IllegalStateException(name + " could not be closed", e);
        }
    }
}
