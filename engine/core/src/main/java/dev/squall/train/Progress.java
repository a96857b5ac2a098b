package dev.squall.train;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows how far a training is: where errors go to a terminal a line within each epoch that changes, and everywhere a line after each.
 */
final class Progress implements AutoCloseable {
    /** The launcher sets it to the width of the terminal that standard error goes to; elsewhere it is not set. */
    private static final String COLUMNS = "squall.terminal.columns";

    private static final long REFRESH_NANOS = 200_000_000;
    private static final int BAR = 10;

    private final PrintStream out;
    private final int epochs;
    private final int images;
    private final int columns;
    private String task = "";
    private long began;
    private int imagesBefore;
    private long nextRefresh;
    private boolean shown;

    /** Writes to {@code out}. */
    Progress(PrintStream out, int epochs, int images) {
        this(out, epochs, images, Integer.getInteger(COLUMNS, 0));
    }

    /** The same for a terminal of that width; 0 for none. */
    Progress(PrintStream out, int epochs, int images, int columns) {
        this.out = out;
        this.epochs = epochs;
        this.images = images;
        this.columns = columns;
    }

    /** An epoch, of which {@code imagesBefore} are done, begins. */
    void beginEpoch(int epoch, int imagesBefore) {
        this.task = "epoch " + epoch + "/" + epochs;
        this.began = System.nanoTime();
        this.imagesBefore = imagesBefore;
        this.nextRefresh = began;
    }

    /** So many images of the epoch are done. */
    void step(PredictionCounts soFar, int done) {
        long now = System.nanoTime();
        if (columns > 1 && now - nextRefresh >= 0) {
            nextRefresh = now + REFRESH_NANOS;
            // The last column stays free: some terminals would go on to the next line.
            String line = line(soFar, done, (now - began) * 1e-9);
            out.print("\r\u001b[K" + line.substring(0, Math.min(line.length(), columns - 1)));
            out.flush();
            shown = true;
        }
    }

    private String line(PredictionCounts soFar, int done, double seconds) {
        double rate = (done - imagesBefore) / Math.max(seconds, 1e-3);
        return String.format(
                Locale.ROOT,
                "%s [%-" + BAR + "s]  loss %.4f  accuracy %.4f  %.0f images/s  %s left",
                task,
                "#".repeat((int) ((long) BAR * done / images)),
                soFar.loss(),
                soFar.accuracy(),
                rate,
                rate > 0 ? duration((images - done) / rate) : "?");
    }

    /**
     * Prints the line of an epoch.
     *
     * @param shareWaited the part of the training time that was spent waiting for images
     */
    void endEpoch(EpochMetrics metrics, double shareWaited) {
        double left = metrics.seconds() / metrics.epoch() * (epochs - metrics.epoch());
        out.printf(
                Locale.ROOT,
                "epoch %d/%d  loss %.4f  accuracy %.4f  validation loss %.4f  top-1 %.4f  %.0f images/s (%.0f %% waiting for data)  %s left%n",
                metrics.epoch(),
                epochs,
                metrics.trainLoss(),
                metrics.trainAccuracy(),
                metrics.loss(),
                metrics.top1(),
                metrics.imagesPerSecond(),
                100 * shareWaited,
                duration(left));
    }

    /** For example 1:05:09 or 0:42. */
    static String duration(double seconds) {
        long s = Math.round(seconds);
        return s < 3600
                ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    }

    /** Clears the line that changes. */
    @Override
    public void close() {
        if (shown) {
            out.print("\r\u001b[K");
            out.flush();
            shown = false;
        }
    }
}
