package dev.squall.tresnet.run;

import dev.squall.error.BadInputException;
import dev.squall.io.SafeTensors;
import dev.squall.train.EpochMetrics;
import dev.squall.train.MetricsFile;
import dev.squall.train.RunDirectory;
import dev.squall.train.RunSummary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run as far as it has come.
 *
 * @param name of its directory
 * @param summary all of it in a few figures
 * @param epochs a row for each
 * @param texts what its weights say about it: settings begin with {@value #SETTING}
 */
public record Run(String name, RunSummary summary, List<EpochMetrics> epochs, Map<String, String> texts) {
    private static final String SETTING = "train.";

    /** The command that began it, in {@link #texts}. */
    public static final String COMMAND = "command";

    /**
     * The run that has left its files in {@code directory}.
     *
     * @throws BadInputException if there is none, or a file of it is damaged
     */
    public static Run read(Path directory) {
        Path weights = directory.resolve(RunDirectory.BEST);
        if (!Files.isDirectory(directory)
                || !Files.exists(directory.resolve(RunDirectory.SUMMARY))
                || !Files.exists(weights)) {
            throw new BadInputException(
                    directory + " is no directory of a run of 'tresnet train' that has finished an epoch: "
                            + RunDirectory.SUMMARY + " and " + RunDirectory.BEST + " were expected in it");
        }
        return read(directory, SafeTensors.readOwn(weights).metadata());
    }

    /** The same, of which {@code texts} are known. */
    static Run read(Path directory, Map<String, String> texts) {
        return new Run(
                String.valueOf(directory.toAbsolutePath().normalize().getFileName()),
                RunSummary.read(directory.resolve(RunDirectory.SUMMARY)),
                new MetricsFile(directory.resolve(RunDirectory.METRICS)).read(),
                texts);
    }

    /** What it was begun with, by the names of the options. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        texts.forEach((name, value) -> {
            if (name.startsWith(SETTING)) {
                settings.put(name.substring(SETTING.length()), value);
            }
        });
        return Collections.unmodifiableMap(settings);
    }

    /** How many epochs it is to have; those that it has, if that is not known. */
    int plannedEpochs() {
        try {
            return Integer.parseInt(settings().getOrDefault("epochs", ""));
        } catch (NumberFormatException e) {
            return epochs.size();
        }
    }
}
