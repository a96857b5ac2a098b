package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What every command says of itself, and what shells make of it. */
@Tag("fast")
class HelpTest {
    /** What these print is read by people, or is no result. */
    private static final List<String> WITHOUT_JSON =
            List.of("train", "eval", "report", "kernels", "serve", "completion");

    @TempDir
    private Path directory;

    static List<String> commands() {
        return List.copyOf(Main.program().getSubcommands().keySet());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasExamplesThatItUnderstandsAndItsExitCodes(String command) {
        Result help = tresnet(command, "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out())
                .containsPattern("Examples?:")
                .contains("Exit codes:", "130")
                .contains("tresnet " + command);
        CommandLine program = Main.program();
        assertThat(help.out())
                .as("what is to be copied stays on its line in a terminal of 80 columns")
                .contains(Stream.of(program.getSubcommands()
                                .get(command)
                                .getCommandSpec()
                                .usageMessage()
                                .footer())
                        .filter(line -> line.startsWith("  "))
                        .toList());
        for (String example : examples(program.getSubcommands().get(command).getCommandSpec())) {
            List<String> words = words(example);
            assertThat(words.getFirst()).isEqualTo("tresnet");
            assertThat(words.get(1))
                    .as("an example of %s: %s", command, example)
                    .isEqualTo(command);
            program.parseArgs(words.subList(1, words.size()).toArray(String[]::new));
        }
    }

    /** The lines of the footer that begin with the program's name, without what explains them. */
    private static List<String> examples(CommandSpec spec) {
        List<String> examples = new ArrayList<>();
        for (String text : spec.usageMessage().footer()) {
            Matcher matcher = Pattern.compile("^ *(?:source <\\()?(tresnet .*?)(?:\\)? {2,}.*|\\)| > .*)?$")
                    .matcher(text);
            if (text.startsWith("  ") && matcher.matches()) {
                examples.add(matcher.group(1));
            }
        }
        assertThat(examples).as("examples of %s", spec.name()).isNotEmpty();
        return examples;
    }

    private static List<String> words(String example) {
        // As a shell with two runs would make of it.
        return Arrays.stream(example.replace("runs/*", "runs/a runs/b").split(" +"))
                .map(word -> word.replaceAll("^'|'$", ""))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void resultsForProgramsAreJson(String command) {
        assumeTrue(!WITHOUT_JSON.contains(command));
        assertThat(Main.program().getSubcommands().get(command).getCommandSpec().findOption("--json"))
                .isNotNull();
    }

    @Test
    void theProgramItselfHasExamplesAndExitCodes() {
        assertThat(tresnet("--help").out()).contains("Examples:", "Exit codes: 0 done", "completion");
    }

    @Test
    void dataAreDescribedForPrograms() {
        Result data = tresnet("data", "sample", "--json");
        assertThat(data.exitCode()).as(data.err()).isZero();
        JsonNode described = new JsonMapper().readTree(data.out());
        assertThat(described.get("classes")).hasSize(10);
        assertThat(described.get("image").get("height").intValue()).isEqualTo(28);
        assertThat(described.get("changed").get("means")).hasSize(1);
    }

    @Test
    void devicesAreDescribedForPrograms() {
        Result devices = tresnet("devices", "--json");
        assertThat(devices.exitCode()).as(devices.err()).isZero();
        JsonNode described = new JsonMapper().readTree(devices.out());
        assertThat(described.get("processors").intValue()).isPositive();
        assertThat(described.get("backends").findValuesAsString("name")).contains("jvm", "reference");
        assertThat(described.get("auto").stringValue()).isNotEmpty();
    }

    /** What each shell offers behind some words; a shell that is not on this machine is left out. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bash; tresnet su; summary",
                "bash; tresnet train --opt; --optimizer",
                "bash; tresnet explain --method occ; occlusion",
                "bash; tresnet explain --backend j; jvm",
                "bash; tresnet train --model resnet50; resnet50d",
                "fish; tresnet su; summary",
                "fish; tresnet train --opt; --optimizer",
                "fish; tresnet explain --method occ; occlusion",
                "fish; tresnet completion ba; bash",
            })
    void shellsComplete(String shell, String words, String expected) throws IOException, InterruptedException {
        requireShell(shell);
        Path script = directory.resolve("completion");
        Files.writeString(script, tresnet("completion", shell).out());
        List<String> typed = List.of(words.split(" "));
        String program = shell.equals("fish")
                ? "source " + script + "; complete -C '" + words + "'"
                : "compopt() { :; }; source " + script + "; COMP_WORDS=(" + words + "); COMP_CWORD="
                        + (typed.size() - 1)
                        + "; COMP_LINE='" + words
                        + "'; COMP_POINT=" + words.length() + "; _complete_tresnet tresnet " + typed.getLast()
                        + "; printf '%s\\n' \"${COMPREPLY[@]}\"";
        assertThat(output(shell, "-c", program).lines().map(line -> line.split("\t")[0].strip()))
                .contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void scriptsAreAccepted(String shell) throws IOException, InterruptedException {
        requireShell(shell);
        Path script = directory.resolve("completion");
        Files.writeString(script, tresnet("completion", shell).out());
        String prepare = shell.equals("zsh") ? "autoload -Uz compinit && compinit -u -D; " : "";
        assertThat(output(shell, "-c", prepare + "source " + script + " && echo fine"))
                .isEqualTo("fine\n");
        assertThat(output(shell, "-n", script.toString())).isEmpty();
    }

    private static void requireShell(String shell) {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, shell))),
                "no " + shell + " on this machine");
    }

    private String output(String... command) throws IOException, InterruptedException {
        Path log = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(log.toFile());
        builder.environment().put("HOME", directory.toString());
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return Files.readString(log);
    }
}
