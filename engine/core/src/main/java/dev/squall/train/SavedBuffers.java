package dev.squall.train;

import dev.squall.backend.Backend;
import dev.squall.nn.Counter;
import dev.squall.nn.Module;
import dev.squall.tensor.Scope;
import dev.squall.tensor.Storage;
import dev.squall.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The running statistics of a network before a step: a forward pass that meets a NaN leaves it in them, even if no parameter is changed. */
final class SavedBuffers implements AutoCloseable {
    private final Scope scope = Scope.open();
    private final Map<Tensor, Tensor> copies = new LinkedHashMap<>();
    private final Map<Counter, Long> counts = new LinkedHashMap<>();

    /** Copies those of {@code network}. */
    SavedBuffers(Module network) {
        network.buffers().values().forEach(buffer -> {
            Tensor copy = buffer.like();
            Backend.of(buffer).elementwise().copy(buffer.storage(), copy.storage());
            copies.put(buffer, copy);
        });
        network.counters().values().forEach(counter -> counts.put(counter, counter.get()));
    }

    /** Puts the copies back. */
    void restore() {
        copies.forEach((buffer, copy) -> {
            Storage storage = buffer.storage();
            storage.overwrite("restored statistics");
            Backend.of(buffer).elementwise().copy(copy.storage(), storage);
        });
        counts.forEach(Counter::set);
    }

    /** What a buffer of the network held. */
    float[] before(Tensor buffer) {
        return Objects.requireNonNull(copies.get(buffer), "a buffer of the network")
                .toArray();
    }

    /** What a counter of the network was. */
    long count(Counter counter) {
        return counts.getOrDefault(counter, 0L);
    }

    /** The scope that is open as long as this is. */
    Scope scope() {
        return scope;
    }

    /** Frees the copies. */
    @Override
    public void close() {
        scope.close();
    }
}
