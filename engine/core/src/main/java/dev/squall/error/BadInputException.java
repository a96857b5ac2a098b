package dev.squall.error;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Something the user handed in (a file, a directory, an option) cannot be used.
 *
 * <p>The message is one plain sentence that names the thing and says what is wrong with it; the command line prints
 * it without a stack trace and exits with 2.
 */
public final class BadInputException extends IllegalArgumentException {
    /** With a sentence for the user. */
    public BadInputException(String message) {
        super(message);
    }

    /** With a sentence for the user and what a log may want to know besides. */
    public BadInputException(String message, Throwable cause) {
        super(message, cause);
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
            case EOFException _ -> "it ends too early";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        };
    }
}
