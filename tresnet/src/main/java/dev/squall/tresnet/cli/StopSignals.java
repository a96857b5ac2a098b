package dev.squall.tresnet.cli;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * While it is open, the first request of the system or the user to end (SIGTERM, SIGINT by Ctrl-C, SIGHUP when a terminal is closed) is
 * noted for whoever asks, so that work can be put away; the second ends the program at once.
 */
final class StopSignals implements AutoCloseable {
    /** Exit codes of programs that a signal ended are this and its number. */
    private static final int SIGNALLED = 128;

    private static final String[] NAMES = {"INT", "TERM", "HUP"};

    private final Map<Signal, SignalHandler> before = new HashMap<>();
    private final PrintStream out;
    private final String reply;
    private final CountDownLatch heard = new CountDownLatch(1);
    private volatile int number;

    /** Says {@code reply} to {@code out} when it has heard. */
    StopSignals(PrintStream out, String reply) {
        this.out = out;
        this.reply = reply;
        for (String name : NAMES) {
            try {
                Signal signal = new Signal(name);
                SignalHandler handler = Signal.handle(signal, this::heard);
                if (handler == SignalHandler.SIG_IGN) {
                    // Whoever started the program wants it to go on, as nohup does.
                    Signal.handle(signal, handler);
                } else {
                    before.put(signal, handler);
                }
            } catch (IllegalArgumentException e) {
                // This system does not know the signal, or the JVM keeps it for itself.
            }
        }
    }

    private void heard(Signal signal) {
        if (number != 0) {
            Runtime.getRuntime().halt(SIGNALLED + signal.getNumber());
        }
        number = signal.getNumber();
        out.printf("%n%s; once more to stop at once%n", reply);
        heard.countDown();
    }

    /** Whether there was one. */
    boolean isStopped() {
        return number != 0;
    }

    /** Waits for the first. */
    void await() throws InterruptedException {
        heard.await();
    }

    /** The exit code that tells of it: 130 for SIGINT, 143 for SIGTERM. */
    int exitCode() {
        return SIGNALLED + number;
    }

    /** Leaves signals to those who had them before. */
    @Override
    public void close() {
        before.forEach(Signal::handle);
    }
}
