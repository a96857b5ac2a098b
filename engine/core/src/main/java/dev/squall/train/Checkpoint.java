package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.io.HostTensor;
import dev.squall.io.SafeTensors;
import dev.squall.nn.Counter;
import dev.squall.nn.Module;
import dev.squall.optim.ExponentialMovingAverage;
import dev.squall.optim.Optimizer;
import dev.squall.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Everything a run needs to go on as if it had not been interrupted, in one file so that the parts always belong together. */
final class Checkpoint {
    private static final String WEIGHTS = "weights.";
    private static final String OPTIMIZER = "optimizer.";
    private static final String AVERAGE = "average.";
    private static final String STATE = "state";
    private static final JsonMapper JSON = new JsonMapper();

    private final Module network;
    private final Optimizer optimizer;
    private final @Nullable ExponentialMovingAverage average;
    private final Map<String, String> settings;

    /**
     * For the state of these.
     *
     * @param settings what a run must be resumed with, by name
     */
    Checkpoint(
            Module network,
            Optimizer optimizer,
            @Nullable ExponentialMovingAverage average,
            Map<String, String> settings) {
        this.network = network;
        this.optimizer = optimizer;
        this.average = average;
        this.settings = settings;
    }

    void write(Path file, RunState state) throws IOException {
        Map<String, HostTensor> tensors = StateDict.copy(tensors());
        network.counters()
                .forEach(
                        (name, counter) -> tensors.put(WEIGHTS + name, HostTensor.ofLongs(new long[] {counter.get()})));
        Map<String, String> metadata = new LinkedHashMap<>(settings);
        metadata.put(STATE, JSON.writeValueAsString(state));
        SafeTensors.write(file, tensors, metadata);
    }

    /** Restores everything, or throws and restores nothing. */
    RunState read(Path file) {
        SafeTensors stored = SafeTensors.read(file);
        settings.forEach((name, value) -> {
            String before = stored.metadata().get(name);
            if (!value.equals(before)) {
                throw new BadInputException("the run in " + file + " was begun with " + name + " " + before + ", not "
                        + value + "; resume it with the settings it was begun with");
            }
        });
        RunState state = state(stored, file);
        Map<String, HostTensor> tensors = new LinkedHashMap<>(stored.tensors());
        Map<Counter, Long> counts = StateDict.takeCounts(network, WEIGHTS, tensors);
        StateDict.fill(tensors(), tensors, file.toString());
        counts.forEach(Counter::set);
        optimizer.resumeAt(state.steps());
        if (average != null) {
            average.resumeAt(state.averageUpdates());
        }
        return state;
    }

    private static RunState state(SafeTensors stored, Path file) {
        try {
            return JSON.readValue(stored.metadata().getOrDefault(STATE, ""), RunState.class);
        } catch (JacksonException e) {
            throw new BadInputException(file + " does not say how far its run has come; start the run anew", e);
        }
    }

    private Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        StateDict.tensors(network).forEach((name, tensor) -> tensors.put(WEIGHTS + name, tensor));
        optimizer.state().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
        if (average != null) {
            average.averages().forEach((name, tensor) -> tensors.put(AVERAGE + name, tensor));
        }
        return tensors;
    }
}
