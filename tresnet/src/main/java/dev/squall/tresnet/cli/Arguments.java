package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks and units of what the user types. */
final class Arguments {
    private static final Pattern BYTES =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    private Arguments() {}

    static void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new BadInputException(option + " must be at least " + least + ", not " + value);
        }
    }

    static void positive(String option, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new BadInputException(option + " must be a positive number, not " + value);
        }
    }

    /** Bytes such as {@code 16GB} or {@code 512M}; a kilobyte has 1024. */
    static long bytes(String option, String text) {
        Matcher matcher = BYTES.matcher(text.strip());
        if (!matcher.matches()) {
            throw new BadInputException(option + " takes a size such as 16GB or 512MB, not '" + text + "'");
        }
        int power = " KMGT".indexOf((matcher.group(2).isEmpty() ? " " : matcher.group(2)).toUpperCase(Locale.ROOT));
        double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(1024, power);
        if (!(bytes >= 1) || bytes > Long.MAX_VALUE) {
            throw new BadInputException(option + " takes a size such as 16GB or 512MB, not '" + text + "'");
        }
        return (long) bytes;
    }

    /** Such as {@code 1.5 GiB}. */
    static String readable(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }
}
