package dev.squall.bench.peers;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions.Precision;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The engines, each started when a row first needs it, all with the same number of threads. */
final class Engines implements AutoCloseable {
    private final int threads;
    private @Nullable Backend backend;
    private @Nullable Backend accurate;
    private @Nullable Torch torch;
    private @Nullable Torch doubles;

    Engines(int threads) {
        this.threads = threads;
    }

    int threads() {
        return threads;
    }

    /** Our JVM backend. */
    Backend backend() {
        Backend started = backend == null ? Squall.backend(threads) : backend;
        backend = started;
        return started;
    }

    /** The same with its accurate convolutions. */
    Backend accurate() {
        Backend started = accurate == null ? Squall.backend(threads, Precision.ACCURATE) : accurate;
        accurate = started;
        return started;
    }

    /** PyTorch. */
    Torch torch() {
        Torch started = torch == null ? new Torch(threads, Torch.Precision.SINGLE) : torch;
        torch = started;
        return started;
    }

    /** PyTorch in double precision: what all are compared with. */
    Torch doubles() {
        Torch started = doubles == null ? new Torch(threads, Torch.Precision.DOUBLE) : doubles;
        doubles = started;
        return started;
    }

    @Override
    public void close() {
        Stream.of(torch, doubles).filter(Objects::nonNull).forEach(Torch::close);
        Stream.of(backend, accurate).filter(Objects::nonNull).forEach(Backend::close);
    }
}
