package dev.squall.tresnet.cli;

import static dev.squall.tresnet.cli.CommandLineFixture.tresnet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.tresnet.cli.CommandLineFixture.Result;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every option of every command that takes a number, with numbers that nobody means: each is refused in one sentence that names the option, before
 * any work is done. What is sensible all the same is listed here.
 */
@Tag("fast")
class NumbersTest {
    /** What the help calls a number. */
    private static final Set<String> NUMBERS = Set.of("N", "K", "X", "M", "P", "ALPHA", "SIZE");

    private static final List<String> VALUES =
            List.of("-1", "0", "2147483647", "9223372036854775808", "NaN", "Infinity", "1e308", "");

    /** What a command needs beside the option. None of the files exist, so that whatever is accepted ends soon. */
    private static final Map<String, List<String>> OTHER_ARGUMENTS = Map.ofEntries(
            Map.entry("train", List.of("--data", "mnist:none", "--out", "OUT")),
            Map.entry("eval", List.of("--weights", "none.safetensors", "--data", "mnist:none")),
            Map.entry("classify", List.of("--weights", "none.safetensors", "none.png")),
            Map.entry("data", List.of("mnist:none")),
            Map.entry("export", List.of("--weights", "none.safetensors", "--out", "OUT.onnx")),
            Map.entry("convert", List.of("none.safetensors", "OUT.safetensors")),
            Map.entry("serve", List.of("--weights", "none.safetensors")),
            Map.entry("explain", List.of("--weights", "none.safetensors", "--out", "OUT", "none.png")),
            Map.entry("compare", List.of("none", "nowhere")),
            Map.entry("report", List.of("none")),
            Map.entry("kernels", List.of("relu")));

    /** What is sensible, beside a seed, which may be any whole number. */
    private static final Map<String, Set<String>> SENSIBLE = Map.ofEntries(
            Map.entry("--seed", Set.of("-1", "0", "2147483647")),
            Map.entry("--threads", Set.of("0")),
            Map.entry("--device", Set.of("0")),
            Map.entry("--patience", Set.of("0")),
            Map.entry("--checkpoint-minutes", Set.of("0")),
            Map.entry("--momentum", Set.of("0")),
            Map.entry("--outer-momentum", Set.of("0")),
            Map.entry("--weight-decay", Set.of("0")),
            Map.entry("--warmup-epochs", Set.of("0")),
            Map.entry("--label-smoothing", Set.of("0")),
            Map.entry("--ema", Set.of("0")),
            Map.entry("--dropout", Set.of("0")),
            Map.entry("--drop-path", Set.of("0")),
            Map.entry("--rand-augment", Set.of("0")),
            Map.entry("--color-jitter", Set.of("0")),
            Map.entry("--random-erasing", Set.of("0")),
            Map.entry("--clip", Set.of("0", "2147483647", "9223372036854775808")),
            Map.entry("--port", Set.of("0")),
            Map.entry("--delay-ms", Set.of("0")),
            Map.entry("--shard-size", Set.of("2147483647", "9223372036854775808")),
            Map.entry("--memory", Set.of("2147483647", "9223372036854775808")),
            Map.entry("--device-memory", Set.of("2147483647", "9223372036854775808")));

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> areRefusedUnlessTheyAreSensible() {
        Main main = new Main(new PrintStream(OutputStream.nullOutputStream()));
        CommandLine program = Main.commandLine(
                main,
                new PrintWriter(OutputStream.nullOutputStream()),
                new PrintStream(OutputStream.nullOutputStream()));
        return program.getSubcommands().entrySet().stream()
                .flatMap(command -> command.getValue().getCommandSpec().options().stream()
                        .filter(option -> NUMBERS.contains(option.paramLabel()))
                        .map(option -> DynamicTest.dynamicTest(
                                command.getKey() + " " + option.longestName(), () -> check(command.getKey(), option))));
    }

    private void check(String command, OptionSpec option) {
        Set<String> accepted = new TreeSet<>();
        for (String value : VALUES) {
            List<Object> arguments = new ArrayList<>();
            arguments.add(command);
            for (String argument : OTHER_ARGUMENTS.getOrDefault(command, List.of())) {
                arguments.add(argument.startsWith("OUT") ? directory.resolve(value.hashCode() + argument) : argument);
            }
            arguments.add(option.longestName() + "=" + value);
            Result result = tresnet(arguments.toArray());
            String said = result.err();
            assertThat(said.lines().filter(line -> line.startsWith("tresnet ")).count())
                    .as("%s: %s", arguments, said)
                    .isLessThanOrEqualTo(1);
            assertThat(result.exitCode()).as("%s: %s", arguments, said).isIn(0, 2);
            if (!said.contains(option.longestName())) {
                accepted.add(value);
            }
        }
        assertThat(accepted)
                .as(command + " " + option.longestName())
                .isEqualTo(SENSIBLE.getOrDefault(option.longestName(), Set.of()));
    }
}
