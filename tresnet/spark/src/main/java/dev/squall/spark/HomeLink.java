package dev.squall.spark;

import dev.squall.train.parallel.CommunicationException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A worker's connection to where the run was {@linkplain Home started}. */
final class HomeLink implements AutoCloseable {
    private final Sockets sockets;
    private final Connection connection;
    private final BooleanSupplier isCancelled;
    private final Map<Path, FileTime> sent = new HashMap<>();

    /**
     * Connects to the program that was started.
     *
     * @param host of the other side
     * @param attempt Spark's number of this attempt
     * @param isCancelled asked now and then whether to give up waiting
     */
    HomeLink(Worker.Address home, String host, int attempt, BooleanSupplier isCancelled) {
        this.isCancelled = isCancelled;
        sockets = new Sockets(host, Connection::close);
        try {
            connection = sockets.connect(home.host(), home.port(), "the program that started the run");
        } catch (RuntimeException e) {
            sockets.close();
            throw e;
        }
        connection.send(Home.HELLO, bytes(home.secret() + " " + attempt));
    }

    /**
     * Gets a file of the run.
     *
     * @return whether there is one
     */
    boolean fetch(String name, Path directory) throws IOException {
        connection.send(Home.GET, bytes(name));
        Connection.Frame frame = connection.receive(isCancelled);
        if (frame.kind() == Home.FINE) {
            return false;
        }
        try (OutputStream file = Files.newOutputStream(directory.resolve(name))) {
            while (frame.kind() == Home.FILE) {
                file.write(frame.payload());
                frame = connection.receive(isCancelled);
            }
        }
        return true;
    }

    /** Sends the files of the run that have changed since. */
    void sendFiles(Path directory) {
        try {
            for (String name : Home.FILES) {
                Path file = directory.resolve(name);
                if (Files.exists(file) && !Files.getLastModifiedTime(file).equals(sent.get(file))) {
                    sent.put(file, Files.getLastModifiedTime(file));
                    send(name, file);
                }
            }
        } catch (IOException e) {
            throw new CommunicationException("the files of the run cannot be read in " + directory, e);
        }
    }

    private void send(String name, Path file) throws IOException {
        byte[] begin = bytes(name + "\0");
        byte[] piece = new byte[Connection.PIECE];
        System.arraycopy(begin, 0, piece, 0, begin.length);
        try (var contents = Files.newInputStream(file)) {
            while (true) {
                int length = contents.read(piece, begin.length, piece.length - begin.length);
                if (length < 0) {
                    break;
                }
                connection.send(Home.FILE, piece, 0, begin.length + length);
                connection.receive(Home.FINE, isCancelled);
            }
        }
        ask(Home.FILE_END, bytes(name));
    }

    /** Takes what is to be shown. */
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] text, int from, int length) {
                byte[] part = new byte[length];
                System.arraycopy(text, from, part, 0, length);
                ask(Home.TEXT, part);
            }
        };
    }

    /** Whether the run is to stop. */
    boolean isStopped() {
        return ask(Home.STOP)[0] == 1;
    }

    /** The files of an epoch are there. */
    void endEpoch() {
        ask(Home.EPOCH);
    }

    /** Ends the run for a reason that the user can mend. */
    void fail(String why) {
        ask(Home.FATAL, bytes(why));
    }

    private byte[] ask(int kind, byte... payload) {
        connection.send(kind, payload);
        return connection.receive(Home.FINE, isCancelled);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        sockets.close();
    }
}
