package dev.squall.bench.peers;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.squall.bench.peers.Measurement.Timing;
import dev.squall.bench.peers.Row.Work;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The table for people and the CSV file for programs, written row by row. */
final class Report implements AutoCloseable {
    private static final String FORMAT = "  %-26s %10s  %-19s %9s %9s %7s %9s %8s%n";

    private final PrintStream out;
    private final Peak peak;
    private final CsvWriter csv;
    private String table = "";

    Report(PrintStream out, Path csvFile, Peak peak) throws IOException {
        this.out = out;
        this.peak = peak;
        csv = CsvWriter.builder().build(csvFile);
        csv.writeRecord(
                "table",
                "row",
                "contender",
                "median_s",
                "quartile1_s",
                "quartile3_s",
                "rounds",
                "images_per_s",
                "gflop_per_s",
                "gbyte_per_s",
                "fraction_of_peak",
                "error",
                "times_ours",
                "peak_bytes");
        print(
                "Peak of this machine: %.0f GFLOP/s (multiply-adds in registers), %.1f GB/s (triad)%n",
                peak.gflops(), peak.gbytes());
    }

    /** Adds a row. */
    void add(Row row, List<Timing> timings) throws IOException {
        if (!row.table().equals(table)) {
            table = row.table();
            print("%n%s%n", table);
        }
        print(
                "%n " + FORMAT.substring(2),
                row.name(),
                "median ms",
                "quartiles",
                "images/s",
                rateName(row),
                "of peak",
                "error",
                "x ours");
        double ours = timings.getFirst().median();
        for (Timing timing : timings) {
            double seconds = timing.median();
            double q1 = timing.seconds().getPercentile(25);
            double q3 = timing.seconds().getPercentile(75);
            Work work = row.work();
            double rate = (work.operations() > 0 ? work.operations() : work.bytes()) * 1e-9 / seconds;
            double fraction = rate / (work.operations() > 0 ? peak.gflops() : peak.gbytes());
            String images = work.images() > 0 ? text("%.2f", work.images() / seconds) : "";
            print(
                    FORMAT,
                    timing.contender(),
                    text("%.3f", seconds * 1e3),
                    text("%.3f - %.3f", q1 * 1e3, q3 * 1e3),
                    images,
                    text("%.1f", rate),
                    text("%.2f", fraction),
                    text("%.1e", timing.error()),
                    text("%.2f", seconds / ours));
            csv.writeRecord(
                    row.table(),
                    row.name(),
                    timing.contender(),
                    text("%.9f", seconds),
                    text("%.9f", q1),
                    text("%.9f", q3),
                    Long.toString(timing.seconds().getN()),
                    images,
                    work.operations() > 0 ? text("%.3f", rate) : "",
                    work.operations() > 0 ? "" : text("%.3f", rate),
                    text("%.4f", fraction),
                    text("%.3e", timing.error()),
                    text("%.4f", seconds / ours),
                    "");
        }
        csv.flush();
    }

    /** Adds the peak memory of a process. */
    void addMemory(String row, String contender, long bytes) throws IOException {
        if (!row.equals(table)) {
            table = row;
            print("%n%s%n", row);
        }
        print("  %-26s %.0f MB at the peak%n", contender.toLowerCase(Locale.ROOT), bytes * 1e-6);
        csv.writeRecord("memory", row, contender, "", "", "", "", "", "", "", "", "", "", Long.toString(bytes));
        csv.flush();
    }

    private static String rateName(Row row) {
        return row.work().operations() > 0 ? "GFLOP/s" : "GB/s";
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private void print(String format, Object... values) {
        out.print(text(format, values));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        csv.close();
    }
}
