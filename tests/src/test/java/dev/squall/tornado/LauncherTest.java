package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the launchers say of a TornadoVM SDK that is not whole, or for another Java: what is missing, and what to do. */
@Tag("fast")
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String API = "share/java/tornado/tornado-api-5.2.0-jdk25.jar";

    @TempDir
    Path sdk;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tornado-argfile",
                API,
                "share/java/tornado/tornado-runtime-5.2.0-jdk25.jar",
                "lib/libtornado-opencl.so"
            })
    void partOfAnSdk(String missing) throws Exception {
        sdk(API);
        Files.delete(sdk.resolve(missing));

        assertThat(problem(sdk))
                .startsWith(sdk + " holds no whole TornadoVM SDK, since it lacks "
                        + missing.replace("5.2.0-jdk25", "*").replace("opencl.so", "*"))
                .endsWith(
                        "install one anew with 'sdk install tornadovm 5.2.0-jdk25-opencl', or set TORNADOVM_HOME to one");
    }

    @Test
    void noDirectory() throws Exception {
        assertThat(problem(sdk.resolve("none"))).contains("which is no directory; unset it");
    }

    @Test
    void otherJava() throws Exception {
        sdk("share/java/tornado/tornado-api-4.0.1-jdk21.jar");

        assertThat(problem(sdk)).contains("is for Java 21, not 25; install one whose version names jdk25");
    }

    @Test
    void startsThatFail() throws Exception {
        sdk(API);
        Files.writeString(sdk.resolve("tornado-argfile"), "--module-of-nobody");

        assertThat(problem(sdk))
                .contains("does not start with the TornadoVM SDK in " + sdk)
                .endsWith("or install the SDK anew with 'sdk install tornadovm 5.2.0-jdk25-opencl'");
    }

    @Test
    void nothingToSay() throws Exception {
        sdk(API);

        assertThat(problem(sdk)).isEmpty();
    }

    /** The CUDA SDK has commons-math3 3.2, with which no network can be initialised. */
    @Test
    void ofALibraryThatBothHaveTheNewer() throws Exception {
        sdk(API);
        Path theirs = sdk.resolve("share/java/tornado");
        Path ours = Files.createDirectory(sdk.resolve("ours"));
        for (String name : List.of("commons-math3-3.2", "asm-9.10", "jsr305-3.0.2")) {
            Files.createFile(theirs.resolve(name + ".jar"));
        }
        for (String name : List.of("commons-math3-3.6.1", "asm-9.9", "picocli-4.7.7")) {
            Files.createFile(ours.resolve(name + ".jar"));
        }

        assertThat(said("module_path \"$2\" \"$3\"", sdk.toString(), ours.toString()))
                .isEqualTo(ours.resolve("commons-math3-3.6.1.jar") + ":" + theirs);
    }

    /** An SDK of empty parts, with which a JVM starts as it does without; directories are the jars that it takes for modules without a complaint. */
    private void sdk(String api) throws IOException {
        Files.writeString(sdk.resolve("tornado-argfile"), "-server");
        Files.createDirectories(sdk.resolve(api));
        Files.createDirectories(sdk.resolve("share/java/tornado/tornado-runtime-5.2.0-jdk25.jar"));
        Files.createFile(Files.createDirectory(sdk.resolve("lib")).resolve("libtornado-opencl.so"));
    }

    private static String problem(Path sdk) throws Exception {
        Path cache = Files.createTempDirectory("launcher");
        try {
            return said(
                    "tornadovm_problem \"$2\" \"$3\" \"$4\"",
                    sdk.toString(),
                    System.getProperty("java.home"),
                    cache.toString());
        } finally {
            Files.deleteIfExists(cache.resolve("tornadovm"));
            Files.delete(cache);
        }
    }

    /** What a command prints that calls a function of the launchers. */
    private static String said(String command, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "sh",
                "-euc",
                ". $1/jdk.sh; . $1/tornadovm.sh; " + command,
                "sh",
                Path.of("..", "tresnet", "bin").toString()));
        all.addAll(List.of(arguments));
        Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
        String answer = new String(process.getInputStream().readAllBytes()).strip();
        assertThat(process.waitFor()).as(answer).isZero();
        return answer;
    }
}
