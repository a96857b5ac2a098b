package dev.squall.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Replaces a file as a whole. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes the new contents. */
    @FunctionalInterface
    public interface Writing {
        /** Writes to {@code out}, which is open and empty and is closed by the caller. */
        void to(FileChannel out) throws IOException;
    }

    /**
     * Writes to a temporary file in the same directory, has the disk take it, then moves it over {@code file}. If
     * anything fails, {@code file} is what it was before.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Writing writing) throws IOException {
        Path temporary = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            try (FileChannel out = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                writing.to(out);
                out.force(true);
            }
            move(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
