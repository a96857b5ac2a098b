package dev.squall.data;

import dev.squall.error.BadInputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Something to read, plain or packed with gzip; every way in which reading it fails is one sentence.
 *
 * @param name what messages call it
 */
public record Input(String name, Opening opening) {
    private static final int MEBIBYTE = 1 << 20;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int GZIP_FIRST_BYTE = 0x1f;
    private static final int GZIP_SECOND_BYTE = 0x8b;

    /** Opens a stream. */
    @FunctionalInterface
    public interface Opening {
        InputStream open() throws IOException;
    }

    /** Turns a stream into a value. */
    @FunctionalInterface
    public interface Reading<T> {
        T from(InputStream in) throws IOException;
    }

    /** A file of the user's, or a pipe, which must exist. */
    public static Input file(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a directory, not a file");
        }
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new BadInputException("there is no file " + file, e);
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        }
        return new Input(file.toString(), () -> Files.newInputStream(file));
    }

    /** A file that lies beside the classes of {@code home}. */
    public static Input resource(Class<?> home, String path) {
        return new Input(path, () -> Objects.requireNonNull(home.getResourceAsStream(path), path));
    }

    /** Reads it, unpacked if its first bytes say that it is gzip, whatever its name. */
    public <T> T read(Reading<T> reading) {
        try (InputStream in = opening.open()) {
            return reading.from(unpacked(new BufferedInputStream(in, BUFFER_BYTES)));
        } catch (OutOfMemoryError e) {
            throw new BadInputException(name + " needs more memory than the program has", e);
        } catch (EOFException e) {
            throw new BadInputException(name + " is truncated", e);
        } catch (ZipException e) {
            throw new BadInputException(name + " is a damaged gzip file: " + BadInputException.reason(e), e);
        } catch (IOException e) {
            throw BadInputException.unreadable(name, e);
        }
    }

    /**
     * All of it as it is, not unpacked.
     *
     * @param most how many bytes it may have
     * @throws BadInputException if it has more, or cannot be read
     */
    public byte[] bytes(int most) {
        try (InputStream in = opening.open()) {
            byte[] bytes = in.readNBytes(most);
            if (bytes.length == most && in.read() >= 0) {
                throw new BadInputException(name + " has more than the " + most / MEBIBYTE + " MiB that are supported");
            }
            return bytes;
        } catch (IOException e) {
            throw BadInputException.unreadable(name, e);
        }
    }

    /**
     * Its first bytes, fewer if it has no more.
     *
     * @throws BadInputException if it cannot be read
     */
    public byte[] first(int count) {
        try (InputStream in = opening.open()) {
            return in.readNBytes(count);
        } catch (IOException e) {
            throw BadInputException.unreadable(name, e);
        }
    }

    private static InputStream unpacked(BufferedInputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == GZIP_FIRST_BYTE && in.read() == GZIP_SECOND_BYTE;
        in.reset();
        return gzip ? new GZIPInputStream(in, BUFFER_BYTES) : in;
    }

    /** Requires a directory with something in it. */
    public static void requireDirectory(Path directory) {
        if (!Files.exists(directory)) {
            throw new BadInputException("there is no directory " + directory);
        }
        if (!Files.isDirectory(directory)) {
            throw new BadInputException(
                    directory + " is a file where a directory was expected; unpack it, if it is an archive");
        }
        try (var entries = Files.list(directory)) {
            if (entries.findAny().isEmpty()) {
                throw new BadInputException("the directory " + directory + " is empty");
            }
        } catch (IOException e) {
            throw BadInputException.unreadable("the directory " + directory, e);
        }
    }
}
