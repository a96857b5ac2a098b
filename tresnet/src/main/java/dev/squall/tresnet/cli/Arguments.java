package dev.squall.tresnet.cli;

import dev.squall.error.BadInputException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks and units of what the user types. */
final class Arguments {
    private static final Pattern BYTES =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    /** Epochs: more would take longer than anybody lives. */
    static final int MOST_EPOCHS = 1_000_000;

    static final int MOST_IN_BATCH = 1_000_000;

    /** Pixels of an image's side. */
    static final int LARGEST_SIDE = 16_384;

    static final int MOST_CLASSES = 1_000_000;

    static final int MOST_CHANNELS = 1024;

    private Arguments() {}

    /** Requires a number from {@code least} to {@code most}. */
    static void within(String option, long value, long least, long most) {
        if (value < least) {
            throw new BadInputException(option + " must be at least " + least + ", not " + value);
        }
        if (value > most) {
            throw new BadInputException(option + " must be at most " + most + ", not " + value);
        }
    }

    /** The same for a fraction; null, where nothing was said, is fine. */
    static void within(String option, @Nullable Double value, double least, double most) {
        if (value != null && !(value >= least && value <= most)) {
            throw new BadInputException(
                    option + " must lie between " + plain(least) + " and " + plain(most) + ", not " + plain(value));
        }
    }

    /** Requires a part of a whole, neither nothing nor all of it; null, where nothing was said, is fine. */
    static void part(String option, @Nullable Double value) {
        if (value != null && !(value > 0 && value < 1)) {
            throw new BadInputException(option + " must lie between 0 and 1, not " + value);
        }
    }

    static void positive(String option, double value, double most) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new BadInputException(option + " must be a positive number, not " + value);
        }
        if (value > most) {
            throw new BadInputException(option + " must be at most " + plain(most) + ", not " + plain(value));
        }
    }

    /** Without a fraction that is zero, as a user would type it. */
    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
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
