package dev.squall.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launchers of measurements in a checkout that is yet to be built, by a Maven that only says how it was called. */
@Tag("fast")
@DisabledOnOs(OS.WINDOWS)
class LaunchersTest {
    @TempDir
    private Path directory;

    private Path checkout() throws IOException {
        Path checkout = directory.resolve("checkout");
        for (String folder : new String[] {"bench/bin", "tresnet/bin"}) {
            Files.createDirectories(checkout.resolve(folder));
            try (Stream<Path> scripts = Files.list(Path.of("..", folder))) {
                for (Path script : scripts.toList()) {
                    Files.copy(script, checkout.resolve(folder).resolve(script.getFileName()));
                }
            }
        }
        Files.createDirectories(checkout.resolve("engine"));
        Files.writeString(checkout.resolve("pom.xml"), "");
        return checkout;
    }

    private Path maven() throws IOException {
        Path programs = Files.createDirectories(directory.resolve("programs"));
        Path maven = Files.writeString(
                programs.resolve("mvn"), "#!/bin/sh\necho \"in $(pwd -P) with $MAVEN_OPTS\"\nexit 1\n");
        assertThat(maven.toFile().setExecutable(true)).isTrue();
        return programs;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bench", "gpu-model", "paper", "peers"})
    void aLinkToTheLauncherAndNoTemporaryDirectory(String launcher) throws Exception {
        Path checkout = checkout();
        Path link = Files.createSymbolicLink(
                directory.resolve("link"), checkout.resolve("bench/bin").resolve(launcher));
        ProcessBuilder builder = new ProcessBuilder(link.toString()).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "TMPDIR", directory.resolve("nowhere").toString(),
                        "PATH", maven() + ":" + System.getenv("PATH"),
                        "JAVA_HOME", System.getProperty("java.home")));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(2);
        assertThat(said)
                .contains("in " + checkout.toRealPath() + " with ", launcher + ": the build failed")
                .as("nothing but text, even where it would go to a terminal")
                .contains("-Djansi.noreset=true");
        assertThat(checkout.resolve("bench/target"))
                .isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("building"));
    }
}
