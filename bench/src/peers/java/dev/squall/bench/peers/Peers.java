package dev.squall.bench.peers;

import dev.squall.backend.BackendOptions;
import dev.squall.bench.Ranges;
import dev.squall.bench.peers.Measurement.Timing;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import sun.misc.Signal;

/** Compares our JVM backend with other engines, and prints who takes how long. */
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        description =
                "Compares Squall's JVM backend with PyTorch (through DJL), ONNX Runtime and ND4J on this machine. All have the same"
                        + " inputs, weights and threads; their results are compared before anything is timed, then they take turns.")
public final class Peers implements Callable<Integer> {
    private static final int SIGNALLED = 128;
    private static final int ROUNDS = 9;
    private static final int QUICK_ROUNDS = 3;
    private static final double WARM_UP_SECONDS = 4;
    private static final double QUICK_WARM_UP_SECONDS = 1;

    @Option(
            names = "--rows",
            paramLabel = "TEXT",
            description = "only rows whose table or name contains this; may be given several times")
    private List<String> chosenRows = new ArrayList<>();

    @Option(
            names = "--without",
            paramLabel = "ENGINE",
            description = "no contenders whose names begin so, such as nd4j; may be given several times")
    private List<String> without = new ArrayList<>();

    @Option(names = "--rounds", description = "how often each takes its turn (" + ROUNDS + ")")
    private @Nullable Integer chosenRounds;

    @Option(
            names = "--quick",
            description = "a first impression: 3 rounds and a second of warm-up if those are not given, without ND4J")
    private boolean quick;

    @Option(
            names = "--threads",
            defaultValue = "0",
            description = "threads of each engine; one per processor if not given")
    private int threads;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "how long each runs before anything is timed (" + WARM_UP_SECONDS
                    + "); up to four times as long while Java code is being compiled")
    private @Nullable Double chosenWarmUp;

    @Option(names = "--csv", paramLabel = "FILE", description = "also writes every figure to this file, anew")
    private @Nullable Path csv;

    @Option(names = "--list", description = "only print the names of the rows")
    private boolean list;

    @Option(names = PeakMemory.OPTION, hidden = true)
    private PeakMemory.@Nullable Of peakMemoryOf;

    private Peers() {}

    /** Runs the command. */
    public static void main(String[] arguments) {
        endAtOnceOn("INT");
        endAtOnceOn("TERM");
        System.exit(new CommandLine(new Peers())
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    command.getErr().println("peers: " + e.getMessage());
                    if (e instanceof BadInputException) {
                        return CommandLine.ExitCode.USAGE;
                    }
                    e.printStackTrace(command.getErr());
                    return CommandLine.ExitCode.SOFTWARE;
                })
                .execute(arguments));
    }

    /** Without shutdown hooks: ONNX Runtime's frees what its running session still uses, and the process would crash. */
    private static void endAtOnceOn(String name) {
        Signal.handle(new Signal(name), signal -> Runtime.getRuntime().halt(SIGNALLED + signal.getNumber()));
    }

    @Override
    public Integer call() throws IOException {
        Ranges.within("--threads", threads, 0, BackendOptions.MOST_THREADS);
        if (chosenRounds != null) {
            Ranges.within("--rounds", chosenRounds, 1, Ranges.MOST_ROUNDS);
        }
        if (chosenWarmUp != null) {
            Ranges.within("--warm-up", chosenWarmUp, 0, Ranges.LONGEST_WARM_UP);
        }
        int used = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        if (peakMemoryOf != null) {
            PeakMemory.printOwn(peakMemoryOf, used);
            return 0;
        }
        List<PeerRow> rows = rows();
        if (list) {
            rows.forEach(row -> System.out.println(row.table() + ": " + row.name()));
            Stream.of(PeakMemory.WHAT, StartUp.WHAT).filter(this::isChosen).forEach(System.out::println);
            return 0;
        }
        int rounds = chosenRounds != null ? chosenRounds : quick ? QUICK_ROUNDS : ROUNDS;
        double warmUp = chosenWarmUp != null ? chosenWarmUp : quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS;
        if (quick) {
            without.add("nd4j");
        }
        System.out.println(used + (used == 1 ? " thread, " : " threads, ") + rounds + " rounds");
        try (PeersTable report = new PeersTable(System.out, csv, Peak.measure(used));
                Engines engines = new Engines(used)) {
            boolean agreed = measure(rows, new Measurement(rounds, warmUp), report, engines);
            if (isChosen(PeakMemory.WHAT)) {
                report.addMemory(PeakMemory.WHAT, PeakMemory.measure(used));
            }
            if (isChosen(StartUp.WHAT)) {
                report.addStartUp(StartUp.WHAT, StartUp.measure(used, rounds), StartUp.AIM_SECONDS);
            }
            report.summarise();
            return agreed ? 0 : 1;
        }
    }

    /** Whether the engines agreed in all rows. One whose outputs disagree is not timed; one whose gradients do is marked. */
    private boolean measure(List<PeerRow> rows, Measurement measurement, PeersTable report, Engines engines)
            throws IOException {
        boolean agreed = true;
        for (PeerRow row : rows) {
            List<Contender> contenders = new ArrayList<>(row.contenders().apply(engines));
            try {
                List<Contender> present = contenders.stream()
                        .filter(contender -> without.stream().noneMatch(contender.name()::startsWith))
                        .toList();
                List<Timing> timings = measurement.of(row, engines, present);
                report.add(row, timings);
                agreed &= timings.stream().allMatch(Timing::gradientsAgree);
            } catch (DisagreementException e) {
                agreed = false;
                System.err.println("peers: " + e.getMessage());
            } finally {
                contenders.forEach(Contender::close);
            }
        }
        return agreed;
    }

    private List<PeerRow> rows() {
        List<PeerRow> all = new ArrayList<>(NetworkRows.all());
        all.addAll(ConvolutionRows.all());
        all.addAll(PartRows.all());
        List<PeerRow> chosen = all.stream()
                .filter(row -> isChosen(row.table() + ": " + row.name()))
                .toList();
        if (chosen.isEmpty() && !isChosen(PeakMemory.WHAT) && !isChosen(StartUp.WHAT)) {
            throw new BadInputException("no row contains " + chosenRows + "; --list prints all");
        }
        return chosen;
    }

    private boolean isChosen(String name) {
        return chosenRows.isEmpty() || chosenRows.stream().anyMatch(name::contains);
    }
}
