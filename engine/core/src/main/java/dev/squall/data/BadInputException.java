package dev.squall.data;

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
}
