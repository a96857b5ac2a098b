package dev.squall.bench.device;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.Backends;
import dev.squall.bench.Ranges;
import dev.squall.bench.device.DeviceRow.Plan;
import dev.squall.bench.device.StartUp.Start;
import dev.squall.bench.device.Turns.Times;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.tensor.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the TornadoVM backend on a device and prints a table. */
@Command(
        name = "device",
        mixinStandardHelpOptions = true,
        description =
                "Measures Squall's TornadoVM backend on a device: beside a matrix product written by hand in OpenCL C, beside the JVM"
                        + " backend, and fused kernels beside the same composed of single operations. Results are compared before"
                        + " anything is timed, then both sides take turns.")
public final class DeviceReport implements Callable<Integer> {
    private static final double MOST_MINUTES = 1440;
    private static final String SIDE = "%-9s %9s  %-19s %8s %-8s";
    private static final String FORMAT = "%-56s " + SIDE + "  " + SIDE + " %6s  %s%n";

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            description = "only rows whose name contains this; may be given several times")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--rounds",
            defaultValue = "9",
            description = "how often each side takes its turn (${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "2",
            description =
                    "how long each side runs before anything is timed (${DEFAULT-VALUE}); up to four times as long"
                            + " while Java code is being compiled")
    private double warmUp;

    @Option(
            names = "--device",
            defaultValue = "0",
            description = "the device, as \"tresnet devices\" counts them (${DEFAULT-VALUE})")
    private int device;

    @Option(
            names = "--time-limit",
            paramLabel = "MINUTES",
            defaultValue = "10",
            description = "no row begins later than this (${DEFAULT-VALUE}); those left out are named at the end")
    private double minutes;

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "also writes the table for bench/README.md, to a file that does not exist yet")
    private @Nullable Path markdown;

    private final MarkdownRows table = new MarkdownRows();
    private final List<String> leftOut = new ArrayList<>();
    private final long started = System.nanoTime();

    private DeviceReport() {}

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs the command and returns its exit code. */
    public static int run(String... arguments) {
        return new CommandLine(new DeviceReport())
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("device: " + e.getMessage());
                    return e instanceof BadInputException ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() {
        Ranges.within("--rounds", rounds, 1, Ranges.MOST_ROUNDS);
        Ranges.within("--warm-up", warmUp, 0, Ranges.LONGEST_WARM_UP);
        Ranges.within("--device", device, 0, Ranges.MOST_DEVICES);
        Ranges.within("--time-limit", minutes, 0, MOST_MINUTES);
        if (markdown != null && Files.exists(markdown)) {
            throw new BadInputException("--markdown: " + markdown + " exists already; name another file, or remove it");
        }
        List<Plan> plans = Stream.of(ProductRows.all(), MemoryRows.all(), TrainingRows.all())
                .flatMap(List::stream)
                .filter(plan -> isWanted(plan.name()))
                .toList();
        boolean starts = StartUp.STARTS.stream().map(Start::name).anyMatch(this::isWanted);
        if (plans.isEmpty() && !starts) {
            throw new BadInputException("no row contains " + only);
        }
        if (!plans.isEmpty()) {
            compare(plans);
        }
        if (starts && isLate()) {
            leftOut.add("starts");
        } else if (starts) {
            measureStarts();
        }
        if (!leftOut.isEmpty()) {
            print("%nNot measured within %s minutes: %s%n", minutes, String.join("; ", leftOut));
        }
        if (markdown != null) {
            table.write(markdown);
        }
        return 0;
    }

    private boolean isLate() {
        return System.nanoTime() - started > minutes * 60e9;
    }

    private boolean isWanted(String row) {
        return only.isEmpty() || only.stream().anyMatch(row::contains);
    }

    private void compare(List<Plan> plans) {
        // Launches that wait to be replayed would not be timed.
        BackendOptions options = BackendOptions.DEFAULT.withReplay(Replay.NEVER);
        try (Backend tornado =
                        Backends.open("tornado", options.withDevice(device)).backend();
                Backend jvm = Backends.open("jvm", options).backend();
                OpenCl openCl = new OpenCl(deviceName(tornado))) {
            print("tornado: %s%njvm: %s%n", tornado.description(), jvm.description());
            print(
                    "median of %s in milliseconds (first and third quartile); speed: ours / other%n%n",
                    Plural.of(rounds, "round"));
            print(
                    FORMAT,
                    "",
                    "ours",
                    "median",
                    "quartiles",
                    "",
                    "",
                    "other",
                    "median",
                    "quartiles",
                    "",
                    "",
                    "speed",
                    "bar");
            Turns turns = new Turns(rounds, warmUp);
            table.on(tornado.description(), rounds);
            for (Plan plan : plans) {
                if (isLate()) {
                    leftOut.add(plan.name());
                    continue;
                }
                try (Scope _ = Scope.open()) {
                    DeviceRow row = plan.row().apply(new Engines(tornado, jvm, openCl));
                    print(plan.name(), row, turns.of(plan.name(), row));
                }
            }
        }
    }

    /** A cold start makes the warm one possible, so both are measured. */
    private void measureStarts() {
        List<Double> seconds = StartUp.seconds(device);
        print("%n");
        for (int i = 0; i < seconds.size(); i++) {
            Start start = StartUp.STARTS.get(i);
            String verdict = seconds.get(i) <= start.bar() ? "reached" : "MISSED";
            print("%-56s %.1f s, bar %.0f s %s%n", start.name(), seconds.get(i), start.bar(), verdict);
        }
    }

    /** A TornadoVM backend describes itself as "NAME through OPENCL". */
    private static String deviceName(Backend tornado) {
        return tornado.description().replaceFirst(" through .*", "");
    }

    private void print(String name, DeviceRow row, Times times) {
        double ours = rate(row.ours(), times.ours());
        double other = rate(row.other(), times.other());
        List<Object> columns = new ArrayList<>(List.of(name));
        columns.addAll(side(row.ours(), times.ours(), ours));
        columns.addAll(side(row.other(), times.other(), other));
        double speed = ours / other;
        table.add(name, row, times, ours, speed);
        columns.add(text("%.2f", speed));
        columns.add(row.bar() == 0 ? "" : text("%.1f %s", row.bar(), speed >= row.bar() ? "reached" : "MISSED"));
        print(FORMAT, columns.toArray());
    }

    private static double rate(Contender contender, DescriptiveStatistics seconds) {
        return contender.work().amount() / seconds.getPercentile(50);
    }

    private static List<String> side(Contender contender, DescriptiveStatistics seconds, double rate) {
        return List.of(
                contender.name(),
                text("%.3f", seconds.getPercentile(50) * 1e3),
                text("(%.3f-%.3f)", seconds.getPercentile(25) * 1e3, seconds.getPercentile(75) * 1e3),
                text("%.1f", rate),
                contender.work().unit());
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static void print(String format, Object... values) {
        System.out.print(text(format, values));
        System.out.flush();
    }
}
