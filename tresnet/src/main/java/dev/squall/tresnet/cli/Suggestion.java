package dev.squall.tresnet.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Commands to be pasted into a shell, whatever its directory and whatever letters are in the paths. */
final class Suggestion {
    /** The launcher sets it to its own path. */
    private static final String LAUNCHER = "tresnet.launcher";

    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+", Pattern.UNICODE_CHARACTER_CLASS);

    private Suggestion() {}

    /** Of {@code tresnet} with these words; a path is made absolute. */
    static String command(Object... words) {
        String launcher = System.getProperty(LAUNCHER, "tresnet");
        return Stream.concat(Stream.of(launcher), Arrays.stream(words))
                .map(word -> word instanceof Path path ? path.toAbsolutePath().normalize() : word)
                .map(word -> quoted(word.toString()))
                .collect(Collectors.joining(" "));
    }

    /** As one word of a POSIX shell. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
