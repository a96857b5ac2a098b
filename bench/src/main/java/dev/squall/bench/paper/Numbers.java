package dev.squall.bench.paper;

import dev.squall.bench.paper.Statistics.Estimate;
import dev.squall.tresnet.page.Section;
import java.util.Locale;

/** Numbers for people: with as many digits as they deserve. */
final class Numbers {
    private Numbers() {}

    /** Three significant digits, without an exponent. */
    static String number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Section.NONE;
        }
        double size = Math.abs(value);
        int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** A value and its interval, if there is one. */
    static String estimate(Estimate estimate) {
        if (estimate.low() == estimate.high()) {
            return number(estimate.value());
        }
        return number(estimate.value()) + " (" + number(estimate.low()) + " to " + number(estimate.high()) + ")";
    }

    /** How many times something is something else. */
    static String times(double ratio) {
        return multiple(ratio) + "x";
    }

    /** The same with its interval, if there is one. */
    static String times(Estimate ratio) {
        if (ratio.low() == ratio.high()) {
            return times(ratio.value());
        }
        return times(ratio.value()) + " (" + multiple(ratio.low()) + " to " + multiple(ratio.high()) + ")";
    }

    /** Two decimals, as long as these are not more than three digits deserve. */
    private static String multiple(double ratio) {
        return ratio < 10 ? format("%.2f", ratio) : number(ratio);
    }

    static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String mebibytes(double bytes) {
        return number(bytes / (1 << 20));
    }
}
