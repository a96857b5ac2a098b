package dev.squall.backend.checked;

import dev.squall.backend.Backend;
import dev.squall.tensor.Scope;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where calls come in: lets one thread in at a time, and nobody once the backend is closed.
 *
 * <p>That calls do not overlap would not be enough, as an operation is several calls, and a network many. So the door remembers whose turn it is.
 * An open scope says how long a thread's turn lasts. Without one nobody can tell whether a thread is in the middle of something, so that it goes
 * on only where no other living thread has computed since; that does not depend on who happens to be faster.
 */
final class Door {
    private final Backend backend;
    private final AtomicReference<Turn> turn = new AtomicReference<>(new Turn(null, null));
    private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();
    private volatile boolean closed;
    private @Nullable CallWatcher watcher;

    Door(Backend backend) {
        this.backend = backend;
    }

    Backend backend() {
        return backend;
    }

    boolean isClosed() {
        return closed;
    }

    /** Tells {@code watcher} of all further calls; nobody if it is null. */
    void watch(@Nullable CallWatcher watcher) {
        this.watcher = watcher;
    }

    /** A call of {@code primitive}, whose operands are to be checked. */
    Call enter(String primitive) {
        if (closed) {
            throw new IllegalStateException(
                    primitive + " was called on the backend " + backend.name() + " after it had been closed");
        }
        Thread thread = Thread.currentThread();
        Scope scope = Scope.outermost();
        Turn last = turn();
        if (last.thread != thread || last.scope != scope) {
            take(primitive, last, new Turn(thread, scope));
        }
        return new Call(this, primitive, watcher == null ? null : new Call.Operands());
    }

    private Turn turn() {
        return Objects.requireNonNull(turn.get());
    }

    private void take(String primitive, Turn last, Turn mine) {
        boolean isOther = last.thread != mine.thread && last.isAlive();
        if (isOther && last.isOpen() && last.scope != mine.scope) {
            throw refusal(primitive, last.thread);
        }
        if (isOther && mine.scope == null) {
            throw new IllegalStateException(primitive + " was called on the backend " + backend.name()
                    + " by the thread " + Thread.currentThread().getName() + " without a scope, after another thread, "
                    + last.name() + ", had computed on it; open a Scope around what belongs together, so that it is"
                    + " known how long each thread's turn lasts");
        }
        if (!turn.compareAndSet(last, mine)) {
            throw refusal(primitive, turn().thread);
        }
    }

    /** Does the work of a call that has entered, with no other thread inside. */
    void run(String primitive, Call.@Nullable Operands operands, Runnable work) {
        boolean composed = inside.get() == Thread.currentThread();
        alone(primitive, () -> {
            Thread owner = turn().thread;
            if (owner != Thread.currentThread()) {
                throw refusal(primitive, owner);
            }
            CallWatcher told = watcher;
            if (told == null || operands == null || composed) {
                work.run();
                return;
            }
            told.before(primitive, operands.read(), operands.written());
            work.run();
            told.after(primitive);
        });
    }

    private void alone(String primitive, Runnable work) {
        Thread thread = Thread.currentThread();
        Thread other = inside.compareAndExchange(null, thread);
        if (other == thread) {
            work.run(); // a primitive that is composed of others
            return;
        }
        if (other != null) {
            throw refusal(primitive, other);
        }
        try {
            work.run();
        } finally {
            inside.set(null);
        }
    }

    private IllegalStateException refusal(String primitive, @Nullable Thread other) {
        return new IllegalStateException(
                primitive + " was called on the backend " + backend.name() + " by the thread "
                        + Thread.currentThread().getName() + " while another thread"
                        + (other == null ? "" : ", " + other.getName() + ",")
                        + " computes on it; threads take turns, each with its scope closed at the end, or have a backend and a network each");
    }

    /** Lets nobody in any more and runs {@code work}; the second time, does nothing. */
    void close(Runnable work) {
        alone("close", () -> {
            if (!closed) {
                closed = true;
                work.run();
            }
        });
    }

    /** The thread that computed last, and the outermost scope it had open, which it keeps its turn with. */
    private record Turn(@Nullable Thread thread, @Nullable Scope scope) {
        boolean isOpen() {
            return scope != null && !scope.isClosed();
        }

        boolean isAlive() {
            return thread != null && thread.isAlive();
        }

        String name() {
            return thread == null ? "" : thread.getName();
        }
    }
}
