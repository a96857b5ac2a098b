package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunSummary;
import dev.squall.tresnet.run.Comparison;
import dev.squall.tresnet.run.Comparison.Candidate;
import dev.squall.tresnet.run.Comparison.Pair;
import dev.squall.tresnet.run.ComparisonPage;
import dev.squall.tresnet.run.Prediction;
import dev.squall.tresnet.run.Predictions;
import dev.squall.tresnet.run.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet compare}: several runs beside each other. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows runs beside each other: results, the settings that differ, and whether one network is really better than another on the"
                    + " same test images, by McNemar's exact test.",
            "That needs the predictions.csv that a run leaves at its end. A run without one is measured if --data says on what."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet compare runs/sgd runs/adamw",
            "  tresnet compare runs/* --out comparison.html",
            "  tresnet compare runs/old runs/new --data cifar10:cifar-10-batches-bin --json"
        })
final class CompareCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Parameters(paramLabel = "RUN", arity = "2..*", description = "Directories of runs of 'tresnet train'.")
    private List<Path> directories = new ArrayList<>();

    @Option(names = "--out", paramLabel = "FILE", description = "Write a page with the curves side by side: FILE.html.")
    private @Nullable Path out;

    @Option(names = "--force", description = "Replace the file if it exists.")
    private boolean force;

    @Option(
            names = "--data",
            paramLabel = "DATA",
            description = "Measure runs without stored predictions on the test images of this data set: "
                    + DataSources.CHOICES + ".")
    private @Nullable String data;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Override
    public void run() {
        if (out != null) {
            OutputFile.requireWritable(out, force);
        }
        Set<Path> known = new HashSet<>();
        List<Candidate> runs = new ArrayList<>();
        for (Path directory : directories) {
            if (!known.add(directory.toAbsolutePath().normalize())) {
                throw new BadInputException("the run " + directory + " is named twice; name different ones");
            }
            Run run = Run.read(directory);
            runs.add(new Candidate(directory.toString(), run, predictions(directory, run)));
        }
        Comparison comparison = Comparison.of(runs);
        if (json) {
            Json.print(spec.commandLine().getOut(), comparison.toMap());
        } else {
            print(comparison);
        }
        if (out != null) {
            try {
                AtomicFile.write(out, ComparisonPage.of(comparison).getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw OutputFile.unwritable(out, e);
            }
            if (!json) {
                spec.commandLine().getOut().printf("%nlook at %s%n", out);
            }
        }
    }

    private @Nullable List<Prediction> predictions(Path directory, Run run) {
        Path stored = directory.resolve(RunDirectory.PREDICTIONS);
        if (Files.exists(stored)) {
            return Predictions.read(stored);
        }
        if (data == null) {
            return null;
        }
        try (Backend backend = backendOptions.open(main.progress()).backend()) {
            return ReportCommand.measure(backend, directory, run, data).all().list();
        }
    }

    private void print(Comparison comparison) {
        PrintWriter printer = spec.commandLine().getOut();
        int width = comparison.runs().stream()
                .mapToInt(each -> each.name().length())
                .max()
                .orElse(0);
        printer.printf(
                "%-" + width + "s  best top-1  last top-1  last loss  epochs  seconds  images/s  parameters%n", "run");
        for (Candidate each : comparison.runs()) {
            RunSummary summary = each.run().summary();
            printer.printf(
                    Locale.ROOT,
                    "%-" + width + "s  %10.4f  %10.4f  %9.4f  %6d  %7.0f  %8.0f  %,10d%n",
                    each.name(),
                    summary.bestTop1(),
                    summary.top1(),
                    summary.loss(),
                    summary.epochs(),
                    summary.seconds(),
                    summary.imagesPerSecond(),
                    summary.parameters());
        }
        printer.printf("%nsettings that differ:%n");
        comparison
                .differences()
                .forEach((name, values) -> printer.printf("  --%-20s %s%n", name, String.join(" | ", values)));
        printer.println();
        comparison.tests().stream().map(Pair::verdict).forEach(printer::println);
        for (Candidate each : comparison.runs()) {
            if (each.predictions() == null) {
                printer.printf(
                        "%s has no predictions to compare; make them with:%n  %s%n",
                        each.name(), Suggestion.command("report", Path.of(each.name())));
            }
        }
        if (comparison.tests().isEmpty() && comparison.runs().stream().allMatch(each -> each.predictions() != null)) {
            printer.println(
                    "the runs were measured on different test images, so that only their own figures can be compared");
        }
    }
}
