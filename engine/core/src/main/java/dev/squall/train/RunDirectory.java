package dev.squall.train;

import dev.squall.error.BadInputException;
import dev.squall.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where a run leaves its files. Whoever has one open is the only writer: it is locked until it is closed, or the process ends.
 */
public final class RunDirectory implements AutoCloseable {
    /** The file with a row for each epoch. */
    public static final String METRICS = "metrics.csv";

    /** The file that describes the run as a whole. */
    public static final String SUMMARY = "summary.json";

    /** The file with the weights after the epoch with the highest top-1. */
    public static final String BEST = "best.safetensors";

    /** The file for people to look at, if somebody has written it. */
    public static final String PAGE = "run.html";

    /** The file that says what the best weights made of each test image, if somebody has written it. */
    public static final String PREDICTIONS = "predictions.csv";

    /** The file with the settings of the run, if somebody has written it. It alone is no run. */
    public static final String SETTINGS = "settings.yaml";

    /** The file with the weights after the last epoch. */
    public static final String LAST = "last.safetensors";

    /** The file with all that the run needs to go on. */
    public static final String RESUME = "resume.safetensors";

    /** What that was before it was last written. */
    public static final String PREVIOUS = "resume-before.safetensors";

    private static final String DAMAGED = "resume-damaged.safetensors";
    private static final List<String> FILES =
            List.of(METRICS, SUMMARY, LAST, BEST, RESUME, PREVIOUS, DAMAGED, PAGE, PREDICTIONS);

    private static final List<String> ALL_FILES =
            Stream.concat(FILES.stream(), Stream.of(SETTINGS)).toList();

    private final Path path;
    private final Existing existing;
    private final boolean isNew;
    private final RunLock lock;
    private volatile boolean closed;

    /** What to do with a run that is in the directory already. */
    public enum Existing {
        /** Do not touch it. */
        REFUSE,
        /** Delete its files, as soon as the new run {@linkplain #begin begins}. */
        OVERWRITE,
        /** Go on with it. */
        RESUME
    }

    private RunDirectory(Path path, Existing existing, boolean isNew, RunLock lock) {
        this.path = path;
        this.existing = existing;
        this.isNew = isNew;
        this.lock = lock;
    }

    /**
     * Makes the directory, or takes an existing one, and locks it. No file of a run that is there is touched yet.
     *
     * @throws BadInputException if it cannot be made or written, another run is using it, it holds a run that must not be touched, or none
     *     to resume
     */
    public static RunDirectory open(Path path, Existing existing) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new BadInputException(path + " is a file; choose a directory for the output");
        }
        if (existing == Existing.RESUME && !holds(path, List.of(RESUME, PREVIOUS))) {
            requireUnused(path);
            throw new BadInputException("the directory " + path + " has no " + RESUME + " to go on from");
        }
        boolean isNew = !Files.exists(path);
        RunLock lock = null;
        try {
            Files.createDirectories(path);
            lock = RunLock.take(path);
            if (existing == Existing.REFUSE && holds(path, FILES)) {
                throw new BadInputException("the directory " + path
                        + " holds a run already; resume it, replace it, or choose another directory");
            }
            RunDirectory directory = new RunDirectory(path, existing, isNew, lock);
            for (String file : ALL_FILES) {
                AtomicFile.deleteLeftovers(path.resolve(file));
            }
            lock = null;
            return directory;
        } catch (IOException e) {
            throw unwritable(path, e);
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    /** A run that has begun may write its first checkpoint at any moment. */
    private static void requireUnused(Path path) {
        if (Files.exists(path.resolve(RunLock.FILE))) {
            try (RunLock lock = RunLock.take(path)) {
                // Nobody else had it.
            } catch (IOException e) {
                // Whether somebody has it is not to be seen here.
            }
        }
    }

    private static boolean holds(Path path, List<String> files) {
        return files.stream().anyMatch(file -> Files.exists(path.resolve(file)));
    }

    private static BadInputException unwritable(Path path, IOException e) {
        return new BadInputException(
                "the directory " + path + " cannot be written: " + BadInputException.reason(e) + "; choose another one",
                e);
    }

    /**
     * Says that the run is ready to write: a run that is to be replaced is deleted now.
     *
     * @throws BadInputException if that is impossible
     */
    public void begin() {
        requireOpen();
        if (existing == Existing.OVERWRITE) {
            for (String file : ALL_FILES) {
                if (Files.isDirectory(path.resolve(file), LinkOption.NOFOLLOW_LINKS)) {
                    // Asked before the first is deleted.
                    throw new BadInputException(path.resolve(file)
                            + " is a directory where a run has a file; move it away, or choose another directory");
                }
            }
            try {
                for (String file : ALL_FILES) {
                    Files.deleteIfExists(path.resolve(file));
                }
            } catch (IOException e) {
                throw unwritable(path, e);
            }
        }
    }

    /**
     * Requires that nobody else can write it.
     *
     * @throws IllegalStateException if it has been closed
     */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "the directory " + path
                            + " of the run has been closed, so that another may write to it; close it when the training has ended");
        }
    }

    /** Whether the run in it is to be resumed. */
    public boolean isResumed() {
        return existing == Existing.RESUME;
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

    /** The run for people to look at, if somebody has written it. */
    public Path page() {
        return path.resolve(PAGE);
    }

    /** What the best weights made of each test image, if somebody has written it. */
    public Path predictions() {
        return path.resolve(PREDICTIONS);
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

    /** What {@link #resume} was before it was last written, in case that is damaged. */
    public Path previous() {
        return path.resolve(PREVIOUS);
    }

    /**
     * The texts of the run's {@linkplain RunDescription#metadata description}, as its newest whole checkpoint has them.
     *
     * @throws BadInputException if there is none
     */
    public Map<String, String> texts() {
        return Checkpoint.texts(this);
    }

    /** Where a damaged {@link #resume} is put away. */
    Path damaged() {
        return path.resolve(DAMAGED);
    }

    /** Lets others use the directory; deletes it if it was made for a run that has left nothing. */
    @Override
    public void close() {
        closed = true;
        lock.close();
        if (isNew && !holds(path, FILES)) {
            try {
                Files.deleteIfExists(path.resolve(RunLock.FILE));
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // Somebody has put something else into it.
            }
        }
    }
}
