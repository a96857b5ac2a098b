package dev.squall.bench;

import dev.squall.error.BadInputException;

/** The numbers that may be meant on a command line. */
public final class Ranges {
    public static final int MOST_ROUNDS = 100_000;
    public static final int MOST_IN_BATCH = 1_000_000;
    public static final int MOST_DEVICES = 1000;

    /** An hour. */
    public static final double LONGEST_WARM_UP = 3600;

    private Ranges() {}

    /**
     * Requires a number from {@code least} to {@code most}.
     *
     * @throws BadInputException if it is another, or NaN
     */
    public static void within(String option, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new BadInputException(
                    option + " must lie between " + text(least) + " and " + text(most) + ", not " + text(value));
        }
    }

    private static String text(double value) {
        return value == (long) value ? Long.toString((long) value) : Double.toString(value);
    }
}
