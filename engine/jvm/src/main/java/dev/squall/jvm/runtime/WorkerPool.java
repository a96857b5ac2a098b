package dev.squall.jvm.runtime;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share the chunks of a parallel loop.
 *
 * <p>Between loops a worker spins for a while and only then parks, since waking a parked thread costs as much as a
 * small kernel. Each thread has a share of neighbouring chunks, the same part of every loop, so that an operation finds in its core's
 * cache what the operation before it wrote there: taking it over from another core takes several times as long. A
 * thread that is done takes chunks off the ends of others' shares, so a worker that wakes late finds nothing left and
 * the caller has finished without it. Which thread runs a chunk is not defined, so a chunk's result may depend on its index only; then
 * the results do not depend on the number of threads.
 */
public final class WorkerPool implements AutoCloseable {
    private static final long SPIN_NANOS = 200_000;

    /** A loop over fewer bytes is not worth handing over. */
    private static final long SERIAL_BYTES = 256 << 10;

    /** The least a chunk should have. */
    private static final long CHUNK_BYTES = 64 << 10;

    /** The most chunks of a thread's share: enough to even out threads that are not equally fast. */
    private static final int CHUNKS_EACH = 8;

    private final Worker[] workers;
    private final ReentrantLock inUse = new ReentrantLock();
    private volatile @Nullable Loop current;
    private volatile boolean closed;

    /**
     * @param threads how many threads work on a loop, the caller among them; 1 or more
     */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs 1 thread or more, but " + threads + " were asked for");
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    public int threads() {
        return workers.length + 1;
    }

    /**
     * Runs {@code body} for every index in [0, count) and returns when all have finished. A loop inside a loop, or one
     * that a second thread starts meanwhile, runs on its caller alone.
     *
     * @throws RuntimeException what {@code body} threw; indices not yet begun are then skipped
     */
    public void forEach(int count, IntConsumer body) {
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
            Loop loop = new Loop(count, Math.min(count, threads()), body);
            current = loop;
            for (int i = 0; i < Math.min(workers.length, count - 1); i++) {
                workers[i].wake();
            }
            loop.work(0);
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
    public void forEachSized(int count, long bytesEach, IntConsumer body) {
        if (count * bytesEach < SERIAL_BYTES) {
            for (int i = 0; i < count; i++) {
                body.accept(i);
            }
            return;
        }
        long wanted = Math.ceilDiv(count * bytesEach, threads() * CHUNK_BYTES);
        int chunks = threads() * (int) Math.min(wanted, CHUNKS_EACH);
        forEach(chunks, chunk -> {
            int end = bound(count, chunk + 1, chunks);
            for (int i = bound(count, chunk, chunks); i < end; i++) {
                body.accept(i);
            }
        });
    }

    /** Where part {@code i} of {@code parts} equal ones of {@code count} begins. */
    private static int bound(int count, int i, int parts) {
        return (int) ((long) count * i / parts);
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
        /** Longs from a share to the next: they lie in different cache lines. */
        private static final int SHARE_STEP = 16;

        private final int count;
        private final IntConsumer body;
        private final int sharers;
        /** What is left of each thread's share: the first chunk in the upper half, the end in the lower. */
        private final AtomicLongArray shares;

        private final AtomicInteger finished = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Loop(int count, int sharers, IntConsumer body) {
            this.count = count;
            this.sharers = sharers;
            this.body = body;
            shares = new AtomicLongArray((sharers + 1) * SHARE_STEP);
            for (int i = 0; i < sharers; i++) {
                shares.setPlain((i + 1) * SHARE_STEP, range(bound(count, i, sharers), bound(count, i + 1, sharers)));
            }
        }

        /** Works on the share of a thread, then on what others have left. */
        void work(int thread) {
            for (int i = 0; i < sharers; i++) {
                int owner = (thread + i) % sharers;
                boolean own = owner == thread;
                for (int chunk = take(owner, own); chunk >= 0; chunk = take(owner, own)) {
                    run(chunk);
                }
            }
        }

        /** The first or the last chunk that is left of a share; -1 if none is. */
        private int take(int owner, boolean first) {
            int at = (owner + 1) * SHARE_STEP;
            while (true) {
                long share = shares.get(at);
                int from = (int) (share >>> Integer.SIZE);
                int to = (int) share;
                if (from >= to) {
                    return -1;
                }
                long rest = first ? range(from + 1, to) : range(from, to - 1);
                if (shares.compareAndSet(at, share, rest)) {
                    return first ? from : to - 1;
                }
            }
        }

        private static long range(int from, int to) {
            return (long) from << Integer.SIZE | to;
        }

        private void run(int chunk) {
            try {
                if (failure == null) {
                    body.accept(chunk);
                }
            } catch (Throwable e) {
                failure = e;
            } finally {
                finished.incrementAndGet();
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
        private final int index;
        private volatile boolean parked;

        /** Worker 1, 2, ...; thread 0 of a loop is its caller. */
        Worker(int index) {
            super("squall-jvm-" + index);
            this.index = index;
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
                    loop.work(index);
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
