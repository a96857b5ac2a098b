package dev.squall.bench.paper;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.Backends;
import dev.squall.bench.Ranges;
import dev.squall.error.BadInputException;
import dev.squall.tresnet.page.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench/bin/paper}: repeats the paper's measurements and writes a report. */
@Command(
        name = "paper",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Repeats the measurements of the TResNet paper on this machine and writes report.html, report.md and results.json.",
            "What is measured is written after each round, so that an interrupted run keeps what it has; --resume goes on."
        },
        footer = {
            "",
            "Examples:",
            "  bench/bin/paper --quick",
            "  bench/bin/paper --only networks --only memory",
            "  bench/bin/paper --accuracy --seeds 5",
            "  bench/bin/paper --compare old/results.json new/results.json",
            "",
            "Exit codes: 0 done, 1 a fault of the program, 2 something that the user can mend."
        })
public final class Paper implements Callable<Integer> {
    private static final PaperSettings FULL = new PaperSettings("", 0, 8, 9, 4, 224);
    private static final PaperSettings QUICK = new PaperSettings("", 0, 4, 3, 1, 128);

    @Option(names = "--quick", description = "A first impression in at most 12 minutes: smaller batches, fewer rounds.")
    private boolean quick;

    @Option(
            names = "--backend",
            defaultValue = "auto",
            paramLabel = "NAME",
            description = "What computes: auto, jvm, tornado (default: ${DEFAULT-VALUE}).")
    private String backendName = "auto";

    @Option(
            names = "--threads",
            defaultValue = "0",
            paramLabel = "N",
            description = "Threads of the JVM backend (default: one for each processor).")
    private int threads;

    @Option(
            names = "--only",
            paramLabel = "TABLE",
            description =
                    "Only this table; may be given several times. Tables: networks, memory, refinements, code, accuracy.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--accuracy",
            description = "Also train the small network with each refinement switched, which takes long.")
    private boolean accuracy;

    @Option(
            names = "--seeds",
            defaultValue = "5",
            paramLabel = "N",
            description = "Trainings for each refinement of --accuracy (default: ${DEFAULT-VALUE}).")
    private int seeds;

    @Option(
            names = "--data",
            defaultValue = "sample",
            paramLabel = "DATA",
            description = "What --accuracy trains on, as \"tresnet train\" takes it (default: ${DEFAULT-VALUE}).")
    private String data = "sample";

    @Option(names = "--rounds", paramLabel = "N", description = "How often each takes its turn (9; 3 with --quick).")
    private @Nullable Integer rounds;

