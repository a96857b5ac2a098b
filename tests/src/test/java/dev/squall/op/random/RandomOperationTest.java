package dev.squall.op.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.Fuzz;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As the package says. What an operation does out of bounds ends its JVM, and so is known by its number. */
@Tag("slow")
class RandomOperationTest {
    @ParameterizedTest
    @CsvSource({"jvm, 200", "simulator, 60"})
    void agreeWithTheReferenceAndKeepToTheirMemory(String backends, int inputs)
            throws IOException, InterruptedException {
        List<String> problems = new ArrayList<>();
        int end = Fuzz.end(inputs);
        for (int next = Fuzz.first(); next < end; ) {
            next = run(backends, next, end, problems);
        }
        assertThat(problems).isEmpty();
    }

    /** Tries the operations from {@code first} on; returns the number of the one after the last that was tried. */
    private static int run(String backends, int first, int end, List<String> problems)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:ErrorFile=target/random-operation-%p.log",
                        "-Xmx2g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RandomOperationProgram.class.getName(),
                        backends,
                        Integer.toString(first),
                        Integer.toString(end))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        int tried = first;
        String operation = "the start of the JVM";
        boolean isTrying = true;
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(RandomOperationProgram.BEGIN)) {
                    operation = line.substring(RandomOperationProgram.BEGIN.length());
                    isTrying = true;
                } else if (line.startsWith(RandomOperationProgram.END)) {
                    String problem = line.substring(RandomOperationProgram.END.length());
                    if (!problem.isEmpty()) {
                        problems.add(Fuzz.again(tried) + ", " + operation + ": " + problem);
                    }
                    isTrying = false;
                    tried++;
                }
            }
        }
        process.waitFor(1, TimeUnit.MINUTES);
        if (isTrying || process.exitValue() != 0) {
            problems.add(
                    Fuzz.again(tried) + ", " + operation + ": ended the JVM with exit code " + process.exitValue());
            tried++;
        }
        return tried;
    }
}
