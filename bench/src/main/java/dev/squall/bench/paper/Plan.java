package dev.squall.bench.paper;

import java.util.function.Supplier;

/**
 * A piece of work to be timed.
 *
 * @param key under which its times are kept
 * @param amount of {@code unit} that a pass does
 * @param unit such as images
 * @param prepare makes it ready to run; what it allocates stays until it is closed
 */
record Plan(String key, double amount, String unit, Supplier<Work> prepare) {
    /** Something that can be done again and again. */
    interface Work extends Runnable, AutoCloseable {
        /** Does it once and returns when it is done. */
        @Override
        void run();

        @Override
        void close();

        /** Work of {@code run}, and what frees its memory. */
        static Work of(Runnable run, Runnable close) {
            return new Work() {
                @Override
                public void run() {
                    run.run();
                }

                @Override
                public void close() {
                    close.run();
                }
            };
        }
    }
}
