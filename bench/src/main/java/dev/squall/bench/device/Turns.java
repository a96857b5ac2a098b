package dev.squall.bench.device;

import dev.squall.bench.Sampling;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/** Times the two sides of a row in turns, after comparing what they compute. */
final class Turns {
    private final int rounds;
    private final double warmUpSeconds;

    Turns(int rounds, double warmUpSeconds) {
        this.rounds = rounds;
        this.warmUpSeconds = warmUpSeconds;
    }

    /** Seconds of one pass of each side, by rounds. */
    record Times(DescriptiveStatistics ours, DescriptiveStatistics other) {}

    /** @throws IllegalStateException if ours computes something else than expected */
    Times of(String name, DeviceRow row) {
        double error = relativeError(row.ours().result(), row.expected().get());
        if (!(error <= row.tolerance())) {
            throw new IllegalStateException(String.format(
                    "%s: %s differs by %.1e from what is expected, more than the tolerance of %.0e",
                    name, row.ours().name(), error, row.tolerance()));
        }
        int ourPasses = Sampling.warmUp(row.ours()::run, warmUpSeconds);
        int otherPasses = Sampling.warmUp(row.other()::run, warmUpSeconds);
        Times times = new Times(new DescriptiveStatistics(), new DescriptiveStatistics());
        for (int round = 0; round < rounds; round++) {
            times.ours.addValue(Sampling.sample(row.ours()::run, ourPasses));
            times.other.addValue(Sampling.sample(row.other()::run, otherPasses));
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
}
