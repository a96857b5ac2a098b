package dev.squall.bench.peers;

import java.util.Map;
import java.util.Objects;

/** How far the results of two engines are apart. */
final class Agreement {
    /** The least norm, relative to the largest, that errors are related to. */
    private static final double LEAST = 1e-6;

    private Agreement() {}

    /**
     * The largest of the relative errors of the tensors that both have: the root of the mean square of the differences, divided by that of the
     * expected values.
     *
     * @throws IllegalStateException if a name is missing or a length differs
     */
    static double error(Map<String, float[]> expected, Map<String, float[]> actual) {
        if (!expected.keySet().equals(actual.keySet())) {
            throw new IllegalStateException(
                    "one engine computes " + expected.keySet() + ", another " + actual.keySet());
        }
        // A gradient that is zero but for rounding has no relative error.
        double least = LEAST
                * expected.values().stream()
                        .mapToDouble(values -> norm(values))
                        .max()
                        .orElse(0);
        double largest = 0;
        for (Map.Entry<String, float[]> entry : expected.entrySet()) {
            double error = error(entry.getKey(), entry.getValue(), Objects.requireNonNull(actual.get(entry.getKey())), least);
            if (Double.isNaN(error)) {
                return error;
            }
            largest = Math.max(largest, error);
        }
        return largest;
    }

    private static double error(String name, float[] expected, float[] actual, double least) {
        if (expected.length != actual.length) {
            throw new IllegalStateException(
                    name + " has " + expected.length + " values in one engine, " + actual.length + " in another");
        }
        double differences = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) expected[i] - actual[i];
            differences += difference * difference;
        }
        return differences == 0 ? 0 : Math.sqrt(differences) / Math.max(norm(expected), least);
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float v : values) {
            squares += (double) v * v;
        }
        return Math.sqrt(squares);
    }
}
