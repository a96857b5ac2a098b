package dev.squall.tresnet.serve;

/** A request that is not answered as asked. The message is one sentence for whoever sent it: what is wrong, and what to do. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    Refusal(int status, String message) {
        super(message);
        this.status = status;
    }

    Refusal(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The status of HTTP. */
    int status() {
        return status;
    }

    /** Whether the same request may be answered a moment later. */
    boolean isTemporary() {
        return status == Status.TOO_MANY_REQUESTS || status == Status.UNAVAILABLE;
    }
}
