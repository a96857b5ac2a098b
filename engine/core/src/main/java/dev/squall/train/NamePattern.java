package dev.squall.train;

import dev.squall.error.BadInputException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Names of parameters as a user writes them: {@code *} stands for any characters, {@code ?} for one, {@code [12]} for one of several; what names a
 * module stands for all parameters in it, as {@code body.layer1} does. Between slashes it is a regular expression, of which some part of the name
 * has to be a match.
 *
 * @param text as it was written
 * @param expression what a name has to contain
 */
record NamePattern(String text, Pattern expression) implements Predicate<String> {
    private static final Pattern SPECIAL = Pattern.compile("\\[(!?)([\\w.-]+)\\]|([*?])|([^*?]+?)(?=[*?\\[]|$)|(.)");

    /**
     * Those in {@code text}, with blanks or commas between them; commas only outside of regular expressions.
     *
     * @throws BadInputException if one is no regular expression
     */
    static List<NamePattern> list(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .flatMap(part ->
                        part.startsWith("/") ? Arrays.stream(new String[] {part}) : Arrays.stream(part.split(",")))
                .filter(part -> !part.isEmpty())
                .map(NamePattern::of)
                .toList();
    }

    static NamePattern of(String text) {
        if (text.length() < 2 || !text.startsWith("/") || !text.endsWith("/")) {
            return new NamePattern(text, Pattern.compile("^" + glob(text) + "(\\.|$)"));
        }
        try {
            return new NamePattern(text, Pattern.compile(text.substring(1, text.length() - 1)));
        } catch (PatternSyntaxException e) {
            throw new BadInputException("freeze " + text + " is no regular expression: " + e.getDescription(), e);
        }
    }

    private static String glob(String text) {
        Matcher matcher = SPECIAL.matcher(text);
        StringBuilder expression = new StringBuilder();
        while (matcher.find()) {
            if (matcher.group(2) != null) {
                expression.append('[').append(matcher.group(1).isEmpty() ? "" : "^");
                expression.append(matcher.group(2)).append(']');
            } else if (matcher.group(3) != null) {
                expression.append(matcher.group(3).equals("*") ? ".*" : ".");
            } else {
                expression.append(Pattern.quote(matcher.group()));
            }
        }
        return expression.toString();
    }

    @Override
    public boolean test(String name) {
        return expression.matcher(name).find();
    }
}
