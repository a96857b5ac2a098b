package dev.squall.data;

import dev.squall.error.BadInputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
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

    /**
     * A file of the user's, which must exist. A pipe is none: nobody might ever write into it, and files are read more than once.
     *
     * @throws BadInputException if it is not one
     */
    public static Input file(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new BadInputException(file + " is a directory, not a file");
            } else if (!attributes.isRegularFile()) {
                throw new BadInputException(
                        file + " is a pipe or a device, where a file was expected; store what comes from it in one");
            }
        } catch (NoSuchFileException e) {
            throw BadInputException.missing(file);
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
        } catch (StackOverflowError e) {
            // Java's reader of gzip calls itself for each packed piece that is empty.
            throw new BadInputException(name + " is a damaged gzip file: thousands of its pieces are empty", e);
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
        return gzip ? new Unpacked(in) : in;
    }

    /** What gzip has packed, as long as it may have been pictures: a megabyte can stand for a gigabyte of nothing. */
    private static final class Unpacked extends GZIPInputStream {
        private static final long FREE_BYTES = 64 << 20;
        private static final long MOST_TIMES = 100;

        private final Counted packed;
        private long unpacked;

        Unpacked(InputStream in) throws IOException {
            this(new Counted(in));
        }

        private Unpacked(Counted packed) throws IOException {
            super(packed, BUFFER_BYTES);
            this.packed = packed;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int read = super.read(to, offset, length);
            unpacked += Math.max(read, 0);
            if (unpacked > FREE_BYTES && unpacked > MOST_TIMES * packed.bytes) {
                throw new ZipException(
                        "it unpacks to more than " + MOST_TIMES
                                + " times its size, as pictures do not; unpack it with gunzip if it is to be read all the same");
            }
            return read;
        }
    }

    /** Knows how much was read. */
    private static final class Counted extends FilterInputStream {
        private long bytes;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            bytes += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            int read = super.read(to, offset, length);
            bytes += Math.max(read, 0);
            return read;
        }
    }

    /** Requires a directory with something in it. */
    public static void requireDirectory(Path directory) {
        if (!Files.exists(directory)) {
            throw BadInputException.missingDirectory(directory);
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
