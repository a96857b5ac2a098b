package uk.ac.manchester.tornado.api.exceptions;

/** The TornadoVM runtime failed. */
public class TornadoRuntimeException extends RuntimeException {

    public TornadoRuntimeException(String message) {
        super(message);
    }
}
