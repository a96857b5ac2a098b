package dev.squall.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;

/**
 * Values that must come out.
 *
 * @param tolerance the largest absolute difference allowed
 */
record Expectation(float[] values, double tolerance) {
    /** From the error that another library makes in single precision, but never less than what rounding alone may cost. */
    static double tolerance(double singlePrecisionError, double maxAbs) {
        return Math.max(8 * singlePrecisionError, 2e-6 * maxAbs);
    }

    /** With a tolerance relative to the largest value. */
    static Expectation relative(float[] values, double singlePrecisionError) {
        double maxAbs = 0;
        for (float v : values) {
            maxAbs = Math.max(maxAbs, Math.abs(v));
        }
        return new Expectation(values, tolerance(singlePrecisionError * maxAbs, maxAbs));
    }

    /** Fails if {@code actual} differs somewhere; says where it does most. */
    void check(String name, float[] actual) {
        assertThat(actual).as(name).hasSameSizeAs(values);
        int worst = 0;
        for (int i = 0; i < values.length; i++) {
            if (difference(actual, i) > difference(actual, worst)) {
                worst = i;
            }
        }
        assertThat(difference(actual, worst))
                .as(
                        "%s[%d] is %s, expected %s; tolerance %s",
                        name, worst, actual[worst], values[worst], String.format(Locale.ROOT, "%.3g", tolerance))
                .isLessThanOrEqualTo(tolerance);
    }

    private double difference(float[] actual, int i) {
        double difference = Math.abs((double) actual[i] - values[i]);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
}
