package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Remembers that something could not be written, which printing in Java keeps to itself: a result that nobody got is no success. */
final class Output extends OutputStream {
    private static final byte DELETE = 0x7f;

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
                target.write(printable(bytes, offset, length));
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

    /** Names of files, tensors and classes come from elsewhere, and one could move the cursor of a terminal, or do worse. */
    private static byte[] printable(byte[] bytes, int offset, int length) {
        byte[] shown = Arrays.copyOfRange(bytes, offset, offset + length);
        for (int i = 0; i < shown.length; i++) {
            boolean control = shown[i] >= 0 && shown[i] < ' ' || shown[i] == DELETE;
            if (control && shown[i] != '\n' && shown[i] != '\r' && shown[i] != '\t') {
                shown[i] = '?';
            }
        }
        return shown;
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
