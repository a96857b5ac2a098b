package dev.squall.error;

import java.util.Locale;

/** How many there are of something, in a sentence for people: "1 epoch", "3 classes", "12,000 images". */
public final class Plural {
    private Plural() {}

    /**
     * A number and its noun.
     *
     * @param noun in the singular, as in "test image"
     */
    public static String of(long number, String noun) {
        return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? noun : many(noun));
    }

    private static String many(String noun) {
        if (noun.matches(".*([sx]|tch|sh)")) {
            return noun + "es";
        }
        return noun.matches(".*[^aeiou]y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
    }
}
