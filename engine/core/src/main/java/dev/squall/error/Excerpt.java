package dev.squall.error;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;

/** What a sentence quotes out of a file, in which a name may have a million letters and a list as many names: enough to recognise it. */
public final class Excerpt {
    private static final int BEGINNING = 100;
    private static final int END = 40;
    private static final String GAP = "...";
    private static final int NAMED = 5;

    private Excerpt() {}

    /** A name or another text; of a long one the beginning and the end. */
    public static String of(String text) {
        return text.length() <= BEGINNING + GAP.length() + END
                ? text
                : text.substring(0, BEGINNING) + GAP + text.substring(text.length() - END);
    }

    /** A shape or other numbers in brackets. */
    public static String of(long[] numbers) {
        return of(Arrays.toString(numbers));
    }

    /** The first few of several names, and how many more there are. */
    public static String of(Collection<String> names) {
        String first = names.stream().limit(NAMED).map(Excerpt::of).collect(Collectors.joining(", "));
        int more = names.size() - NAMED;
        return more <= 0 ? first : first + " and " + more + " more";
    }
}
