package dev.squall.tresnet.run;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import dev.squall.train.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes what people look at beside the files that a run needs. None of it is worth ending a run for: what goes wrong is said once, and the run
 * goes on.
 */
public final class RunFiles {
    private final Path directory;
    private final Map<String, String> texts;
    private final PrintStream notes;
    private final Path events;
    private @Nullable EventFile eventFile;
    private boolean isTold;

    /**
     * Of the run in {@code directory}.
     *
     * @param texts what its weights say about it
     * @param events where TensorBoard's events go
     * @param notes is told what cannot be written
     */
    public RunFiles(Path directory, Map<String, String> texts, Path events, PrintStream notes) {
        this.directory = directory;
        this.texts = texts;
        this.events = events;
        this.notes = notes;
    }

    /** Brings the page and the events up to the last epoch. */
    public void afterEpoch() {
        attempt(() -> {
            Run run = Run.read(directory, texts);
            if (eventFile == null) {
                eventFile = new EventFile(events, directory, run.summary().seconds());
            }
            eventFile.write(run.epochs());
            write(directory, run, null);
        });
    }

    /** Completes the page and writes the predictions. */
    public void atEnd(TestResult result) {
        attempt(() -> write(directory, Run.read(directory, texts), result));
    }

    /**
     * Replaces the page of {@code run} in {@code directory}, and with a result the predictions.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(Path directory, Run run, @Nullable TestResult result) throws IOException {
        if (result != null) {
            result.all().write(directory.resolve(RunDirectory.PREDICTIONS));
        }
        AtomicFile.write(
                directory.resolve(RunDirectory.PAGE), RunPage.of(run, result).getBytes(StandardCharsets.UTF_8));
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void attempt(Writing writing) {
        String problem;
        try {
            writing.run();
            return;
        } catch (IOException e) {
            problem = BadInputException.reason(e);
        } catch (RuntimeException | LinkageError e) {
            // A machine without fonts cannot draw a chart, and says so with an error of Java's own.
            problem = e.toString();
        }
        if (!isTold) {
            notes.println(directory.resolve(RunDirectory.PAGE) + " or the files beside it cannot be written (" + problem
                    + "); the run goes on without them");
            isTold = true;
        }
    }
}
