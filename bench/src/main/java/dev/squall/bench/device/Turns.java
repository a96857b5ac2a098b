package dev.squall.bench.device;

import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** Times the two sides of a row in turns, after comparing what they compute. */
final class Turns {
    private static final double SAMPLE_SECONDS = 0.1;
    private static final int LEAST_WARM_UPS = 3;
    /** Threads of the other side may still be spinning. */
    private static final long PAUSE_MILLIS = 20;

    private final int rounds;
    private final double warmUpSeconds;

    Turns(int rounds, double warmUpSeconds) {
        this.rounds = rounds;
        this.warmUpSeconds = warmUpSeconds;
    }

    /** Seconds of one pass of each side, by rounds. */
    record Times(DescriptiveStatistics ours, DescriptiveStatistics other) {}

    /** @throws IllegalStateException if ours computes something else than expected */
    Times of(String name, Row row) {
        double error = relativeError(row.ours().result(), row.expected().get());
        if (!(error <= row.tolerance())) {
            throw new IllegalStateException(String.format(
                    "%s: %s differs by %.1e from what is expected, more than the tolerance of %.0e",
                    name, row.ours().name(), error, row.tolerance()));
        }
        int ourPasses = warmUp(row.ours());
        int otherPasses = warmUp(row.other());
        Times times = new Times(new DescriptiveStatistics(), new DescriptiveStatistics());
        for (int round = 0; round < rounds; round++) {
            times.ours.addValue(sample(row.ours(), ourPasses));
            times.other.addValue(sample(row.other(), otherPasses));
        }
        return times;
    }

    /** The root of the mean square of the differences, divided by that of the expected values. */
    private static double relativeError(float[] actual, float[] expected) {
        double squares = 0;
        double differences = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) actual[i] - expected[i];
            squares += (double) expected[i] * expected[i];
            differences += difference * difference;
        }
        return Math.sqrt(differences / squares);
    }

    /** Runs for the time of the warm-up and returns how many passes make a sample. */
    private int warmUp(Contender contender) {
        long start = System.nanoTime();
        DescriptiveStatistics last = new DescriptiveStatistics(LEAST_WARM_UPS);
        do {
            last.addValue(passes(contender, 1));
        } while (last.getN() < LEAST_WARM_UPS || (System.nanoTime() - start) * 1e-9 < warmUpSeconds);
        return (int) Math.max(1, Math.ceil(SAMPLE_SECONDS / last.getPercentile(50)));
    }

    private static double sample(Contender contender, int passes) {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the measurement was interrupted", e);
        }
        // The caches are as the other side left them, and processors may sleep.
        contender.run();
        return passes(contender, passes);
    }

    /** Seconds of one pass. */
    private static double passes(Contender contender, int passes) {
        long start = System.nanoTime();
        for (int i = 0; i < passes; i++) {
            contender.run();
        }
        return (System.nanoTime() - start) * 1e-9 / passes;
    }
}
