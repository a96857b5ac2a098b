package dev.squall.train;

/** A run has stopped because it was asked to; its checkpoint is written, and it can be resumed. */
public final class RunStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** In one sentence, with what to do. */
    public RunStoppedException(String message) {
        super(message);
    }
}
