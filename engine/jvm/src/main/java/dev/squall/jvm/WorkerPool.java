package dev.squall.jvm;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share the chunks of a parallel loop.
 *
 * <p>Between loops a worker spins for about 50 us and only then parks, since waking a parked thread costs as much as a
 * small kernel. Chunks are claimed from a counter: a worker that wakes late finds nothing left, and the caller has
 * finished without it. Which thread runs a chunk is not defined, so a chunk's result may depend on its index only; then
 * the results do not depend on the number of threads.
 */
final class WorkerPool implements AutoCloseable {
    private static final long SPIN_NANOS = 50_000;

    /** A loop over fewer bytes is done in about the time that waking a worker takes. */
    private static final long SERIAL_BYTES = 2 << 20;

    private static final long CHUNK_BYTES = 256 << 10;

    private final Worker[] workers;
    private final ReentrantLock inUse = new ReentrantLock();
    private volatile @Nullable Loop current;
    private volatile boolean closed;

    /**
     * @param threads how many threads work on a loop, the caller among them; 1 or more
     */
    WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs 1 thread or more, but " + threads + " were asked for");
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker("squall-jvm-" + (i + 1));
            workers[i].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /**
     * Runs {@code body} for every index in [0, count) and returns when all have finished. A loop inside a loop, or one
     * that a second thread starts meanwhile, runs on its caller alone.
     *
     * @throws RuntimeException what {@code body} threw; indices not yet begun are then skipped
     */
    void forEach(int count, IntConsumer body) {
        if (workers.length == 0
                || count <= 1
                || Thread.currentThread() instanceof Worker
                || inUse.isHeldByCurrentThread()
                || !inUse.tryLock()) {
            for (int i = 0; i < count; i++) {
                body.accept(i);
            }
            return;
        }
        try {
            Loop loop = new Loop(count, body);
            current = loop;
            for (int i = 0; i < Math.min(workers.length, count - 1); i++) {
                workers[i].wake();
            }
            loop.work();
            while (loop.finished.get() < count) {
                Thread.onSpinWait();
            }
            current = null;
            loop.rethrow();
        } finally {
            inUse.unlock();
        }
    }

    /**
     * As {@link #forEach}, for small bodies: so many indices make a chunk that sharing it is worth the trouble, and a
     * loop that is short as a whole stays on its caller.
     *
     * @param bytesEach bytes that one index reads and writes
     */
    void forEachSized(int count, long bytesEach, IntConsumer body) {
        if (count * bytesEach < SERIAL_BYTES) {
            for (int i = 0; i < count; i++) {
                body.accept(i);
            }
            return;
        }
        int perChunk = Math.toIntExact(Math.clamp(CHUNK_BYTES / bytesEach, 1, count));
        forEach(Math.ceilDiv(count, perChunk), chunk -> {
            int end = Math.min(count, (chunk + 1) * perChunk);
            for (int i = chunk * perChunk; i < end; i++) {
                body.accept(i);
            }
        });
    }

    /** Ends the workers; later loops run on their callers. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private static final class Loop {
        private final int count;
        private final IntConsumer body;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger finished = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Loop(int count, IntConsumer body) {
            this.count = count;
            this.body = body;
        }

        void work() {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    if (failure == null) {
                        body.accept(i);
                    }
                } catch (Throwable e) {
                    failure = e;
                } finally {
                    finished.incrementAndGet();
                }
            }
        }

        void rethrow() {
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    private final class Worker extends Thread {
        private volatile boolean parked;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        void wake() {
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        @Override
        public void run() {
            Loop seen = null;
            long idleSince = System.nanoTime();
            while (!closed) {
                Loop loop = current;
                if (loop != null && loop != seen) {
                    seen = loop;
                    loop.work();
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    park(seen);
                    idleSince = System.nanoTime();
                }
            }
        }

        private void park(@Nullable Loop seen) {
            parked = true;
            Loop loop = current;
            // A loop published between the last look and the flag would not have woken this worker.
            if ((loop == null || loop == seen) && !closed) {
                LockSupport.park(WorkerPool.this);
            }
            parked = false;
        }
    }
}
