package dev.squall.train;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/** Shows how far a training is: on a terminal a bar within each epoch, and everywhere a line after each. */
final class Progress implements AutoCloseable {
    private static final int REFRESH_MILLIS = 200;

    private final PrintStream out;
    private final int epochs;
    private final int images;
    private final boolean terminal;
    private @Nullable ProgressBar bar;

    /** Writes to {@code out}. */
    Progress(PrintStream out, int epochs, int images) {
        this.out = out;
        this.epochs = epochs;
        this.images = images;
        Console console = System.console();
        this.terminal = console != null && console.isTerminal();
    }

    void beginEpoch(int epoch) {
        if (terminal) {
            bar = new ProgressBarBuilder()
                    .setTaskName("epoch " + epoch + "/" + epochs)
                    .setInitialMax(images)
                    .setUpdateIntervalMillis(REFRESH_MILLIS)
                    .setRenderer(Progress::render)
                    .clearDisplayOnFinish()
                    .setConsumer(new ConsoleProgressBarConsumer(out))
                    .build();
        }
    }

    void step(Predictions soFar) {
        if (bar != null) {
            bar.stepTo(soFar.images());
            bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f  accuracy %.4f", soFar.loss(), soFar.accuracy()));
        }
    }

    /** One line that fits a terminal of 80 columns. */
    private static String render(ProgressState state, int width) {
        double seconds = state.getElapsedAfterStart().toMillis() * 1e-3;
        double done = state.getNormalizedProgress();
        String line = String.format(
                Locale.ROOT,
                "%s [%-10s]  %s  %.0f images/s  %s left",
                state.getTaskName(),
                "#".repeat((int) (10 * done)),
                state.getExtraMessage(),
                state.getCurrent() / Math.max(seconds, 1e-3),
                done > 0 ? duration(seconds * (1 - done) / done) : "?");
        return line.substring(0, Math.min(line.length(), width));
    }

    void endEpoch(EpochMetrics metrics) {
        double left = metrics.seconds() / metrics.epoch() * (epochs - metrics.epoch());
        out.printf(
                Locale.ROOT,
                "epoch %d/%d  loss %.4f  accuracy %.4f  validation loss %.4f  top-1 %.4f  %.0f images/s  %s left%n",
                metrics.epoch(),
                epochs,
                metrics.trainLoss(),
                metrics.trainAccuracy(),
                metrics.loss(),
                metrics.top1(),
                metrics.imagesPerSecond(),
                duration(left));
    }

    /** For example 1:05:09 or 0:42. */
    static String duration(double seconds) {
        long s = Math.round(seconds);
        return s < 3600
                ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
