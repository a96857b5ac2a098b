package dev.squall.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.Main;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/** {@code bench/bin/bench}: JMH with all its options, and after its own table one with GFLOP/s and GB/s. */
public final class Bench {
    private static final String FORMAT = "%-64s %12s %12s %10s %10s%n";

    private Bench() {}

    /** Runs the benchmarks that JMH's arguments choose. */
    public static void main(String[] arguments) throws Exception {
        CommandLineOptions options;
        try {
            options = new CommandLineOptions(arguments);
        } catch (CommandLineOptionException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(2);
            return;
        }
        if (options.shouldHelp()
                || options.shouldList()
                || options.shouldListWithParams()
                || options.shouldListProfilers()
                || options.shouldListResultFormats()) {
            Main.main(arguments);
            return;
        }
        try {
            print(new Runner(options).run());
        } catch (RunnerException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void print(Collection<RunResult> results) throws ReflectiveOperationException {
        System.out.println();
        System.out.printf(FORMAT, "benchmark", "ms", "+- 99.9 %", "GFLOP/s", "GB/s");
        for (RunResult result : results) {
            BenchmarkParams parameters = result.getParams();
            double seconds = seconds(parameters, result.getPrimaryResult().getScore());
            double error = result.getPrimaryResult().getScoreError()
                    / result.getPrimaryResult().getScore()
                    * seconds;
            Work work = Work.of(parameters);
            System.out.printf(
                    FORMAT,
                    name(parameters),
                    text("%.4f", 1e3 * seconds),
                    Double.isNaN(error) ? "" : text("%.4f", 1e3 * error),
                    work.operations() == 0 ? "" : text("%.1f", 1e-9 * work.operations() / seconds),
                    work.bytes() == 0 ? "" : text("%.1f", 1e-9 * work.bytes() / seconds));
        }
    }

    /** Of one call, whatever the mode and unit. */
    private static double seconds(BenchmarkParams parameters, double score) {
        double unit = 1e-9 * parameters.getTimeUnit().toNanos(1);
        double perOperation = parameters.getMode() == Mode.Throughput ? unit / score : score * unit;
        return perOperation * parameters.getOpsPerInvocation();
    }

    private static String name(BenchmarkParams parameters) {
        List<String> words = new ArrayList<>();
        words.add(parameters.getBenchmark().replaceFirst("^dev\\.squall\\.bench\\.", ""));
        for (String key : parameters.getParamsKeys()) {
            if (!key.equals("backendName") && !key.equals("threads")) {
                words.add(parameters.getParam(key));
            }
        }
        return String.join(" ", words);
    }

    private static String text(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
