package dev.squall.spark;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import dev.squall.train.RunDirectory;
import dev.squall.train.parallel.CommunicationException;
import dev.squall.tresnet.cli.Cluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Where the run was started and its files are: workers ask it for the last checkpoint, send it new ones and what is to be shown, and ask whether to
 * stop. So they need no file system in common but for the data.
 *
 * <p>All goes by question and answer. Whoever is of an attempt that Spark has given up is not listened to any more.
 */
final class Home implements AutoCloseable {
    static final int HELLO = 1;
    static final int TEXT = 2;
    static final int FILE = 3;
    static final int FILE_END = 4;
    static final int GET = 5;
    static final int STOP = 6;
    static final int EPOCH = 7;
    static final int FATAL = 8;
    static final int FINE = 9;

    /** The files of a run, that with which it goes on last. */
    static final Set<String> FILES = new LinkedHashSet<>(List.of(
            RunDirectory.LAST, RunDirectory.BEST, RunDirectory.METRICS, RunDirectory.SUMMARY, RunDirectory.RESUME));

    /** As often the workers may fail without a new checkpoint in between. */
    private static final int MOST_ATTEMPTS = 4;

    private final Cluster.Job job;
    private final String secret;
    private final Sockets sockets;
    private final Runnable cancel;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private int attempt = -1;
    private int attemptsInVain;
    private @Nullable String problem;

    /**
     * Begins to listen for the workers.
     *
     * @param host the own address by which workers reach this machine
     * @param secret what only the workers of this run know
     * @param cancel ends the workers
     */
    Home(Cluster.Job job, String host, String secret, Runnable cancel) {
        this.job = job;
        this.secret = secret;
        this.cancel = cancel;
        sockets = new Sockets(host, connection -> threads.submit(() -> serve(connection)));
    }

    int port() {
        return sockets.port();
    }

    /** What ended the run, if it was something that the user can mend. */
    synchronized @Nullable String problem() {
        return problem;
    }

    private void serve(Connection connection) {
        try (connection) {
            String[] hello = text(connection.receive(HELLO, () -> false)).split(" ");
            if (hello.length != 2 || !hello[0].equals(secret)) {
                return;
            }
            int own = Integer.parseInt(hello[1]);
            begin(own);
            while (true) {
                Connection.Frame frame = connection.receive(() -> false);
                synchronized (this) {
                    if (own < attempt) {
                        return;
                    }
                    answer(connection, frame);
                }
            }
        } catch (CommunicationException e) {
            // The worker has ended, or Spark starts it again.
        } catch (IOException | RuntimeException e) {
            fail("the files of the run cannot be written in " + job.directory() + ": "
                    + (e instanceof IOException io ? BadInputException.reason(io) : e.toString()));
        }
    }

    private synchronized void begin(int newest) {
        if (newest > attempt) {
            if (newest > 0) {
                job.out().println("a worker was lost; Spark starts all of them again, from the last checkpoint");
            }
            attempt = newest;
            attemptsInVain++;
            if (attemptsInVain > MOST_ATTEMPTS) {
                fail("the workers have failed " + MOST_ATTEMPTS
                        + " times in a row without a new checkpoint; the logs of Spark's executors say why");
            }
        }
    }

    private void answer(Connection connection, Connection.Frame frame) throws IOException {
        byte[] payload = frame.payload();
        switch (frame.kind()) {
            case TEXT -> {
                job.out().print(text(payload));
                job.out().flush();
            }
            case FILE -> {
                int end = indexOfZero(payload);
                Path part = part(new String(payload, 0, end, StandardCharsets.UTF_8));
                try (var file = Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                    file.write(payload, end + 1, payload.length - end - 1);
                }
            }
            case FILE_END -> complete(text(payload));
            case GET -> {
                send(connection, text(payload));
                return;
            }
            case STOP -> {
                connection.send(FINE, (byte) (job.stop().getAsBoolean() ? 1 : 0));
                return;
            }
            case EPOCH -> job.afterEpoch().run();
            case FATAL -> fail(text(payload));
            default -> throw new CommunicationException("a worker has sent something unknown", null);
        }
        connection.send(FINE);
    }

    private Path part(String name) {
        return file(name + ".part", name);
    }

    /** Only what a run leaves: a name is never a path. */
    private Path file(String name, String of) {
        if (!FILES.contains(of)) {
            throw new CommunicationException("a worker has sent a file of no run: " + of, null);
        }
        return job.directory().resolve(name);
    }

    private void complete(String name) throws IOException {
        Path file = file(name, name);
        if (name.equals(RunDirectory.RESUME)) {
            attemptsInVain = 0;
            if (Files.exists(file)) {
                Files.move(file, job.directory().resolve(RunDirectory.PREVIOUS), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(part(name), file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void send(Connection connection, String name) throws IOException {
        Files.deleteIfExists(part(name));
        Path file = file(name, name);
        if (Files.exists(file)) {
            try (var contents = Files.newInputStream(file)) {
                byte[] piece = new byte[Connection.PIECE];
                for (int length = contents.read(piece); length > 0; length = contents.read(piece)) {
                    connection.send(FILE, piece, 0, length).awaitUninterruptibly();
                }
            }
            connection.send(FILE_END);
        } else {
            connection.send(FINE);
        }
    }

    private synchronized void fail(String why) {
        if (problem == null) {
            problem = why;
            // Not on this thread, which a worker waits for.
            threads.submit(cancel);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int indexOfZero(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        throw new CommunicationException("a worker has sent a file without a name", null);
    }

    @Override
    public void close() {
        sockets.close();
        threads.shutdownNow();
        for (String name : FILES) {
            try {
                Files.deleteIfExists(part(name));
                AtomicFile.deleteLeftovers(file(name, name));
            } catch (IOException e) {
                // What is left over is in nobody's way.
            }
        }
    }
}
