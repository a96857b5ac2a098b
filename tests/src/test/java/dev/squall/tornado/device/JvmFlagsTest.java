package dev.squall.tornado.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendException;
import dev.squall.backend.BackendOptions;
import dev.squall.tornado.TornadoVmBackendProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JVM options under which TornadoVM computes wrong results are refused by name. */
@Tag("fast")
class JvmFlagsTest {
    @ParameterizedTest
    @CsvSource({
        "UseCompactObjectHeaders, true, -XX:+UseCompactObjectHeaders",
        "UseCompressedOops, false, -XX:-UseCompressedOops",
        "UseCompressedClassPointers, false, -XX:-UseCompressedClassPointers"
    })
    void isNamed(String flag, String value, String option) {
        assertThat(JvmFlags.problem(name -> Map.of(flag, value).getOrDefault(name, "")))
                .hasValueSatisfying(problem -> assertThat(problem).contains("under " + option + ","));
    }

    @Test
    void aLargeHeapSwitchesOneOfThemOff() {
        assertThat(JvmFlags.problem(name -> name.equals("UseCompressedOops") ? "false" : ""))
                .hasValueSatisfying(problem -> assertThat(problem).contains("a heap of 32 GB or more"));
    }

    @Test
    void aJvmThatRunsUnderOneOfThemSaysSo() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseCompactObjectHeaders",
                        "-cp",
                        System.getProperty("java.class.path"),
                        JvmFlagsTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("TornadoVM computes wrong results under -XX:+UseCompactObjectHeaders")
                .contains("true");
    }

    /** Runs in the JVM that the test above starts. */
    public static void main(String[] arguments) {
        var provider = new TornadoVmBackendProvider();
        System.out.println(provider.availability().reason());
        try {
            provider.create(BackendOptions.DEFAULT);
        } catch (BackendException e) {
            System.out.println(e.getMessage().equals(provider.availability().reason()));
        }
    }

    @Test
    void theUsualValuesAreFine() {
        assertThat(JvmFlags.problem(
                        name -> name.startsWith("Use") ? String.valueOf(!name.equals("UseCompactObjectHeaders")) : ""))
                .isEmpty();
        assertThat(JvmFlags.problem()).isEmpty();
    }
}
