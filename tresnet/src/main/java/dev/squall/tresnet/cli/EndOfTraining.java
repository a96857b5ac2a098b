package dev.squall.tresnet.cli;

import dev.squall.backend.Backend;
import dev.squall.data.DataLoader;
import dev.squall.data.Dataset;
import dev.squall.data.image.ImageReader;
import dev.squall.data.source.DataSource;
import dev.squall.error.BadInputException;
import dev.squall.error.Plural;
import dev.squall.io.AtomicFile;
import dev.squall.train.Recipe;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunSummary;
import dev.squall.tresnet.Classifier;
import dev.squall.tresnet.Classifier.Guess;
import dev.squall.tresnet.ExampleImages;
import dev.squall.tresnet.ExampleImages.Example;
import dev.squall.tresnet.run.Run;
import dev.squall.tresnet.run.RunFiles;
import dev.squall.tresnet.run.TestResult;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Measures what a training has led to, and says what to do with it. */
final class EndOfTraining {
    private static final int EXAMPLES = 10;

    private final PrintWriter printer;
    private final @Nullable PrintWriter json;
    private final PrintStream progress;
    private final RunDirectory files;

    /** What {@code --json} prints. */
    private record Outcome(String directory, RunSummary summary) {}

    /**
     * Of the run in {@code files}.
     *
     * @param printer takes the text for people
     * @param json takes the same for programs; null where nobody wants it
     * @param progress told what cannot be written
     */
    EndOfTraining(PrintWriter printer, @Nullable PrintWriter json, PrintStream progress, RunDirectory files) {
        this.printer = printer;
        this.json = json;
        this.progress = progress;
        this.files = files;
    }

    /** The test images of {@code source}, as the network is to see them. */
    static DataLoader testLoader(DataSource source, int batch) {
        return DataLoader.builder(source.test())
                .batchSize(batch)
                .transforms(source.testTransforms())
                .build();
    }

    /** What the run has come to, what its best weights have learned, and what to do with them. */
    void report(Backend backend, RunSummary summary, DataSource source, Recipe recipe) {
        printer.printf(
                Locale.ROOT,
                "%nbest top-1 %.4f after epoch %d; %s in %.0f s, %.0f images/s%n",
                summary.bestTop1(),
                summary.bestEpoch(),
                Plural.of(summary.epochs(), "epoch"),
                summary.seconds(),
                summary.imagesPerSecond());
        try (Classifier best = Classifier.open(backend, files.best(), null, null)) {
            report(best, source, recipe.imagesInPass());
        } finally {
            // Whatever hinders that something is written beside the weights, they are trained.
            if (json != null) {
                Json.print(json, new Outcome(files.path().toString(), summary));
            }
        }
    }

    private void report(Classifier best, DataSource source, int batch) {
        TestResult result = TestResult.measure(best.network(), testLoader(source, batch));
        new EvaluationText(printer)
                .evaluation(result.evaluation(), source.test().classNames());
        new RunFiles(files.path(), Run.read(files.path()).texts(), files.path(), progress).atEnd(result);
        reportSkipped(source);
        List<Example> examples = examples(best, source.test());
        printer.printf(
                "%nfiles in %s: %s%n",
                files.path(),
                "run.html, best.safetensors, last.safetensors, metrics.csv, summary.json, settings.yaml, predictions.csv, examples/");
        if (!examples.isEmpty()) {
            printer.printf(
                    "%nnext, classify a picture:%n  %s%n",
                    Suggestion.command(
                            "classify",
                            "--weights",
                            files.best(),
                            examples.getLast().file()));
        }
    }

    private void reportSkipped(DataSource source) {
        if (source.skipped().size() == 0) {
            return;
        }
        Path list = files.path().resolve("skipped.txt");
        try {
            String lines = String.join("\n", source.skipped().reasons()) + "\n";
            AtomicFile.write(list, lines.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new BadInputException(list + " cannot be written: " + BadInputException.reason(e), e);
        }
        int files = source.skipped().size();
        printer.printf(
                "%n%s could not be read and %s left out; %s says which and why%n",
                Plural.of(files, "file"), files == 1 ? "was" : "were", list);
    }

    private List<Example> examples(Classifier best, Dataset images) {
        List<Example> examples;
        try {
            examples = ExampleImages.write(images, EXAMPLES, files.path().resolve("examples"));
        } catch (IOException e) {
            throw new BadInputException(
                    "the example images cannot be written in " + files.path() + ": " + BadInputException.reason(e), e);
        }
        printer.printf("%nsome test images and what the network sees in them:%n");
        for (Example example : examples) {
            Guess guess = best.classify(ImageReader.open(example.file()), 1).getFirst();
            String right = images.classNames().get(example.label());
            printer.printf(
                    Locale.ROOT,
                    "  %-24s %-14s %5.1f %%%s%n",
                    files.path().relativize(example.file()),
                    guess.name(),
                    100 * guess.probability(),
                    guess.name().equals(right) ? "" : "  (wrong)");
        }
        return examples;
    }
}
