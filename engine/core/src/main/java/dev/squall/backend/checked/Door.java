package dev.squall.backend.checked;

import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Where calls come in: lets one thread in at a time, and nobody once the backend is closed. */
final class Door {
    private final Backend backend;
    private final AtomicReference<Turn> turn = new AtomicReference<>(new Turn(null, null));
    private volatile boolean closed;

    Door(Backend backend) {
        this.backend = backend;
    }

    Backend backend() {
        return backend;
    }

    /** A call of {@code primitive}, whose operands are to be checked. */
    Call enter(String primitive) {
        if (closed) {
            throw new IllegalStateException(
                    primitive + " was called on the backend " + backend.name() + " after it had been closed");
        }
        Thread thread = Thread.currentThread();
        Scope scope = Scope.outermost();
        Turn last = Objects.requireNonNull(turn.get());
        if (last.thread != thread || last.scope != scope) {
            take(primitive, last, new Turn(thread, scope));
        }
        return new Call(backend, primitive);
    }

    private void take(String primitive, Turn last, Turn mine) {
        if (last.thread != mine.thread && last.isHeld() || !turn.compareAndSet(last, mine)) {
            throw new IllegalStateException(
                    primitive + " was called on the backend " + backend.name() + " by the thread "
                            + Thread.currentThread().getName() + " while another thread"
                            + (last.thread == null ? "" : ", " + last.thread.getName() + ",")
                            + " computes on it; threads take turns, each with its scope closed at the end, or have a backend and a network each");
        }
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    /** The thread that computed last, and the outermost scope it had open, which it keeps its turn with. */
    private record Turn(@Nullable Thread thread, @Nullable Scope scope) {
        boolean isHeld() {
            return scope != null && !scope.isClosed() && thread != null && thread.isAlive();
        }
    }
}
