package dev.squall.error;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Something the user handed in (a file, a directory, an option) cannot be used.
 *
 * <p>The message is one plain sentence that names the thing and says what is wrong with it; the command line prints
 * it without a stack trace and exits with 2.
 */
public final class BadInputException extends IllegalArgumentException {
    /** Longer than any sentence of ours, with long paths in it. */
    private static final int LONGEST = 2000;

    /** Where the reader of JSON says what it will not say. */
    private static final String JSON_PLACE = " \\(start marker at \\[Source: .*?\\]\\)";

    /** With a sentence for the user. */
    public BadInputException(String message) {
        super(printable(message));
    }

    /** With a sentence for the user and what a log may want to know besides. */
    public BadInputException(String message, Throwable cause) {
        super(printable(message), cause);
    }

    /**
     * A message that may quote names out of files, as text that a terminal can show: what would move its cursor or change its colours becomes
     * {@code ?}, and a name of a megabyte is cut.
     */
    public static String printable(String message) {
        String shown = message.replaceAll("[\\p{Cntrl}&&[^\n\r\t]]", "?").replaceAll(JSON_PLACE, "");
        return shown.length() <= LONGEST
                ? shown
                : shown.substring(0, LONGEST / 2) + " ... " + shown.substring(shown.length() - LONGEST / 2);
    }

    /** For a file that is not there, or that cannot be got at. */
    public static BadInputException missing(Path file) {
        return missing("file", file);
    }

    /** The same for a directory. */
    public static BadInputException missingDirectory(Path directory) {
        return missing("directory", directory);
    }

    private static BadInputException missing(String what, Path file) {
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            if (Files.isSymbolicLink(file)) {
                return new BadInputException(file + " is a symbolic link that leads to no " + what);
            }
        } catch (IOException e) {
            // A directory on the way may not be entered, links lead in a circle, or the name is too long.
            return unreadable(file, e);
        }
        // What Java could not make a letter of, when it read the command line.
        return new BadInputException(
                "there is no " + what + " " + file
                        + (file.toString().indexOf('\ufffd') < 0
                                ? ""
                                : "; its name has bytes that are no UTF-8, so rename it, or name the directory that it lies in"));
    }

    /** For a file or directory that is there but cannot be read. */
    public static BadInputException unreadable(Object what, IOException cause) {
        return new BadInputException(what + " cannot be read: " + reason(cause), cause);
    }

    /** Why a file could not be read or written, in words; the message of a file system exception may be no more than the path. */
    public static String reason(IOException cause) {
        return switch (cause) {
            case AccessDeniedException _ -> "access denied";
            case NoSuchFileException _ -> "there is no such file";
            case FileAlreadyExistsException _ -> "something else of that name is there";
            case NotDirectoryException _ -> "it is no directory";
            case DirectoryNotEmptyException _ -> "it is a directory with something in it";
            case EOFException _ -> "it ends too early";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        };
    }
}
