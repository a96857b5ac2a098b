package dev.squall.train;

import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where a run leaves its files. */
public final class RunDirectory {
    private static final String METRICS = "metrics.csv";
    private static final String SUMMARY = "summary.json";
    private static final String LAST = "last.safetensors";
    private static final String BEST = "best.safetensors";
    private static final String RESUME = "resume.safetensors";
    private static final List<String> FILES = List.of(METRICS, SUMMARY, LAST, BEST, RESUME);

    private final Path path;
    private final boolean resumed;

    /** What to do with a run that is in the directory already. */
    public enum Existing {
        /** Do not touch it. */
        REFUSE,
        /** Delete its files. */
        OVERWRITE,
        /** Go on with it. */
        RESUME
    }

    private RunDirectory(Path path, boolean resumed) {
        this.path = path;
        this.resumed = resumed;
    }

    /**
     * Makes the directory, or takes an existing one.
     *
     * @throws BadInputException if it cannot be made, holds a run that must not be touched, or none to resume
     */
    public static RunDirectory open(Path path, Existing existing) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new BadInputException(path + " is a file; choose a directory for the output");
        }
        boolean holdsRun = FILES.stream().anyMatch(file -> Files.exists(path.resolve(file)));
        switch (existing) {
            case REFUSE -> {
                if (holdsRun) {
                    throw new BadInputException("the directory " + path
                            + " holds a run already; resume it, overwrite it, or choose another directory");
                }
            }
            case RESUME -> {
                if (!Files.exists(path.resolve(RESUME))) {
                    throw new BadInputException("the directory " + path + " has no " + RESUME + " to go on from");
                }
            }
            case OVERWRITE -> {}
        }
        try {
            Files.createDirectories(path);
            if (existing == Existing.OVERWRITE) {
                for (String file : FILES) {
                    Files.deleteIfExists(path.resolve(file));
                }
            }
        } catch (IOException e) {
            throw new BadInputException("the directory " + path + " cannot be written: " + e.getMessage(), e);
        }
        return new RunDirectory(path, existing == Existing.RESUME);
    }

    /** Whether the run in it is to be resumed. */
    public boolean isResumed() {
        return resumed;
    }

    /** The directory. */
    public Path path() {
        return path;
    }

    /** One row for each epoch. */
    public Path metrics() {
        return path.resolve(METRICS);
    }

    /** The run as a whole. */
    public Path summary() {
        return path.resolve(SUMMARY);
    }

    /** The weights after the last epoch. */
    public Path last() {
        return path.resolve(LAST);
    }

    /** The weights after the epoch with the highest top-1. */
    public Path best() {
        return path.resolve(BEST);
    }

    /** Everything that the run needs to go on. */
    public Path resume() {
        return path.resolve(RESUME);
    }
}
