package dev.squall.spark;

import dev.squall.train.parallel.CommunicationException;
import dev.squall.train.parallel.Communicator;
import dev.squall.train.parallel.TreeSum;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Reaches every other worker over a socket of its own.
 *
 * <p>A sum goes in two rounds. Each worker owns a part of the vector: all send it their terms of that part (reduce-scatter), it adds them, each at its
 * place in the {@link TreeSum}, and sends the result to all (all-gather). With N workers that are 2 (N - 1) / N vectors that each sends and
 * receives, no more than in a ring, but in two rounds rather than 2 (N - 1), and above all: in a ring the terms are added in the order of the
 * workers, so that other bits come out for every N.
 */
final class NettyCommunicator implements Communicator {
    private static final int HELLO = 1;
    private static final int TERMS = 2;
    private static final int TOTAL = 3;
    private static final int LENGTH = 4;
    private static final int BYTES = 5;
    private static final int BARRIER = 6;
    private static final long PATIENCE_SECONDS = 120;

    private final int rank;
    private final Connection[] others;
    private final Sockets sockets;
    private final BooleanSupplier isCancelled;
    private long nanos;
    private long sums;
    private int longest;

    private NettyCommunicator(int rank, Connection[] others, Sockets sockets, BooleanSupplier isCancelled) {
        this.rank = rank;
        this.others = others;
        this.sockets = sockets;
        this.isCancelled = isCancelled;
    }

    /**
     * Connects with all others, which do the same.
     *
     * @param host the own address by which the others reach this machine
     * @param secret what only the workers of this run know
     * @param gather gives what all workers say, by rank, for what this one says
     * @param isCancelled asked now and then whether to give up waiting
     * @throws CommunicationException if one of them cannot be reached
     */
    static NettyCommunicator open(
            int rank,
            int size,
            String host,
            String secret,
            UnaryOperator<String[]> gather,
            BooleanSupplier isCancelled) {
        ConcurrentHashMap<Connection, Boolean> accepted = new ConcurrentHashMap<>();
        Sockets sockets = new Sockets(host, connection -> accepted.put(connection, true));
        try {
            String[] addresses = gather.apply(new String[] {host + ":" + sockets.port()});
            Connection[] others = new Connection[size];
            for (int other = 0; other < rank; other++) {
                String[] address = addresses[other].split(":(?=\\d+$)");
                others[other] = sockets.connect(address[0], Integer.parseInt(address[1]), "worker " + other);
                others[other].send(HELLO, hello(secret, rank));
            }
            await(accepted, others, rank, secret, isCancelled);
            return new NettyCommunicator(rank, others, sockets, isCancelled);
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
    }

    private static byte[] hello(String secret, int rank) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(bytes.length + Integer.BYTES)
                .put(bytes)
                .putInt(rank)
                .array();
    }

    /** Waits for the workers of higher rank, and shows strangers the door. */
    private static void await(
            ConcurrentHashMap<Connection, Boolean> accepted,
            Connection[] others,
            int rank,
            String secret,
            BooleanSupplier isCancelled) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (Arrays.stream(others, rank + 1, others.length).anyMatch(other -> other == null)) {
            if (System.nanoTime() - end > 0 || isCancelled.getAsBoolean()) {
                throw new CommunicationException(
                        "not all other workers have come within " + PATIENCE_SECONDS + " s", null);
            }
            for (Connection connection : accepted.keySet()) {
                if (!connection.hasArrived()) {
                    continue;
                }
                accepted.remove(connection);
                try {
                    byte[] said = connection.receive(HELLO, isCancelled);
                    int other = said.length < Integer.BYTES
                            ? 0
                            : ByteBuffer.wrap(said).getInt(said.length - Integer.BYTES);
                    if (other > rank && other < others.length && Arrays.equals(said, hello(secret, other))) {
                        others[other] = connection;
                        continue;
                    }
                } catch (CommunicationException e) {
                    // Not one of ours.
                }
                connection.close();
            }
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommunicationException("interrupted while waiting for other workers", e);
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return others.length;
    }

