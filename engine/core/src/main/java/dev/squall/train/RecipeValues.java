package dev.squall.train;

import dev.squall.data.Input;
import dev.squall.error.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The values of a {@link Recipe} as texts by name, and the sentences for what is wrong with one. */
record RecipeValues(Map<String, String> values) {
    /** A name and a value, which may stand in quotes, and then hold anything; behind it perhaps a comment. */
    private static final Pattern LINE =
            Pattern.compile("\\s*([\\w-]+)\\s*[:=]\\s*(?:([\"'])(.*?)\\2|(.*?))\\s*(?:\\s[#!].*)?");

    private static final Pattern NOTHING = Pattern.compile("\\s*(?:---)?\\s*(?:(?<=^|\\s)[#!].*)?");

    /** A recipe is a page at most; whoever names another file by mistake is told soon. */
    private static final int MOST_BYTES = 1 << 20;

    String text(String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    int integer(String name) {
        long value = whole(name);
        if (value != (int) value) {
            throw new BadInputException(name + " " + value + " is too large");
        }
        return (int) value;
    }

    long whole(String name) {
        try {
            return Long.parseLong(text(name));
        } catch (NumberFormatException e) {
            throw new BadInputException(name + " must be a whole number, not '" + text(name) + "'", e);
        }
    }

    double number(String name) {
        try {
            return Double.parseDouble(text(name));
        } catch (NumberFormatException e) {
            throw new BadInputException(name + " must be a number, not '" + text(name) + "'", e);
        }
    }

    boolean flag(String name) {
        String value = text(name);
        if (!value.equals("true") && !value.equals("false")) {
            throw new BadInputException(name + " must be true or false, not '" + value + "'");
        }
        return value.equals("true");
    }

    <E extends Enum<E>> E choice(String name, Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> Recipe.word(value).equalsIgnoreCase(text(name)))
                .findFirst()
                .orElseThrow(() -> new BadInputException(name + " must be one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(Recipe::word)
                                .collect(Collectors.joining(", "))
                        + ", not '" + text(name) + "'"));
    }

    static void within(String name, int value, int least, int most) {
        if (value < least) {
            throw new BadInputException(name + " must be at least " + least + ", not " + value);
        }
        if (value > most) {
            throw new BadInputException(name + " must be at most " + most + ", not " + value);
        }
    }

    static void positive(String name, double value, double most) {
        if (!(value > 0 && value <= most)) {
            throw new BadInputException(name + " must be a positive number"
                    + (value > most ? " of at most " + most : "") + ", not " + value);
        }
    }

    static void notNegative(String name, double value, double most) {
        if (!(value >= 0 && value <= most)) {
            throw new BadInputException(name + " must lie between 0 and " + most + ", not " + value);
        }
    }

    static void fraction(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new BadInputException(name + " must lie between 0 and below 1, not " + value);
        }
    }

    static Map<String, String> read(Path file) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (NOTHING.matcher(line).matches()) {
                continue;
            }
            String where = "line " + (i + 1) + " of " + file;
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new BadInputException(
                        where + " must be a setting such as 'epochs: 40', not '" + line.strip() + "'");
            }
            String value = matcher.group(2) == null ? matcher.group(4) : matcher.group(3);
            if (values.put(matcher.group(1), value) != null) {
                throw new BadInputException(where + " sets " + matcher.group(1) + " a second time");
            }
        }
        return values;
    }

    private static List<String> lines(Path file) {
        Input input = Input.file(file);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new BadInputException(file + " is too large for a recipe");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(input.bytes(MOST_BYTES)))
                    .toString();
            // Editors on Windows begin a text so.
            return text.replaceFirst("^\ufeff", "").lines().toList();
        } catch (CharacterCodingException e) {
            throw new BadInputException(file + " is no text, and so no recipe", e);
        } catch (IOException e) {
            throw BadInputException.unreadable(file, e);
        }
    }
}
