package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command is to write: whether it may and can is asked before the work begins, not when it is done. */
final class OutputFile {
    private OutputFile() {}

    /**
     * Refuses a file that must not or could not be written. A pipe or a device, such as {@code /dev/null}, is always free.
     *
     * @param force whether a file that is there may be replaced
     * @throws BadInputException if the file exists and is not to be replaced, or its directory is none that can be written
     */
    static void requireWritable(Path file, boolean force) {
        if (AtomicFile.isStream(file)) {
            return;
        }
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a directory, not a file");
        }
        if (Files.exists(file) && !force) {
            throw new BadInputException(file + " exists already; replace it with --force, or give another name");
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new BadInputException("there is no directory " + directory + " for " + file.getFileName());
        }
        if (!Files.isWritable(directory)) {
            throw new BadInputException("the directory " + directory + " cannot be written");
        }
    }

    static BadInputException unwritable(Path file, IOException e) {
        return new BadInputException(file + " cannot be written: " + BadInputException.reason(e), e);
    }
}
