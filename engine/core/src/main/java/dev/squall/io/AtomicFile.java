package dev.squall.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Replaces a file as a whole. */
public final class AtomicFile {
    private static final String SUFFIX = ".tmp";

    private AtomicFile() {}

    /** Writes the new contents. */
    @FunctionalInterface
    public interface Writing {
        /** Writes to {@code out}, which is open and empty and is closed by the caller. */
        void to(FileChannel out) throws IOException;
    }

    /**
     * Writes to a temporary file in the same directory, has the disk take it, then moves it over {@code file} and has the disk take that,
     * too. If anything fails, or the program is told to end, {@code file} is what it was before and nothing lies beside it; after a loss of power it is the old or the new one.
     * A link stays one, and what it leads to is replaced. A pipe or a device, such as {@code /dev/null}, is no file that could be replaced, and is written to.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, Writing writing) throws IOException {
        write(file, null, writing);
    }

    /** Whether {@code file} is a pipe or a device, of which nothing is lost when something is written to it. */
    public static boolean isStream(Path file) {
        return Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
    }

    /**
     * The same, and what {@code file} was before becomes {@code previous}. Whoever finds no {@code file} was interrupted between the two
     * moves, and finds all of the old one in {@code previous}.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, @Nullable Path previous, Writing writing) throws IOException {
        if (isStream(file)) {
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
                writing.to(out);
            }
        } else {
            replace(Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file, previous, writing);
        }
    }

    private static void replace(Path file, @Nullable Path previous, Writing writing) throws IOException {
        Path temporary = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + SUFFIX);
        try (Unfinished unfinished = new Unfinished()) {
            unfinished.add(temporary);
            try (FileChannel out = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                writing.to(out);
                out.force(true);
            }
            if (previous != null && Files.exists(file)) {
                move(file, previous);
            }
            move(temporary, file);
            force(file.toAbsolutePath().getParent());
        }
    }

    /**
     * Replaces {@code file} with these bytes.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, byte[] contents) throws IOException {
        write(file, out -> {
            ByteBuffer bytes = ByteBuffer.wrap(contents);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        });
    }

    /**
     * Deletes what writers of {@code file} left beside it when they were killed; nobody may be writing it.
     *
     * @throws IOException if the directory cannot be read or changed
     */
    public static void deleteLeftovers(Path file) throws IOException {
        Pattern leftover =
                Pattern.compile(Pattern.quote("." + file.getFileName() + ".") + "\\d+" + Pattern.quote(SUFFIX));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                file.toAbsolutePath().getParent(),
                entry -> leftover.matcher(entry.getFileName().toString()).matches())) {
            for (Path entry : entries) {
                Files.deleteIfExists(entry);
            }
        }
    }

    /**
     * Gives a file another name in its directory, in one step where the system can; a file that had it is gone.
     *
     * @throws IOException if it cannot be moved
     */
    public static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Has the disk take the names in a directory; a system on which a directory cannot be opened does so by itself. */
    private static void force(@Nullable Path directory) {
        if (directory == null) {
            return;
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            // Windows opens no directories, and some network file systems do not know how to force one: the file is in
            // place all the same.
        }
    }
}