    @Override
    public float[] sum(TreeSum mine) {
        long began = System.nanoTime();
        int length = mine.length();
        List<float[]> parts = mine.parts();
        each(other -> parts.forEach(
                part -> others[other].sendFloats(TERMS, part, first(length, other), first(length, other + 1))));
        float[] own = ownPart(mine.terms(), length, parts);
        each(other -> others[other].sendFloats(TOTAL, own, 0, own.length));
        float[] total = new float[length];
        System.arraycopy(own, 0, total, first(length, rank), own.length);
        each(other ->
                others[other].receiveFloats(TOTAL, total, first(length, other), first(length, other + 1), isCancelled));
        nanos += System.nanoTime() - began;
        count(length);
        return total;
    }

    /** Only the longest sums are those of steps; at the end of an epoch there is a short one. */
    private void count(int length) {
        if (length > longest) {
            longest = length;
            sums = 0;
        }
        if (length == longest) {
            sums++;
        }
    }

    /** The sum of the part that this worker owns. */
    private float[] ownPart(int terms, int length, List<float[]> mine) {
        int from = first(length, rank);
        int to = first(length, rank + 1);
        TreeSum sum = new TreeSum(terms, to - from);
        sum.add(
                first(terms, rank),
                first(terms, rank + 1),
                mine.stream().map(part -> Arrays.copyOfRange(part, from, to)).toList());
        each(other -> {
            int firstTerm = first(terms, other);
            int endTerm = first(terms, other + 1);
            List<float[]> received = new ArrayList<>();
            for (int i = TreeSum.parts(terms, firstTerm, endTerm); i > 0; i--) {
                float[] part = new float[to - from];
                others[other].receiveFloats(TERMS, part, 0, part.length, isCancelled);
                received.add(part);
            }
            sum.add(firstTerm, endTerm, received);
        });
        return sum.total();
    }

    @Override
    public byte[] broadcast(byte[] bytes) {
        if (rank == 0) {
            byte[] length =
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array();
            each(other -> {
                others[other].send(LENGTH, length);
                for (int from = 0; from < bytes.length; from += Connection.PIECE) {
                    others[other].send(BYTES, bytes, from, Math.min(Connection.PIECE, bytes.length - from));
                }
            });
            return bytes;
        }
        byte[] received =
                new byte[ByteBuffer.wrap(others[0].receive(LENGTH, isCancelled)).getInt()];
        for (int at = 0; at < received.length; ) {
            byte[] piece = others[0].receive(BYTES, isCancelled);
            System.arraycopy(piece, 0, received, at, piece.length);
            at += piece.length;
        }
        return received;
    }

    @Override
    public void barrier() {
        each(other -> others[other].send(BARRIER));
        each(other -> others[other].receive(BARRIER, isCancelled));
    }

    /** Something to do with another worker. */
    private interface Exchange {
        void with(int other);
    }

    /** Begins with the next one, so that not all send to the same. */
    private void each(Exchange exchange) {
        for (int i = 1; i < others.length; i++) {
            exchange.with((rank + i) % others.length);
        }
    }

    /** What the sums since the last call have cost. */
    Traffic traffic() {
        long bytes = 0;
        for (Connection other : others) {
            bytes += other == null ? 0 : other.takeBytesSent();
        }
        Traffic traffic = new Traffic(sums, bytes, nanos * 1e-9);
        sums = 0;
        nanos = 0;
        return traffic;
    }

    /**
     * What sums have cost a worker.
     *
     * @param sums how many steps there were
     * @param bytes sent; as many came
     * @param seconds spent, waiting for slower workers included
     */
    record Traffic(long sums, long bytes, double seconds) {}

    @Override
    public void close() {
        sockets.close();
    }
}
