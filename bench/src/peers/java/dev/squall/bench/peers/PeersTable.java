package dev.squall.bench.peers;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.squall.bench.peers.Measurement.Timing;
import dev.squall.bench.peers.PeerRow.Work;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.jspecify.annotations.Nullable;

/** The table for people and the CSV file for programs, written row by row. */
final class PeersTable implements AutoCloseable {
    private static final String FORMAT = "  %-26s %10s  %-19s %9s %9s %7s %9s %8s%n";

    private static final String NOTES = """
            Times are medians; "2.00x" means that the fastest settings of that engine take twice as long as Squall.
            "error" is the largest relative error of an output: of a network's against the same in double precision, of others against ours.
            GFLOP/s count the multiply-adds of the direct algorithm; Winograd convolutions need fewer, so they may exceed the peak.
            PyTorch 2.7.1 and ONNX Runtime 1.26 as their Maven artifacts ship them, with the same number of threads, and glibc told to
            keep freed memory (MALLOC_MMAP_MAX_=0, MALLOC_TRIM_THRESHOLD_, MALLOC_TOP_PAD_) and everybody to ask for large pages
            (GLIBC_TUNABLES, THP_MEM_ALLOC_ENABLE), except where memory is measured.
            PyTorch runs TorchScript: NCHW and channels_last with norms folded in inference; "fused" adds weights packed once by oneDNN,
            activations and sums inside of the convolutions, as torch.compile and freezing do it; "packed" is that for one operation.
            Its oneDNN computes some 1x1 convolutions of channels_last images wrongly, or divides by zero, on AVX-512 with two
            threads; with channels_last they run as products of matrices of pixels, which are right, and need no copy.
            ONNX Runtime has norms folded, all its optimisations of the graph, and its own blocked layout.
            ND4J computes the two derivatives of a convolution together, so its times for both are of both.
            """;

    /** Of the CSV file. */
    private static final List<String> COLUMNS = List.of(
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
            "peak_bytes",
            "gradient_error",
            "gradient_error_median");

    private final PrintStream out;
    private final Peak peak;
    private final CsvWriter csv;
    private final PeersSummary summary = new PeersSummary();
    private String table = "";

    PeersTable(PrintStream out, @Nullable Path csvFile, Peak peak) throws IOException {
        this.out = out;
        this.peak = peak;
        csv = csvFile == null
                ? CsvWriter.builder().build(Writer.nullWriter())
                : CsvWriter.builder().build(csvFile);
        csv.writeRecord(COLUMNS);
        print(
                "Peak of this machine: %.0f GFLOP/s (multiply-adds in registers), %.1f GB/s (triad)%n",
                peak.gflops(), peak.gbytes());
    }

    /** Adds a row. */
    void add(PeerRow row, List<Timing> timings) throws IOException {
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
        summary.add(row, timings, rate(row, timings.getFirst()) / peakRate(row));
        for (Timing timing : timings) {
            add(row, timing, ours);
        }
        if (row.exact() != null) {
            printDeviations(timings);
        }
        csv.flush();
    }

    private void add(PeerRow row, Timing timing, double ours) {
        double seconds = timing.median();
        double q1 = timing.seconds().getPercentile(25);
        double q3 = timing.seconds().getPercentile(75);
        double rate = rate(row, timing);
        double fraction = rate / peakRate(row);
        Agreement agreement = timing.agreement();
        String images = row.work().images() > 0 ? text("%.2f", row.work().images() / seconds) : "";
        print(
                FORMAT,
                timing.contender(),
                text("%.3f", seconds * 1e3),
                text("%.3f - %.3f", q1 * 1e3, q3 * 1e3),
                images,
                text("%.1f", rate),
                text("%.2f", fraction),
                text("%.1e", agreement.largestOutput()),
                text("%.2f", seconds / ours));
        Map<String, String> values = new HashMap<>();
        values.put("table", row.table());
        values.put("row", row.name());
        values.put("contender", timing.contender());
        values.put("median_s", text("%.9f", seconds));
        values.put("quartile1_s", text("%.9f", q1));
        values.put("quartile3_s", text("%.9f", q3));
        values.put("rounds", Long.toString(timing.seconds().getN()));
        values.put("images_per_s", images);
        values.put(row.work().operations() > 0 ? "gflop_per_s" : "gbyte_per_s", text("%.3f", rate));
        values.put("fraction_of_peak", text("%.4f", fraction));
        values.put("error", text("%.3e", agreement.largestOutput()));
        values.put("times_ours", text("%.4f", seconds / ours));
        if (!agreement.gradients().isEmpty()) {
            values.put("gradient_error", text("%.3e", agreement.largestGradient()));
            values.put("gradient_error_median", text("%.3e", agreement.medianGradient()));
        }
        write(values);
    }

