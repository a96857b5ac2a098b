package dev.squall;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.squall.data.Measured;
import dev.squall.data.Mutations;
import dev.squall.error.BadInputException;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Readers of damaged files: they may refuse one in a sentence or read it, and nothing else, within the limits of {@link Measured}. Each
 * reader is tried on a few hundred in the usual run; {@code -Dfuzz.inputs=10000} tries more, see {@link Fuzz}.
 */
public final class DamagedFiles {
    private static final Duration HANGS = Duration.ofMinutes(2);
    private static final int LONGEST_SENTENCE = 600;

    private DamagedFiles() {}

    /** Makes a whole file, of one of several kinds perhaps. */
    @FunctionalInterface
    public interface Whole {
        byte[] of(SplittableRandom random) throws Exception;
    }

    /** Reads a damaged file; whatever else belongs to it is whole. */
    @FunctionalInterface
    public interface Reading {
        void read(byte[] damaged) throws Exception;
    }

    /** Tries {@code usual} damaged copies of {@code whole}. */
    public static void fuzz(int usual, byte[] whole, Reading reading) {
        fuzz(usual, random -> Mutations.of(whole, random), reading);
    }

    /** Tries {@code usual} files that {@code damaged} makes. */
    public static void fuzz(int usual, Whole damaged, Reading reading) {
        Fuzz.run(usual, (random, input) -> {
            byte[] bytes = damaged.of(random);
            assertTimeoutPreemptively(HANGS, () -> {
                Measured measured = new Measured();
                try {
                    reading.read(bytes);
                } catch (BadInputException e) {
                    requireSentence(e);
                } catch (Exception | Error e) {
                    throw new AssertionError("not the documented exception: " + e, e);
                }
                measured.assertLittle();
            });
        });
    }

    private static void requireSentence(BadInputException e) {
        String message = e.getMessage();
        if (message == null || message.matches("(?s).*(?<!')\\bnull\\b.*") || message.length() > LONGEST_SENTENCE) {
            throw new AssertionError("no sentence: " + message, e);
        }
    }
}
