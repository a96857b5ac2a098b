package dev.squall.bench.device;

import dev.squall.bench.device.Turns.Times;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** The rows as a table of bench/README.md. */
final class MarkdownRows {
    private final StringBuilder text = new StringBuilder();

    /** Begins the table. */
    void on(String device, int rounds) {
        text.append("Measured on ")
                .append(device)
                .append(", medians of ")
                .append(rounds)
                .append(" rounds with quartiles; speed is a multiple of what stands beside it.\n\n")
                .append("| row | ours, ms | speed of ours | beside | its ms | multiple |\n|---|---|---|---|---|---|\n");
    }

    /**
     * Adds a row.
     *
     * @param ours the amount of work in a second
     * @param speed ours divided by the other's
     */
    void add(String name, DeviceRow row, Times times, double ours, double speed) {
        text.append(String.format(
                Locale.ROOT,
                "| %s | %s | %.1f %s | %s | %s | %.2f |%n",
                name,
                milliseconds(times.ours()),
                ours,
                row.ours().work().unit(),
                row.other().name(),
                milliseconds(times.other()),
                speed));
    }

    private static String milliseconds(DescriptiveStatistics seconds) {
        return String.format(
                Locale.ROOT,
                "%.3f (%.3f to %.3f)",
                1e3 * seconds.getPercentile(50),
                1e3 * seconds.getPercentile(25),
                1e3 * seconds.getPercentile(75));
    }

    void write(Path file) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("the table cannot be written to " + file, e);
        }
    }
}