    /** Writes a line of the CSV file, in which columns without a value are empty. */
    private void write(Map<String, String> values) {
        csv.writeRecord(COLUMNS.stream()
                .map(column -> values.getOrDefault(column, ""))
                .toList());
    }

    /** How far each engine is from the same in double precision. */
    private void printDeviations(List<Timing> timings) {
        print("  Relative deviation from double precision:%n");
        for (Timing timing : timings) {
            Agreement agreement = timing.agreement();
            String outputs = agreement.outputs().entrySet().stream()
                    .map(output -> text("%s %.1e", output.getKey(), output.getValue()))
                    .sorted()
                    .collect(Collectors.joining(", "));
            String gradients = text(
                    ", gradients %.1e at most, median of %d %.1e",
                    agreement.largestGradient(), agreement.gradients().size(), agreement.medianGradient());
            print(
                    "  %-26s %s%s%s%n",
                    timing.contender(),
                    outputs,
                    agreement.gradients().isEmpty() ? "" : gradients,
                    timing.gradientsAgree() ? "" : ": MORE THAN " + Measurement.GRADIENT_TOLERANCE);
        }
    }

    /** Adds the peak memory of processes in bytes, by the name of the engine, ours first. */
    void addMemory(String row, Map<String, Long> bytes) throws IOException {
        print("%n%s%n", row);
        for (Map.Entry<String, Long> entry : bytes.entrySet()) {
            print("  %-26s %.0f MB at the peak%n", entry.getKey(), entry.getValue() * 1e-6);
            write(Map.of(
                    "table",
                    "memory",
                    "row",
                    row,
                    "contender",
                    entry.getKey(),
                    "peak_bytes",
                    entry.getValue().toString()));
        }
        csv.flush();
        long ours = bytes.values().iterator().next();
        long pytorch =
                bytes.values().stream().skip(1).mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
        summary.add(
                row,
                text("%.0f MB", ours * 1e-6),
                text("%.0f MB", pytorch * 1e-6),
                "at most PyTorch's",
                ours <= pytorch);
    }

    /** Adds how long a process took to its first result. */
    void addStartUp(String row, DescriptiveStatistics seconds, double aim) throws IOException {
        String median = text("%.3f", seconds.getPercentile(50));
        String q1 = text("%.3f", seconds.getPercentile(25));
        String q3 = text("%.3f", seconds.getPercentile(75));
        print("%n%s%n  %-26s %s s (%s - %s)%n", row, Contender.OURS, median, q1, q3);
        write(Map.of(
                "table",
                "start-up",
                "row",
                row,
                "contender",
                Contender.OURS,
                "median_s",
                median,
                "quartile1_s",
                q1,
                "quartile3_s",
                q3,
                "rounds",
                Long.toString(seconds.getN())));
        csv.flush();
        boolean met = seconds.getPercentile(50) <= aim;
        summary.add(row, text("%s s (%s-%s)", median, q1, q3), "", text("%.0f s", aim), met);
    }

    /** Prints one line for each row so far, and how to read all this. */
    void summarise() {
        print("%n%s%n%n%s", summary, NOTES);
    }

    private static double rate(PeerRow row, Timing timing) {
        Work work = row.work();
        return (work.operations() > 0 ? work.operations() : work.bytes()) * 1e-9 / timing.median();
    }

    private double peakRate(PeerRow row) {
        return row.work().operations() > 0 ? peak.gflops() : peak.gbytes();
    }

    private static String rateName(PeerRow row) {
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
