package dev.squall.tresnet.serve;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that all requests together may hold, so that many large ones do not exhaust the heap; they are counted as they arrive. */
final class MemoryBudget {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** What one request holds, given back when it is closed. Belongs to one thread. */
    final class Share implements AutoCloseable {
        private long bytes;

        /**
         * Takes so many bytes more.
         *
         * @throws Refusal if there is not so much left
         */
        void take(long more) {
            if (used.addAndGet(more) > limit) {
                used.addAndGet(-more);
                throw new Refusal(
                        Status.UNAVAILABLE,
                        "the requests under way hold all memory that is set aside for them; try again");
            }
            bytes += more;
        }

        @Override
        public void close() {
            used.addAndGet(-bytes);
            bytes = 0;
        }
    }

    Share share() {
        return new Share();
    }

    /** Bytes that requests hold. */
    long used() {
        return used.get();
    }
}
