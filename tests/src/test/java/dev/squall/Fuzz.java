package dev.squall;

import java.util.SplittableRandom;

/**
 * Many random inputs, the same in every run: a few in the usual run of the tests, and as many as one likes on demand, {@code -Dfuzz.inputs=100000}.
 * The failure of one says how to repeat it alone, {@code -Dfuzz.first=17 -Dfuzz.inputs=1}.
 */
public final class Fuzz {
    private Fuzz() {}

    /** What is done with one input. */
    @FunctionalInterface
    public interface Body {
        /** Draws an input from {@code random} and tries it; {@code input} is its number. */
        void run(SplittableRandom random, int input) throws Exception;
    }

    /** The number of the first input. */
    public static int first() {
        return Integer.getInteger("fuzz.first", 0);
    }

    /** One past the number of the last, if {@code usual} are tried in the usual run. */
    public static int end(int usual) {
        return first() + Integer.getInteger("fuzz.inputs", usual);
    }

    /** What input {@code input} is drawn from: it does not depend on the inputs before. */
    public static SplittableRandom random(int input) {
        return new SplittableRandom(input * 0x9E3779B97F4A7C15L + 1);
    }

    /** How to try one input again. */
    public static String again(int input) {
        return "input " + input + " (again with -Dfuzz.first=" + input + " -Dfuzz.inputs=1)";
    }

    /** Tries {@code usual} inputs, or as many as the system property says. */
    public static void run(int usual, Body body) {
        for (int input = first(); input < end(usual); input++) {
            try {
                body.run(random(input), input);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(again(input) + ": " + e.getMessage(), e);
            }
        }
    }
}
