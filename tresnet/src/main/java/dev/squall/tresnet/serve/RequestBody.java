package dev.squall.tresnet.serve;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Reads what comes with a request, but not more than may, and not for longer. */
final class RequestBody {
    private static final int CHUNK_BYTES = 1 << 16;

    /** Who is refused for a body that is too long may go on sending for so long; cut off at once, many would never see the answer. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long PAUSE_MILLIS = 10;

    private final HttpServletRequest request;
    private final ServerOptions limits;
    private final MemoryBudget.Share memory;
    private final long began = System.nanoTime();

    RequestBody(HttpServletRequest request, ServerOptions limits, MemoryBudget.Share memory) {
        this.request = request;
        this.limits = limits;
        this.memory = memory;
    }

    /**
     * Reads the whole body.
     *
     * @throws Refusal if it is too long, comes too slowly, is packed, or breaks off
     */
    byte[] read() {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            throw new Refusal(
                    Status.UNSUPPORTED_TYPE,
                    "bodies packed with '" + Text.quotable(encoding.toLowerCase(Locale.ROOT))
                            + "' are not taken; send it as it is");
        }
        try (ServletInputStream in = request.getInputStream()) {
            if (request.getContentLengthLong() > limits.mostBodyBytes()) {
                throw tooLong(in);
            }
            ByteArrayOutputStream body = new ByteArrayOutputStream(CHUNK_BYTES);
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (body.size() + count > limits.mostBodyBytes()) {
                    throw tooLong(in);
                }
                if (System.nanoTime() - began > limits.timeout().toNanos()) {
                    throw tooSlow(null);
                }
                // Twice, since the body is copied when it is complete.
                memory.take(2L * count);
                body.write(chunk, 0, count);
            }
            return body.toByteArray();
        } catch (IOException e) {
            throw isTimeout(e) ? tooSlow(e) : new Refusal(Status.BAD_REQUEST, "the body breaks off or is malformed", e);
        }
    }

    private static boolean isTimeout(@Nullable Throwable e) {
        return e != null && (e instanceof TimeoutException || isTimeout(e.getCause()));
    }

    private Refusal tooSlow(@Nullable IOException cause) {
        String sentence = "the body did not arrive within " + limits.timeout().toSeconds() + " seconds";
        return cause == null ? new Refusal(Status.TOO_SLOW, sentence) : new Refusal(Status.TOO_SLOW, sentence, cause);
    }

    private Refusal tooLong(ServletInputStream in) {
        Refusal refusal = new Refusal(
                Status.TOO_LARGE,
                "the body is longer than the " + limits.mostBodyBytes()
                        + " bytes that are taken; send smaller or fewer pictures");
        if (request.getHeader("Expect") == null) {
            dropSome(in);
        }
        // Otherwise its sender has asked before sending.
        return refusal;
    }

    /** Takes for a moment what its sender is sending: who is still sending when the connection is closed does not see the answer. */
    private void dropSome(ServletInputStream in) {
        long until = System.nanoTime() + LINGER_NANOS;
        byte[] dropped = new byte[CHUNK_BYTES];
        long left = 4 * limits.mostBodyBytes();
        try {
            while (!in.isFinished() && left > 0 && System.nanoTime() - until < 0) {
                int there = in.available();
                if (there > 0) {
                    left -= in.read(dropped, 0, Math.min(there, CHUNK_BYTES));
                } else {
                    // To read would wait for as long as the sender likes.
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                }
            }
        } catch (IOException e) {
            // It has gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
