package dev.squall.tresnet.cli;

import java.io.PrintStream;

/** Tells the user what he is waiting for: on a terminal in one line that changes, elsewhere in a line every now and then. */
final class Waiting {
    /** The launcher sets it to the width of the terminal that standard error goes to; elsewhere it is not set. */
    private static final String COLUMNS = "squall.terminal.columns";

    private static final long PAUSE_NANOS = 10_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private long next = System.nanoTime();

    Waiting(PrintStream out) {
        this.out = out;
        this.terminal = Integer.getInteger(COLUMNS, 0) > 0;
    }

    /** For example {@code compiling kernels 12/41}. */
    void until(String work) {
        if (terminal) {
            // Erases the line, and leaves the cursor where whatever comes next replaces the words.
            out.print("\r\u001b[K" + work + "\r");
            out.flush();
        } else if (System.nanoTime() - next >= 0) {
            out.println(work);
            next = System.nanoTime() + PAUSE_NANOS;
        }
    }
}
