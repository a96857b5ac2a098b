package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.source.DataSources;
import dev.squall.error.BadInputException;
import dev.squall.train.RunDirectory;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.run.Run;
import dev.squall.tresnet.run.RunFiles;
import dev.squall.tresnet.run.TestResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code tresnet report}: the page of a run, made anew. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the best weights of a run on its test images, and writes run.html and predictions.csv into its directory anew.",
            "A run of 'tresnet train' does so by itself at its end; this is for runs that were interrupted."
        },
        footer = {
            "",
            "Examples:",
            "  tresnet report runs/sample-tresnet_tiny",
            "  tresnet report runs/photos --data folder:/mnt/photos   the images have moved"
        })
final class ReportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private Main main;

    @Parameters(paramLabel = "RUN", description = "The directory of a run of 'tresnet train'.")
    @SuppressWarnings("NullAway.Init")
    private Path run;

    @Option(
            names = "--data",
            paramLabel = "DATA",
            description = "The data set: " + DataSources.CHOICES + " (default: that of the run).")
    private @Nullable String data;

    @Option(names = "--json", description = "Print one JSON object instead of text, as 'tresnet eval --json' does.")
    private boolean json;

    @Mixin
    private final BackendOptionsMixin backendOptions = new BackendOptionsMixin();

    @Override
    public void run() {
        Run known = Run.read(run);
        try (Backend backend = backendOptions.open(main.progress()).backend()) {
            TestResult result = measure(backend, run, known, data);
            EvaluationText report = new EvaluationText(spec.commandLine().getOut());
            if (json) {
                Map<String, String> head = new LinkedHashMap<>();
                head.put("run", run.toString());
                head.put("page", run.resolve(RunDirectory.PAGE).toString());
                head.put("backend", backend.name());
                report.json(head, result.evaluation(), result.classNames(), List.of());
            } else {
                report.evaluation(result.evaluation(), result.classNames());
            }
            try {
                RunFiles.write(run, known, result);
            } catch (IOException e) {
                throw new BadInputException(
                        run.resolve(RunDirectory.PAGE) + " cannot be written: " + BadInputException.reason(e), e);
            }
        }
        if (!json) {
            spec.commandLine().getOut().printf("%nlook at %s%n", run.resolve(RunDirectory.PAGE));
        }
    }

    /**
     * How the best weights of a run do on its test images.
     *
     * @param data where these images are; null for where they were in training
     */
    static TestResult measure(Backend backend, Path run, Run known, @Nullable String data) {
        Beginning beginning =
                Beginning.resumed(TrainSettings.Request.ofData(data), known.texts(), run.resolve(RunDirectory.BEST));
        try (Classifier classifier = Classifier.open(backend, run.resolve(RunDirectory.BEST), null, null)) {
            return TestResult.measure(
                    classifier.network(),
                    EndOfTraining.testLoader(
                            beginning.openData(), beginning.settings().recipe().batch()));
        }
    }
}
