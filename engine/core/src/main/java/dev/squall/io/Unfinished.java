package dev.squall.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Files that are worth nothing until all is written, and are deleted unless it comes to that: when this is closed before {@link #keep()}, or when
 * the program ends meanwhile, by Ctrl-C or a signal too. Only a process that is killed, or that stops at once, leaves them.
 */
public final class Unfinished implements AutoCloseable {
    private static final Set<Path> ALL = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::deleteAll, "squall-unfinished-files"));
    }

    private static final long PAUSE_NANOS = 50_000_000;

    /** From when on nothing new may begin. */
    private static volatile boolean ending;

    private final List<Path> files = new ArrayList<>();

    /** One more, which need not exist yet. */
    public void add(Path file) {
        Path absolute = file.toAbsolutePath();
        files.add(absolute);
        ALL.add(absolute);
        while (ending) {
            // Whoever writes would else go on while its files are deleted, until the last moment of the program.
            LockSupport.park();
        }
    }

    /** All is written. */
    public void keep() {
        files.forEach(ALL::remove);
        files.clear();
    }

    /**
     * Deletes those that were not kept.
     *
     * @throws IOException if one cannot be deleted
     */
    @Override
    public void close() throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
            ALL.remove(file);
        }
        files.clear();
    }

    private static void deleteAll() {
        ending = true;
        for (int round = 0; round < 2; round++) {
            for (Path file : ALL) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    // The program ends: there is nobody left to tell.
                }
            }
            // One that had a name already may have been about to be made.
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
