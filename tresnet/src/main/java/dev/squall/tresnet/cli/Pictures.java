package dev.squall.tresnet.cli;

import dev.squall.data.Input;
import dev.squall.data.image.ImageReader;
import dev.squall.data.image.Picture;
import dev.squall.data.source.FilesBelow;
import dev.squall.error.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user means by the pictures he names: files, all pictures below a directory, pipes, the standard input ({@code -}), and lists, which
 * are texts with a name on each line. What is in a file decides.
 */
final class Pictures {
    private static final int MOST_BYTES = 256 << 20;
    private static final int MOST_LIST_BYTES = 64 << 20;

    /** Enough to tell a text from anything else. */
    private static final int HEAD_BYTES = 4096;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private Pictures() {}

    /** A picture to be read when it is its turn; {@code name} is what the user called it. */
    record Source(String name, Input input) {
        /** Reads it. */
        Picture open() {
            return ImageReader.open(input);
        }
    }

    /**
     * All pictures that {@code arguments} name, in this order, those of a directory by name.
     *
     * @param waiting is told of a pipe that nobody writes into yet
     * @throws BadInputException if a directory or a list cannot be read, or has nothing in it
     */
    static List<Source> of(List<String> arguments, PrintWriter waiting) {
        List<Source> sources = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals("-")) {
                sources.addAll(ofStream("the standard input", System.in));
                continue;
            }
            Path path = Path.of(argument);
            if (Files.isDirectory(path)) {
                sources.addAll(below(path));
            } else if (Files.exists(path) && !Files.isRegularFile(path)) {
                // A pipe can be read once.
                try (InputStream in = opened(path, waiting)) {
                    sources.addAll(ofStream(argument, in));
                } catch (IOException e) {
                    throw BadInputException.unreadable(argument, e);
                }
            } else if (isList(path)) {
                sources.addAll(named(
                        Input.file(path).bytes(MOST_LIST_BYTES),
                        path.toAbsolutePath().getParent()));
            } else {
                sources.add(new Source(argument, file(path)));
            }
        }
        return sources;
    }

    /** Opening a pipe takes until somebody opens its other end. */
    private static InputStream opened(Path pipe, PrintWriter waiting) throws IOException {
        Thread patience = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(PATIENCE);
                waiting.println("waiting for something to be written into the pipe " + pipe);
            } catch (InterruptedException e) {
                // It is open.
            }
        });
        try {
            return Files.newInputStream(pipe);
        } finally {
            patience.interrupt();
        }
    }

    /** What is said of a file that does not exist is said when it is its turn. */
    private static Input file(Path path) {
        return new Input(path.toString(), () -> Input.file(path).opening().open());
    }

    private static List<Source> below(Path directory) {
        List<Source> sources = FilesBelow.of(directory, directory).stream()
                .filter(file -> ImageReader.isPicture(file) || ImageReader.isNamedAsPicture(file))
                .map(file -> new Source(file.toString(), file(file)))
                .toList();
        if (sources.isEmpty()) {
            throw new BadInputException(
                    "the directory " + directory + " holds no pictures (" + ImageReader.FORMATS + ")");
        }
        return sources;
    }

    private static List<Source> ofStream(String name, InputStream in) {
        byte[] bytes = new Input(name, () -> in).bytes(MOST_BYTES);
        if (bytes.length == 0) {
            throw new BadInputException(name + " is empty; a picture or the names of pictures were expected");
        }
        if (namesAFile(bytes, null)) {
            return named(bytes, null);
        }
        return List.of(new Source(name, new Input(name, () -> new ByteArrayInputStream(bytes))));
    }

    private static boolean isList(Path path) {
        if (!Files.isReadable(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return namesAFile(in.readNBytes(HEAD_BYTES), path.toAbsolutePath().getParent());
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether this is a text whose first line names something that exists. */
    private static boolean namesAFile(byte[] head, @Nullable Path directory) {
        int end = 0;
        while (end < Math.min(head.length, HEAD_BYTES) && head[end] != '\n') {
            if (head[end] == 0) {
                return false;
            }
            end++;
        }
        try {
            String line = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(head, 0, end))
                    .toString();
            return !line.isBlank() && Files.exists(resolved(line.strip(), directory));
        } catch (CharacterCodingException | InvalidPathException e) {
            return false;
        }
    }

    private static List<Source> named(byte[] text, @Nullable Path directory) {
        return new String(text, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(line -> new Source(line, file(resolved(line, directory))))
                .toList();
    }

    /** As a name beside the list, if there is no such file from where the program runs. */
    private static Path resolved(String line, @Nullable Path directory) {
        Path path = Path.of(line);
        return directory != null && !Files.exists(path) && Files.exists(directory.resolve(path))
                ? directory.resolve(path)
                : path;
    }
}
