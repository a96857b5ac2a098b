package dev.squall.train;

import dev.squall.backend.Backend;
import dev.squall.nn.Counter;
import dev.squall.optim.Optimizer;
import dev.squall.tensor.Role;
import dev.squall.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that training changes as one row of numbers: parameters, running statistics and the optimizer's state, and behind them what is frozen. What a
 * copy of the network gives back is the change of the former, and then figures; so an average over copies is an average of everything.
 */
final class ReplicaState {
    private final Optimizer optimizer;
    private final List<Tensor> parameters;
    private final List<Tensor> changing = new ArrayList<>();
    private final List<Tensor> constant = new ArrayList<>();
    private final List<Counter> counters;

    ReplicaState(Trainer.Setup setup) {
        optimizer = setup.optimizer();
        parameters = optimizer.parameters();
        changing.addAll(parameters);
        Map<String, Tensor> learned = setup.network().learned();
        setup.network()
                .buffers()
                .forEach((name, buffer) -> (learned.containsKey(name) ? changing : constant).add(buffer));
        changing.addAll(optimizer.state().values());
        setup.network().parameters().values().stream()
                .filter(parameter -> !parameters.contains(parameter))
                .forEach(constant::add);
        counters = List.copyOf(setup.network().counters().values());
    }

    private static int elements(List<Tensor> tensors) {
        int elements = 0;
        for (Tensor tensor : tensors) {
            elements = Math.addExact(elements, tensor.shape().elements());
        }
        return elements;
    }

    /** How many numbers a copy gives back in front of its figures. */
    int changes() {
        return elements(changing) + counters.size();
    }

    float[] read() {
        float[] state = new float[Math.addExact(elements(changing), elements(constant))];
        int at = 0;
        for (List<Tensor> tensors : List.of(changing, constant)) {
            for (Tensor tensor : tensors) {
                float[] values = tensor.toArray();
                System.arraycopy(values, 0, state, at, values.length);
                at += values.length;
            }
        }
        return state;
    }

    void write(float[] state, int steps) {
        int at = 0;
        for (List<Tensor> tensors : List.of(changing, constant)) {
            for (Tensor tensor : tensors) {
                int elements = tensor.shape().elements();
                tensor.upload(FloatBuffer.wrap(state, at, elements));
                at += elements;
            }
        }
        optimizer.resumeAt(steps);
    }

    long[] counts() {
        return counters.stream().mapToLong(Counter::get).toArray();
    }

    void setCounts(long[] counts) {
        for (int i = 0; i < counts.length; i++) {
            counters.get(i).set(counts[i]);
        }
    }

    /**
     * Puts down by how much all has changed.
     *
     * @param before what {@link #read} gave
     * @param counts what {@link #counts} gave
     */
    void changes(float[] before, long[] counts, float[] into) {
        int at = 0;
        for (Tensor tensor : changing) {
            for (float value : tensor.toArray()) {
                into[at] = value - before[at];
                at++;
            }
        }
        for (int i = 0; i < counts.length; i++) {
            into[at++] = counters.get(i).get() - counts[i];
        }
    }

    /**
     * Moves from the state where a round began: the parameters by a step of {@code outer}, whose gradient is how far the copies have come, to the other
     * side; all else by the average of the changes.
     *
     * @param before the state, which is changed
     * @param sum of the changes of all copies
     */
    void move(float[] before, long[] counts, float[] sum, int copies, Optimizer outer, float outerRate, int steps) {
        int at = elements(parameters);
        for (int end = elements(changing); at < end; at++) {
            before[at] += sum[at] / copies;
        }
        for (int i = 0; i < counts.length; i++) {
            counts[i] += Math.round((double) sum[at++] / copies);
        }
        write(before, steps);
        setCounts(counts);
        int from = 0;
        for (Tensor parameter : parameters) {
            float[] gradient = new float[parameter.shape().elements()];
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = -sum[from + i] / copies;
            }
            from += gradient.length;
            Tensor tensor = Tensor.persistent(Backend.of(parameter).allocate(parameter.shape(), Role.PARAMETER));
            tensor.upload(gradient);
            parameter.setGradient(tensor);
        }
        outer.step(outerRate);
        outer.zeroGradients();
    }
}