    @Option(names = "--batch", paramLabel = "N", description = "Images in a batch (8; 4 with --quick).")
    private @Nullable Integer batch;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "How long each runs before it is timed (4; 1 with --quick).")
    private @Nullable Double warmUp;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "paper",
            description = "Where results and report go (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("paper");

    @Option(names = "--resume", description = "Go on with the run in --out.")
    private boolean resume;

    @Option(names = "--compare", description = "Compare two files of results instead, old and new.")
    private boolean compare;

    @Parameters(hidden = true, arity = "0..*")
    private List<Path> files = new ArrayList<>();

    private Paper() {}

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs the command and returns its exit code. */
    public static int run(String... arguments) {
        return new CommandLine(new Paper())
                .setExecutionExceptionHandler((e, command, _) -> {
                    command.getErr().println("paper: " + e.getMessage());
                    if (e instanceof BadInputException
                            || e instanceof IOException
                            || e instanceof UncheckedIOException) {
                        return CommandLine.ExitCode.USAGE;
                    }
                    e.printStackTrace(command.getErr());
                    return CommandLine.ExitCode.SOFTWARE;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        if (compare) {
            if (files.size() != 2) {
                throw new BadInputException("--compare takes two files of results, OLD.json and NEW.json");
            }
            System.out.print(PaperComparison.of(Results.load(files.get(0)), Results.load(files.get(1))));
            return 0;
        }
        if (!files.isEmpty()) {
            throw new BadInputException("there is nothing to do with " + files.getFirst() + "; see --help");
        }
        requireRanges();
        List<Experiment> experiments = experiments();
        // Launches that wait to be replayed would not be timed.
        BackendOptions options = BackendOptions.DEFAULT.withReplay(Replay.NEVER);
        try (Backend backend =
                Backends.open(backendName, options.withThreads(threads)).backend()) {
            Results results = resultsOf(backend);
            Measurement measurement = new Measurement(results, out, System.err);
            for (Experiment experiment : experiments) {
                measurement.say(experiment.name(), "begins");
                experiment.measure(backend, measurement);
                measurement.save();
                write(results);
            }
        }
        System.out.println("the report: " + out.resolve(PaperReport.HTML).toAbsolutePath());
        return 0;
    }

    /** The tables that were asked for. */
    private List<Experiment> experiments() {
        List<Experiment> all = all();
        for (String name : only) {
            if (all.stream().noneMatch(experiment -> experiment.name().equals(name))) {
                throw new BadInputException("there is no table called '" + name + "'; choose of "
                        + String.join(", ", all.stream().map(Experiment::name).toList()));
            }
        }
        return all.stream()
                .filter(experiment -> only.isEmpty()
                        ? accuracy || !(experiment instanceof AccuracyTable)
                        : only.contains(experiment.name()))
                .toList();
    }

    private List<Experiment> all() {
        return List.of(
                new NetworksTable(),
                new MemoryTable(),
                new RefinementsTable(),
                new CodeTable(),
                new AccuracyTable(data, seeds));
    }

    private PaperSettings settings(String backend) {
        PaperSettings usual = quick ? QUICK : FULL;
        return new PaperSettings(
                backend,
                threads,
                batch == null ? usual.batch() : batch,
                rounds == null ? usual.rounds() : rounds,
                warmUp == null ? usual.warmUpSeconds() : warmUp,
                usual.refinementSide());
    }

    private void requireRanges() {
        Ranges.within("--threads", threads, 0, BackendOptions.MOST_THREADS);
        Ranges.within("--seeds", seeds, 1, Ranges.MOST_ROUNDS);
        if (batch != null) {
            Ranges.within("--batch", batch, 1, Ranges.MOST_IN_BATCH);
        }
        if (rounds != null) {
            Ranges.within("--rounds", rounds, 1, Ranges.MOST_ROUNDS);
        }
        if (warmUp != null) {
            Ranges.within("--warm-up", warmUp, 0, Ranges.LONGEST_WARM_UP);
        }
    }

    /** New ones, or with --resume those of the run to go on with. */
    private Results resultsOf(Backend backend) throws IOException {
        PaperSettings settings = settings(backend.name());
        Path file = out.resolve(Results.FILE);
        if (!Files.exists(file)) {
            if (resume) {
                throw new BadInputException("there is no run to go on with: " + file + " does not exist");
            }
            Files.createDirectories(out);
            return Results.empty(
                    Machine.here(backend.description()),
                    settings,
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        }
        if (!resume) {
            throw new BadInputException(
                    out + " holds results already; go on with --resume, or give another directory with --out");
        }
        Results results = Results.load(file);
        if (!results.settings().equals(settings)) {
            throw new BadInputException("the run in " + out + " was begun with " + results.settings() + ", not with "
                    + settings + "; go on with the same options, or begin anew with another --out");
        }
        return results;
    }

    /** The report of all that the results hold, also from earlier runs. */
    private void write(Results results) throws IOException {
        List<Section> sections = all().stream()
                .filter(experiment -> holds(results, experiment.name()))
                .map(experiment -> experiment.section(results))
                .toList();
        new PaperReport(results, sections).write(out);
    }

    private static boolean holds(Results results, String table) {
        String prefix = table + "/";
        return results.timings().keySet().stream().anyMatch(key -> key.startsWith(prefix))
                || results.figures().keySet().stream().anyMatch(key -> key.startsWith(prefix))
                || results.accuracies().keySet().stream().anyMatch(key -> key.startsWith(prefix));
    }
}
