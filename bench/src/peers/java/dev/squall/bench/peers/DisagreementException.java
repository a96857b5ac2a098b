package dev.squall.bench.peers;

import java.io.Serial;

/** Two engines compute different things. */
final class DisagreementException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    DisagreementException(String message) {
        super(message);
    }
}
