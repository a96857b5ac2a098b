package dev.squall.data.source;

import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a user says that a data set lies. People unpack archives in many ways, so its files are looked for in the directory
 * and below it.
 */
final class DataDirectory {
    /** PyTorch puts files into {@code MNIST/raw}; Kaggle a file into a directory of its own name. */
    private static final int DEPTH = 3;

    /** A directory that holds more is not the one that was meant. */
    private static final int MOST_FILES = 10_000;

    private final Path path;
    private final List<Path> files;

    private DataDirectory(Path path, List<Path> files) {
        this.path = path;
        this.files = files;
    }

    /**
     * Looks into a directory.
     *
     * @throws BadInputException if there is none, or nothing in it
     */
    static DataDirectory open(Path path) {
        Input.requireDirectory(path);
        List<Path> files = new ArrayList<>();
        List<Path> level = List.of(path);
        for (int depth = 0; depth < DEPTH && files.size() < MOST_FILES; depth++) {
            List<Path> below = new ArrayList<>();
            for (Path directory : level) {
                try (Stream<Path> entries = Files.list(directory)) {
                    entries.sorted()
                            .limit(MOST_FILES)
                            .forEach(entry -> (Files.isDirectory(entry) ? below : files).add(entry));
                } catch (IOException e) {
                    if (depth == 0) {
                        throw BadInputException.unreadable("the directory " + path, e);
                    }
                    // What cannot be read below is not what was meant, or will be missed.
                }
            }
            level = below.subList(0, Math.min(below.size(), MOST_FILES));
        }
        return new DataDirectory(path, files);
    }

    /** As the user typed it: a shell replaces {@code ~} only at the beginning of a word, so behind a colon we do. */
    static Path path(String typed) {
        try {
            boolean home = typed.equals("~") || typed.startsWith("~/");
            return Path.of(home ? home() + typed.substring(1) : typed);
        } catch (InvalidPathException e) {
            throw new BadInputException("'" + typed + "' is not a path: " + e.getReason(), e);
        }
    }

    /** What the shell takes {@code ~} for; Java asks the system's list of users, on which not every user of a container is. */
    private static String home() {
        String home = System.getenv("HOME");
        return home == null || home.isBlank() ? System.getProperty("user.home") : home;
    }

    Path path() {
        return path;
    }

    /** The files of such a name that lie highest, in order; all of them in one directory or each in one of its own name. */
    List<Path> all(Pattern name) {
        List<Path> matching = files.stream()
                .filter(file -> name.matcher(file.getFileName().toString()).matches())
                .toList();
        if (matching.isEmpty()) {
            return matching;
        }
        int depth = matching.getFirst().getNameCount();
        return matching.stream().filter(file -> file.getNameCount() == depth).toList();
    }

    /**
     * The file of such a name that lies highest.
     *
     * @throws BadInputException if there are several that lie equally high
     */
    Optional<Path> one(Pattern name) {
        List<Path> all = all(name);
        List<Path> directories = all.stream().map(Path::getParent).distinct().toList();
        if (directories.size() > 1) {
            throw new BadInputException("the directory %s holds two data sets, in %s and %s; name one of them"
                    .formatted(path, directories.get(0), directories.get(1)));
        }
        // Plain before packed: gz follows in the order of names.
        return all.stream().findFirst();
    }

    /** Whether a file of such a name is there. */
    boolean has(Pattern name) {
        return !all(name).isEmpty();
    }
}
