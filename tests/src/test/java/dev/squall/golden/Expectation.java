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

    /** With the tolerance for an error of another library, given in absolute terms. */
    static Expectation absolute(float[] values, double singlePrecisionError) {
        return new Expectation(values, tolerance(singlePrecisionError, maxAbs(values)));
    }

    /** With the tolerance for an error given relative to the largest value. */
    static Expectation relative(float[] values, double singlePrecisionError) {
        double maxAbs = maxAbs(values);
        return new Expectation(values, tolerance(singlePrecisionError * maxAbs, maxAbs));
    }

    /** The same for results of that accuracy. */
    Expectation in(Accuracy accuracy) {
        return new Expectation(values, accuracy.tolerance(tolerance));
    }

    /** The same for logits, or a loss, of that accuracy. */
    Expectation logitsIn(Accuracy accuracy) {
        return new Expectation(values, accuracy.logitsTolerance(tolerance, maxAbs(values)));
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

    private static double maxAbs(float[] values) {
        double maxAbs = 0;
        for (float v : values) {
            maxAbs = Math.max(maxAbs, Math.abs(v));
        }
        return maxAbs;
    }

    private double difference(float[] actual, int i) {
        double difference = Math.abs((double) actual[i] - values[i]);
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
}
