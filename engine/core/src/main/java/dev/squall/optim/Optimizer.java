package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.tensor.Role;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes parameters by their gradients. One step:
 *
 * <pre>{@code
 * optimizer.zeroGradients();
 * Autograd.backward(loss);
 * optimizer.step(schedule.learningRate(optimizer.steps()));
 * }</pre>
 *
 * Gradients add up until they are zeroed, so several backward passes before a step make one step on a larger batch (divide each loss by
 * their number). A parameter without a gradient is left alone.
 */
public abstract class Optimizer implements AutoCloseable {
    private final List<ParameterGroup> groups;
    private final Map<String, Map<String, Tensor>> state = new LinkedHashMap<>();
    private int steps;

    /** For these groups, all on one backend; no parameter may be in two. */
    protected Optimizer(List<ParameterGroup> groups) {
        this.groups = List.copyOf(groups);
        if (parameters().isEmpty()) {
            throw new IllegalArgumentException(
                    "an optimizer needs parameters, got none; the network has none, or all of them are frozen");
        }
        requireDifferent();
        Tensor first = parameters().getFirst();
        for (Tensor parameter : parameters()) {
            if (parameter.memory() != first.memory()) {
                throw new IllegalArgumentException("an optimizer needs all its parameters on one backend, got "
                        + first.describe() + " and " + parameter.describe());
            }
        }
    }

    private void requireDifferent() {
        Map<Storage, String> names = new HashMap<>();
        for (ParameterGroup group : groups) {
            group.parameters().forEach((name, parameter) -> {
                String other = names.putIfAbsent(parameter.storage(), name);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "an optimizer needs different parameters, each in one group, but " + other + " and " + name
                                    + " are one; leave one of them out");
                }
            });
        }
    }

    /** Updates the parameters of one group; all lists run in parallel, and the parameters may be written. */
    protected abstract void update(
            Backend backend,
            List<String> names,
            List<Storage> parameters,
            List<Storage> gradients,
            float learningRate,
            float weightDecay);

    /** What decides, beside the groups, what it does; for {@link #toString}. */
    protected String settings() {
        return "";
    }

    /** Everything that decides what it does, in one line: a run is only resumed with an optimizer for which it is the same. */
    @Override
    public final String toString() {
        StringBuilder text = new StringBuilder(getClass().getSimpleName() + " " + settings());
        for (ParameterGroup group : groups) {
            text.append(", ").append(group.parameters().size()).append(" parameters with decay ");
            text.append(group.weightDecay()).append(" and rate times ").append(group.learningRateScale());
        }
        return text.toString();
    }

    /**
     * Updates all parameters with the gradients they have.
     *
     * @param learningRate at least 0
     */
    public final void step(float learningRate) {
        if (!(learningRate >= 0 && learningRate <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("a learning rate must be a number from 0 on, got " + learningRate);
        }
        for (ParameterGroup group : groups) {
            List<String> names = new ArrayList<>();
            List<Storage> parameters = new ArrayList<>();
            List<Storage> gradients = new ArrayList<>();
            group.parameters().forEach((name, parameter) -> {
                Tensor gradient = parameter.gradient();
                if (gradient != null) {
                    names.add(name);
                    parameters.add(written(parameter));
                    gradients.add(gradient.storage());
                }
            });
            if (!names.isEmpty()) {
                Backend backend = (Backend) parameters.getFirst().memory();
                update(
                        backend,
                        names,
                        parameters,
                        gradients,
                        learningRate * group.learningRateScale(),
                        group.weightDecay());
            }
        }
        steps++;
    }

    /** Forgets all gradients. */
    public final void zeroGradients() {
        parameters().forEach(parameter -> parameter.setGradient(null));
    }

    /** The steps taken so far. */
    public final int steps() {
        return steps;
    }

    /** All parameters, group by group. */
    public final List<Tensor> parameters() {
        return groups.stream()
                .flatMap(group -> group.parameters().values().stream())
                .toList();
    }

    /** Makes a zero-filled state tensor for each parameter, under the name {@code kind}. */
    protected final void makeState(String kind) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ParameterGroup group : groups) {
            group.parameters().forEach((name, parameter) -> {
                Storage storage = parameter.storage().memory().allocate(parameter.shape(), Role.PARAMETER);
                storage.memory().fill(storage, 0f);
                tensors.put(name, Tensor.persistent(storage));
            });
        }
        state.put(kind, tensors);
    }

    /** The state of the given parameters, to be written; empty if there is none called {@code kind}. */
    protected final List<Storage> state(String kind, List<String> names) {
        Map<String, Tensor> tensors = state.get(kind);
        return tensors == null
                ? List.of()
                : names.stream().map(tensors::get).map(this::written).toList();
    }

    private Storage written(Tensor tensor) {
        Storage storage = tensor.storage();
        storage.overwrite(getClass().getSimpleName());
        return storage;
    }

    /** What must be stored to go on later, besides {@link #steps()}: tensors called {@code kind.parameter}, such as {@code momentum.head.fc.bias}. */
    public final Map<String, Tensor> state() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        state.forEach((kind, tensors) -> tensors.forEach((name, tensor) -> all.put(kind + "." + name, tensor)));
        return Collections.unmodifiableMap(all);
    }

    /** Goes on after {@code steps} steps; the caller fills {@link #state()}. */
    public final void resumeAt(int steps) {
        this.steps = steps;
    }

    /** Frees the state. */
    @Override
    public final void close() {
        state.values().forEach(tensors -> tensors.values().forEach(Tensor::close));
    }
}
