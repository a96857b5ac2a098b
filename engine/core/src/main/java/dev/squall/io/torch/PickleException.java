package dev.squall.io.torch;

/** Says what is wrong with a pickle or with the file around it; the caller puts the file's name before. */
public final class PickleException extends Exception {
    private static final long serialVersionUID = 1;

    public PickleException(String message) {
        super(message);
    }

    PickleException(String message, Throwable cause) {
        super(message, cause);
    }
}
