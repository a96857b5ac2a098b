package dev.squall.bench.peers;

import dev.squall.backend.Backend;
import org.jspecify.annotations.Nullable;

/** The engines, each started when a row first needs it, all with the same number of threads. */
final class Engines implements AutoCloseable {
    private final int threads;
    private @Nullable Backend backend;
    private @Nullable Torch torch;

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

    /** PyTorch. */
    Torch torch() {
        Torch started = torch == null ? new Torch(threads) : torch;
        torch = started;
        return started;
    }

    @Override
    public void close() {
        if (torch != null) {
            torch.close();
        }
        if (backend != null) {
            backend.close();
        }
    }
}
