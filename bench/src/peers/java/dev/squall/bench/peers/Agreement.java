package dev.squall.bench.peers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * How far the results of an engine are from what is expected: of each tensor the root of the mean square of the differences, divided by that of
 * the expected values.
 *
 * @param outputs by the name of the output
 * @param gradients of the parameters, by their names; in a network they are magnified errors of the forward pass
 */
record Agreement(Map<String, Double> outputs, Map<String, Double> gradients) {
    /** The least norm, relative to the largest, that errors are related to. */
    private static final double LEAST = 1e-6;

    /**
     * What an engine computed.
     *
     * @param outputs by name
     * @param gradients of the parameters, by their names; empty if it computes none
     */
    record Results(Map<String, float[]> outputs, Map<String, float[]> gradients) {
        /** Those of the latest run of {@code contender}. */
        static Results of(Contender contender) {
            return new Results(contender.results(), contender.gradients());
        }
    }

    /** @throws IllegalStateException if a name is missing or a length differs */
    static Agreement of(Results expected, Results actual) {
        return new Agreement(errors(expected.outputs, actual.outputs), errors(expected.gradients, actual.gradients));
    }

    private static Map<String, Double> errors(Map<String, float[]> expected, Map<String, float[]> actual) {
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
        Map<String, Double> errors = new LinkedHashMap<>();
        expected.forEach((name, values) ->
                errors.put(name, error(name, values, Objects.requireNonNull(actual.get(name)), least)));
        return errors;
    }

    /** The largest error of an output; NaN if one is. */
    double largestOutput() {
        return largest(outputs);
    }

    /** The largest error of a gradient; NaN if one is, and 0 if there are none. */
    double largestGradient() {
        return largest(gradients);
    }

    double medianGradient() {
        return new DescriptiveStatistics(
                        gradients.values().stream().mapToDouble(error -> error).toArray())
                .getPercentile(50);
    }

    private static double largest(Map<String, Double> errors) {
        return errors.values().stream().mapToDouble(error -> error).reduce(0, Math::max);
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
