package dev.squall.tresnet.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Completions for the shell fish, which picocli has no generator for: a line for each command and each option. */
final class FishCompletion {
    private FishCompletion() {}

    static String of(String name, CommandSpec program) {
        List<String> lines = new ArrayList<>();
        lines.add("# Completions of " + name + " for fish, made by '" + name + " completion fish'.");
        lines.add("complete -c " + name + " -e");
        String noCommand = "not __fish_seen_subcommand_from "
                + String.join(" ", program.subcommands().keySet());
        options(program).forEach(option -> lines.add(line(name, noCommand, option)));
        program.subcommands().forEach((command, line) -> {
            CommandSpec spec = line.getCommandSpec();
            String[] description = spec.usageMessage().description();
            lines.add("complete -c " + name + " -f -n " + quoted(noCommand) + " -a " + command
                    + (description.length == 0 ? "" : " -d " + quoted(firstSentence(description[0]))));
            String seen = "__fish_seen_subcommand_from " + command;
            options(spec).forEach(option -> lines.add(line(name, seen, option)));
            boolean files = spec.positionalParameters().stream().anyMatch(FishCompletion::takesFiles);
            spec.positionalParameters().forEach(parameter -> {
                String values = values(parameter);
                if (!values.isEmpty()) {
                    lines.add("complete -c " + name + " -f -n " + quoted(seen) + " -a " + quoted(values));
                }
            });
            if (!files) {
                lines.add("complete -c " + name + " -f -n " + quoted(seen));
            }
        });
        return String.join("\n", lines) + "\n";
    }

    private static List<OptionSpec> options(CommandSpec spec) {
        return spec.options().stream().filter(option -> !option.hidden()).toList();
    }

    /** An option that takes a value needs it ({@code -r}); where it is none of the known values it may be a file, or else nothing ({@code -x}). */
    private static String line(String name, String condition, OptionSpec option) {
        StringJoiner line = new StringJoiner(" ").add("complete -c " + name + " -n " + quoted(condition));
        for (String each : option.names()) {
            line.add(each.startsWith("--") ? "-l " + each.substring(2) : "-s " + each.substring(1));
        }
        if (option.arity().max() > 0) {
            String values = values(option);
            line.add(!values.isEmpty() ? "-x -a " + quoted(values) : takesFiles(option) ? "-r -F" : "-x");
        }
        if (option.description().length > 0) {
            line.add("-d " + quoted(firstSentence(option.description()[0])));
        }
        return line.toString();
    }

    /** Data sets may be in a directory. */
    private static boolean takesFiles(ArgSpec argument) {
        return argument.auxiliaryTypes()[0] == Path.class
                || List.of("DATA", "IMAGE").contains(argument.paramLabel());
    }

    private static String values(ArgSpec argument) {
        StringJoiner values = new StringJoiner(" ");
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        }
        return values.toString();
    }

    private static String firstSentence(String description) {
        String plain = Ansi.OFF.string(
                description.replaceAll("\\s*\\(default: [^)]*\\)", "").replaceAll("%n|%%", " "));
        int end = plain.indexOf(". ");
        String sentence = (end < 0 ? plain : plain.substring(0, end))
                .replace("${COMPLETION-CANDIDATES}", "")
                .strip();
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
