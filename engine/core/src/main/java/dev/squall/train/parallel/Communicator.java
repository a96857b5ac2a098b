package dev.squall.train.parallel;

/**
 * What a worker of several, which train one network together, needs of the others. All of them call the same methods in the same order, and
 * each call returns when all have made it, or throws where one of them cannot.
 */
public interface Communicator extends AutoCloseable {
    /** Of a worker that has no others. */
    Communicator ALONE = new Alone();

    /** Which of the workers this is, counted from 0. */
    int rank();

    /** How many workers there are. */
    int size();

    /**
     * The sum of the terms of all workers, the same on all of them to the last bit, and for any number of workers.
     *
     * @param mine the terms of this worker, which must be those from {@link #first} on up to the next worker's first; given up
     * @throws CommunicationException if another worker cannot be reached any more
     */
    float[] sum(TreeSum mine);

    /**
     * What the worker of rank 0 gives, to all.
     *
     * @param bytes of rank 0; what others give is not looked at
     * @throws CommunicationException if another worker cannot be reached any more
     */
    byte[] broadcast(byte[] bytes);

    /**
     * Returns when all workers have called it.
     *
     * @throws CommunicationException if another worker cannot be reached any more
     */
    void barrier();

    /** Leaves the others, whose calls that wait for this worker throw from then on. */
    @Override
    void close();

    /** The first of {@code terms} terms that falls to a worker; behind the last worker, the number of terms. */
    default int first(int terms, int rank) {
        return (int) ((long) terms * rank / size());
    }

    /** See {@link #ALONE}. */
    record Alone() implements Communicator {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public float[] sum(TreeSum mine) {
            return mine.total();
        }

        @Override
        public byte[] broadcast(byte[] bytes) {
            return bytes;
        }

        @Override
        public void barrier() {
            // Nobody to wait for.
        }

        @Override
        public void close() {
            // Nothing to leave.
        }
    }
}
