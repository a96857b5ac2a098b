package dev.squall.train;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps a second run out of a run's directory. The lock is the operating system's, which lets go of it when the process ends in whatever
 * way; the file says for people who has it.
 */
final class RunLock implements AutoCloseable {
    /** The name of the file. */
    static final String FILE = ".lock";

    /** Beyond what the file says, so that others can read that where locks are enforced. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    /**
     * Who has a lock in this process. The system keeps locks by process, and drops one as soon as any channel to the file is closed: the
     * file of a lock held here must not even be opened.
     */
    private static final Map<Path, String> HELD = new HashMap<>();

    private final Path file;
    private final FileChannel channel;

    private RunLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks a directory, which exists.
     *
     * @throws BadInputException if another run has it; says which
     * @throws IOException if the file of the lock cannot be written
     */
    static RunLock take(Path directory) throws IOException {
        Path file = directory.toRealPath().resolve(FILE);
        synchronized (HELD) {
            if (HELD.containsKey(file)) {
                throw taken(directory, HELD.get(file));
            }
            FileChannel channel = lock(file, directory);
            String owner = owner();
            try {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap((owner + System.lineSeparator()).getBytes(StandardCharsets.UTF_8)), 0);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            HELD.put(file, owner);
            return new RunLock(file, channel);
        }
    }

    private static FileChannel lock(Path file, Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock(LOCKED_BYTE, 1, false);
            if (lock == null) {
                throw taken(directory, Files.readString(file).strip());
            }
            return channel;
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static BadInputException taken(Path directory, String owner) {
        return new BadInputException("the directory " + directory + " is in use by another run"
                + (owner.isBlank() ? "" : " (" + owner + ")")
                + "; wait for its end, stop it, or choose another directory");
    }

    private static String owner() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            host = "this machine";
        }
        return "process " + ProcessHandle.current().pid() + " on " + host + " since "
                + DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                        ZonedDateTime.now().truncatedTo(ChronoUnit.SECONDS));
    }

    /**
     * Lets go. The file stays, with nothing in it: whoever has opened it in order to lock it must not get the lock of a file that others
     * no longer see.
     */
    @Override
    public void close() {
        synchronized (HELD) {
            if (HELD.remove(file) != null) {
                try (channel) {
                    channel.truncate(0);
                } catch (IOException e) {
                    // The system lets go of the lock in any case; what stays is a file that says who had it.
                }
            }
        }
    }
}
