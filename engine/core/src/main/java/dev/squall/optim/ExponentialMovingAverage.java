package dev.squall.optim;

import dev.squall.backend.Backend;
import dev.squall.backend.Elementwise;
import dev.squall.tensor.Role;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Averages of parameters and buffers over the steps of a training, which often do better than the last values (Polyak and Juditsky
 * 1992): {@code average = d * average + (1 - d) * value} with {@code d = min(decay, (1 + t) / (10 + t))} at update t, counted from 1, so
 * that a short training is not dominated by its first weights.
 */
public final class ExponentialMovingAverage implements AutoCloseable {
    private static final String NAME = "exponential moving average";

    private final Map<String, Tensor> averages = new LinkedHashMap<>();
    private final List<Pair> pairs = new ArrayList<>();
    private final float decay;
    private int updates;
    private boolean swapped;

    private record Pair(Tensor value, Tensor average) {}

    /**
     * Begins with the present values.
     *
     * @param values parameters and buffers by name
     * @param decay in [0, 1)
     */
    public ExponentialMovingAverage(Map<String, Tensor> values, float decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("the decay of a moving average must lie in [0, 1), got " + decay);
        }
        this.decay = decay;
        values.forEach((name, value) -> {
            Backend backend = Backend.of(value);
            Tensor average = Tensor.persistent(backend.allocate(value.shape(), Role.PARAMETER));
            backend.elementwise().copy(value.storage(), average.storage());
            averages.put(name, average);
            pairs.add(new Pair(value, average));
        });
    }

    /** Takes the present values into the averages. */
    public void update() {
        requireNotSwapped();
        updates++;
        float d = Math.min(decay, (1f + updates) / (10f + updates));
        List<Storage> targets = new ArrayList<>();
        List<Storage> sources = new ArrayList<>();
        for (Pair pair : pairs) {
            targets.add(written(pair.average));
            sources.add(pair.value.storage());
        }
        if (!targets.isEmpty()) {
            ((Backend) targets.getFirst().memory()).update().interpolate(targets, sources, d);
        }
    }

    /**
     * Exchanges the values with the averages until the result is closed, to evaluate or store the averages:
     *
     * <pre>{@code
     * try (var averaged = average.swapIn()) {
     *     evaluate(network);
     * }
     * }</pre>
     */
    public Swapped swapIn() {
        requireNotSwapped();
        exchange();
        swapped = true;
        return () -> {
            if (swapped) {
                exchange();
                swapped = false;
            }
        };
    }

    /** The averages are in place of the values; closing puts the values back, bit for bit. */
    @FunctionalInterface
    public interface Swapped extends AutoCloseable {
        @Override
        void close();
    }

    private void exchange() {
        for (Pair pair : pairs) {
            try (Scope _ = Scope.open()) {
                Storage before = pair.value.like().storage();
                Elementwise elementwise = Backend.of(pair.value).elementwise();
                elementwise.copy(pair.value.storage(), before);
                elementwise.copy(pair.average.storage(), written(pair.value));
                elementwise.copy(before, written(pair.average));
            }
        }
    }

    private void requireNotSwapped() {
        if (swapped) {
            throw new IllegalStateException(
                    "the averages are in place of the values; close what swapIn() returned first");
        }
    }

    private static Storage written(Tensor tensor) {
        Storage storage = tensor.storage();
        storage.overwrite(NAME);
        return storage;
    }

    /** The averages by name; with {@link #updates()} all that must be stored to go on later. */
    public Map<String, Tensor> averages() {
        return Collections.unmodifiableMap(averages);
    }

    /** The updates so far. */
    public int updates() {
        return updates;
    }

    /** Goes on after {@code updates} updates; the caller fills {@link #averages()}. */
    public void resumeAt(int updates) {
        this.updates = updates;
    }

    /** Frees the averages. */
    @Override
    public void close() {
        averages.values().forEach(Tensor::close);
    }
}
