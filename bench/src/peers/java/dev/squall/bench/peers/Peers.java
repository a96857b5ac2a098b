package dev.squall.bench.peers;

import dev.squall.data.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Compares our JVM backend with other engines, and prints who takes how long. */
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        description =
                "Compares Squall's JVM backend with PyTorch (through DJL), ONNX Runtime and ND4J on this machine. All have the same"
                        + " inputs, weights and threads; their results are compared before anything is timed, then they take turns.")
public final class Peers implements Callable<Integer> {
    @Option(
            names = "--only",
            paramLabel = "TEXT",
            description = "only rows whose table or name contains this; may be given several times")
    private List<String> only = new ArrayList<>();

    @Option(names = "--rounds", defaultValue = "7", description = "how often each takes its turn (${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--threads",
            defaultValue = "0",
            description = "threads of each engine; one per processor if not given")
    private int threads;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "4",
            description = "how long each runs before anything is timed (${DEFAULT-VALUE})")
    private double warmUp;

    @Option(names = "--csv", paramLabel = "FILE", defaultValue = "peers.csv", description = "(${DEFAULT-VALUE})")
    private Path csv;

    @Option(names = "--list", description = "only print the names of the rows")
    private boolean list;

    @Option(names = PeakMemory.OPTION, hidden = true)
    private PeakMemory.@Nullable Of peakMemoryOf;

    private Peers() {}

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Peers())
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("peers: " + e.getMessage());
                    if (!(e instanceof BadInputException)) {
                        e.printStackTrace(command.getErr());
                    }
                    return 1;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        int used = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        if (peakMemoryOf != null) {
            PeakMemory.printOwn(peakMemoryOf, used);
            return 0;
        }
        List<Row> rows = rows();
        if (list) {
            rows.forEach(row -> System.out.println(row.table() + ": " + row.name()));
            System.out.println(PeakMemory.WHAT);
            return 0;
        }
        Measurement measurement = new Measurement(rounds, warmUp);
        System.out.println(used + (used == 1 ? " thread, " : " threads, ") + rounds + " rounds");
        try (Report report = new Report(System.out, csv, Peak.measure(used));
                Engines engines = new Engines(used)) {
            for (Row row : rows) {
                List<Contender> contenders = row.contenders().apply(engines);
                report.add(row, measurement.of(row, contenders));
                contenders.forEach(Contender::close);
            }
            if (isChosen(PeakMemory.WHAT)) {
                for (PeakMemory.Of of : PeakMemory.Of.values()) {
                    report.addMemory(PeakMemory.WHAT, of.name(), PeakMemory.inOwnProcess(of, used));
                }
            }
        }
        return 0;
    }

    private List<Row> rows() {
        List<Row> all = new ArrayList<>(NetworkRows.all());
        all.addAll(ConvolutionRows.all());
        all.addAll(PartRows.all());
        List<Row> chosen = all.stream()
                .filter(row -> isChosen(row.table() + ": " + row.name()))
                .toList();
        if (chosen.isEmpty() && !isChosen(PeakMemory.WHAT)) {
            throw new BadInputException("no row contains " + only + "; --list prints all");
        }
        return chosen;
    }

    private boolean isChosen(String name) {
        return only.isEmpty() || only.stream().anyMatch(name::contains);
    }
}
