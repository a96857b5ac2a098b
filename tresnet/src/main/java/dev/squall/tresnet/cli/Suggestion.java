package dev.squall.tresnet.cli;

import dev.squall.train.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Commands to be pasted into a shell, whatever its directory and whatever letters are in the paths. */
final class Suggestion {
    /** The launcher sets it to its own path. */
    private static final String LAUNCHER = "tresnet.launcher";

    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Set<String> OF_THE_RUN = Set.of("resume", "force", "out", "recipe");

    private Suggestion() {}

    /** Of {@code tresnet} with these words; a path is made absolute. */
    static String command(Object... words) {
        String launcher = System.getProperty(LAUNCHER, "tresnet");
        return Stream.concat(Stream.of(launcher), Arrays.stream(words))
                .map(word -> word instanceof Path path ? path.toAbsolutePath().normalize() : word)
                .map(word -> quoted(word.toString()))
                .collect(Collectors.joining(" "));
    }

    /**
     * Of the command that goes on with a stopped run. The run itself knows all that decides what is learned; on what and how it was to be computed,
     * and how it takes care of itself, it is told again.
     *
     * @param train the command that was stopped
     */
    static String resuming(CommandSpec train, Path directory) {
        List<Object> words = new ArrayList<>(List.of("train", "--resume", "--out", directory));
        for (OptionSpec option : train.commandLine().getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (!isOfTheRun(name)) {
                words.add(name);
                boolean isFlag = option.typeInfo().isBoolean();
                option.stringValues().forEach(value -> {
                    if (!isFlag) {
                        words.add(option.typeInfo().getType() == Path.class ? Path.of(value) : value);
                    }
                });
            }
        }
        return command(words.toArray());
    }

    private static boolean isOfTheRun(String option) {
        String name = option.substring(2);
        return OF_THE_RUN.contains(name)
                || Recipe.STANDARD.toMap().containsKey(name)
                || Augmentation.NAMES.contains(name)
                || SettingsFile.OTHERS.contains(name);
    }

    /** As one word of a POSIX shell. */
    static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
