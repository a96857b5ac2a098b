package dev.squall.tresnet.cli;

import dev.squall.backend.BackendOptions;
import dev.squall.backend.BackendOptions.Precision;
import dev.squall.backend.BackendOptions.Replay;
import dev.squall.backend.Backends;
import dev.squall.error.BadInputException;
import java.io.PrintStream;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What to compute on: the options that every computing command has. */
final class BackendOptionsMixin implements Ranged {
    /** It measures shapes; there is nothing to see in its results. */
    private static final String META = "meta";

    static final int MOST_DEVICES = 1000;

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
            description =
                    "fast, accurate, mixed or bf16 (default: fast). Mixed trains as the paper did, with activations kept in FP16, for half of their memory, with a"
                            + " loss scale, and on tensor cores where TornadoVM reaches them; bf16 needs no loss scale, but rounds more coarsely. On a processor both save memory and cost time. Fast convolutions round more coarsely beside values that are thousands of"
                            + " times larger than their neighbours, and spread a NaN further; try accurate where results look wrong.")
    private @Nullable Precision precision;

    @Option(
            names = "--device",
            paramLabel = "N",
            defaultValue = "0",
            description = "With TornadoVM: the device to compute on, as 'tresnet devices' numbers them (default: 0).")
    private int device;

    @Option(
            names = "--device-memory",
            paramLabel = "SIZE",
            description =
                    "With TornadoVM: the most memory to take on the device, such as 60GB (default: three quarters of a GPU's, as it is needed; on a processor 1GB, and at"
                            + " most 8GB).")
    private @Nullable String deviceMemory;

    @Option(
            names = "--replay",
            paramLabel = "WHEN",
            description =
                    "With TornadoVM: when to compile the kernels of an inference, or of a training step but for its updates, as few task graphs and replay them, which"
                            + " makes launching cheap, with the same results: auto, always or never (default: auto, on a GPU as soon as it has"
                            + " taken several times as long as the pause for compiling will be, up to some minutes; always: when a shape comes"
                            + " for the third time).")
    private @Nullable Replay replay;

    /** The names for the help text. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Backends.names().stream().filter(name -> !name.equals(META)).iterator();
        }
    }

    @Override
    public void requireRanges() {
        Arguments.within("--threads", threads, 0, BackendOptions.MOST_THREADS);
        Arguments.within("--device", device, 0, MOST_DEVICES);
        memoryBytes();
    }

    private long memoryBytes() {
        return deviceMemory == null ? 0 : Arguments.bytes("--device-memory", deviceMemory);
    }

    /**
     * Opens the backend.
     *
     * @param progress where to say what takes long
     * @throws BadInputException if there is none of this name or it cannot run here
     */
    Backends.Choice open(PrintStream progress) {
        return open(progress, precision == null ? Precision.FAST : precision);
    }

    /** How many threads; 0 where nothing was said. */
    int threads() {
        return threads;
    }

    /** What was asked for; null where nothing was said. */
    @Nullable
    Precision precision() {
        return precision;
    }

    /** Lets nobody wait until something is compiled that works as it is, unless that was asked for. */
    void withoutPauses() {
        replay = replay == null ? Replay.NEVER : replay;
    }

    /** Opens it with this precision. */
    Backends.Choice open(PrintStream progress, Precision precision) {
        requireRanges();
        if (name.equals(META)) {
            throw new BadInputException(
                    "the backend meta computes nothing, so that there is no result; 'tresnet summary' uses it");
        }
        try {
            return Backends.open(
                    name,
                    new BackendOptions(
                            threads,
                            precision,
                            device,
                            memoryBytes(),
                            replay == null ? Replay.AUTO : replay,
                            new Waiting(progress)::until));
        } catch (IllegalArgumentException e) {
            throw new BadInputException(String.valueOf(e.getMessage()), e);
        }
    }
}
