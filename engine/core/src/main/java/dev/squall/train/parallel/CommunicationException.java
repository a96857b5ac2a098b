package dev.squall.train.parallel;

import org.jspecify.annotations.Nullable;

/** A worker has lost another one, without which it cannot go on. */
public final class CommunicationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What was lost, in one sentence. */
    public CommunicationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
