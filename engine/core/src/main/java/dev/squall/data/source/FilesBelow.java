package dev.squall.data.source;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files in a directory and in those below it, by name. Links are followed, since people collect what lies elsewhere with them, but no
 * directory is entered twice, whatever names lead to it: a link to where it lies would otherwise repeat everything.
 */
public final class FilesBelow {
    private final Set<Path> entered = new HashSet<>();
    private final List<Path> files = new ArrayList<>();

    private FilesBelow() {}

    /**
     * Those in {@code directory} whose names, and those of the directories between, do not begin with a dot.
     *
     * @param outside a directory around it, which a link must not lead to; {@code directory} itself if there is none
     * @throws BadInputException if a directory cannot be read
     */
    public static List<Path> of(Path directory, Path outside) {
        FilesBelow below = new FilesBelow();
        try {
            below.entered.add(outside.toRealPath());
            below.entered.remove(directory.toRealPath());
        } catch (IOException e) {
            throw BadInputException.unreadable("the directory " + directory, e);
        }
        below.add(directory);
        return below.files;
    }

    private void add(Path directory) {
        try (Stream<Path> found = Files.list(directory)) {
            if (!entered.add(directory.toRealPath())) {
                return;
            }
            for (Path file : found.sorted().toList()) {
                if (file.getFileName().toString().startsWith(".")) {
                    continue;
                }
                if (Files.isDirectory(file)) {
                    add(file);
                } else {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw BadInputException.unreadable("the directory " + directory, e);
        }
    }
}
