package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Remembers that something could not be written, which printing in Java keeps to itself: a result that nobody got is no success. */
final class Output extends OutputStream {
    private final OutputStream target;
    private @Nullable IOException failure;

    Output(OutputStream target) {
        this.target = target;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (failure == null) {
            try {
                target.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    @Override
    public void flush() throws IOException {
        if (failure == null) {
            try {
                target.flush();
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    /** Why not all of it could be written, in words; null if it was, or if its reader had seen enough, as {@code head} has. */
    @Nullable
    String problem() {
        IOException e = failure;
        if (e == null) {
            return target instanceof PrintStream stream && stream.checkError() ? "it is closed" : null;
        }
        String reason = BadInputException.reason(e);
        return reason.contains("Broken pipe") || reason.contains("pipe is being closed") ? null : reason;
    }
}
