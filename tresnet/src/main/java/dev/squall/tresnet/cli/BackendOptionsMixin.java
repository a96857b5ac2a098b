package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.Backends;
import dev.squall.data.BadInputException;
import java.util.Iterator;
import picocli.CommandLine.Option;

/** What to compute on: the options that every computing command has. */
final class BackendOptionsMixin {
    @Option(
            names = "--backend",
            paramLabel = "NAME",
            defaultValue = "auto",
            completionCandidates = Names.class,
            description = "What computes: ${COMPLETION-CANDIDATES} (default: auto, the fastest that works here).")
    private String name = "auto";

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads to compute with (default: one per processor). The result does not depend on it.")
    private int threads;

    @Option(
            names = "--precision",
            paramLabel = "KIND",
            defaultValue = "fast",
            description = "fast or accurate (default: fast, which may use Winograd convolutions).")
    private Precision precision = Precision.FAST;

    /** The names for the help text. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Backends.names().iterator();
        }
    }

    /**
     * Opens the backend.
     *
     * @throws BadInputException if there is none of this name or it cannot run here
     */
    Backends.Choice open() {
        Arguments.atLeast("--threads", threads, 0);
        try {
            return Backends.open(name, new BackendOptions(threads, precision, 0, 0));
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }
}
