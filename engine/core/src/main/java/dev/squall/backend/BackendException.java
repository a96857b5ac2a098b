package dev.squall.backend;

/** A device or its driver does not do what it should. The message is one sentence for people: what happened, and what to do. */
public class BackendException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public BackendException(String message) {
        super(message);
    }

    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
