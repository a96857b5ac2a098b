package dev.squall.train;

import java.util.concurrent.atomic.AtomicReference;

/**
 * How far a trainer has come. Each trains once: a second time would go on with the weights, the steps and the momentum of the first, as a run that
 * nobody asked for. Any thread may ask.
 */
final class OneRun {
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.NEW);

    private enum Stage {
        NEW("has not run"),
        RUNS("is running"),
        ENDED("has run already"),
        CLOSED("is closed");

        private final String words;

        Stage(String words) {
            this.words = words;
        }
    }

    /** @throws IllegalStateException unless the trainer is new */
    void begin() {
        Stage before = stage.compareAndExchange(Stage.NEW, Stage.RUNS);
        if (before != Stage.NEW) {
            throw new IllegalStateException("this trainer " + before.words + ", and each runs once; make another one,"
                    + " with its directory opened to be resumed if it is to go on with this run");
        }
    }

    void end() {
        stage.set(Stage.ENDED);
    }

    /** @throws IllegalStateException while the trainer runs */
    void close() {
        if (stage.getAndUpdate(now -> now == Stage.RUNS ? now : Stage.CLOSED) == Stage.RUNS) {
            throw new IllegalStateException("a trainer cannot be closed while it is running; ask it to end"
                    + " (RunOptions.stop), and close it when run() has returned");
        }
    }
}
