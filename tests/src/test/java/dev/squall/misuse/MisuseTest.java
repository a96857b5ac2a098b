package dev.squall.misuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Every misuse on every backend, in JVMs of their own: one that crashes is replaced, and the misuse that it died of fails. */
@Tag("slow")
class MisuseTest {
    @TestFactory
    Stream<DynamicContainer> everyMisuseEndsInASentence() {
        List<Misuse> misuses = Misuses.all();
        return Stream.of("reference", "jvm", "tornado", "meta").map(backend -> {
            List<String> results = new ArrayList<>();
            while (results.size() < misuses.size()) {
                commit(backend, results);
            }
            return dynamicContainer(
                    backend,
                    IntStream.range(0, misuses.size())
                            .mapToObj(i -> dynamicTest(
                                    misuses.get(i).name(),
                                    () -> assertThat(results.get(i)).isEmpty())));
        });
    }

    /** Adds the results of the misuses that follow, up to the last or to the one that ended the JVM. */
    private static void commit(String backend, List<String> results) {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--add-modules=jdk.incubator.vector",
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:ErrorFile=target/misuse-%p.log",
                            "-Xmx1g",
                            "-cp",
                            System.getProperty("java.class.path"),
                            MisuseProgram.class.getName(),
                            backend,
                            Integer.toString(results.size()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean begun = false;
            try (BufferedReader output = process.inputReader()) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    if (line.startsWith(MisuseProgram.BEGIN)) {
                        begun = true;
                    } else if (line.startsWith(MisuseProgram.END)) {
                        begun = false;
                        results.add(line.substring(MisuseProgram.END.length()));
                    }
                }
            }
            process.waitFor(1, TimeUnit.MINUTES);
            if (begun || process.exitValue() != 0) {
                results.add("ended the JVM with exit code " + process.exitValue());
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("the JVM that commits misuses could not be run", e);
        }
    }
}
