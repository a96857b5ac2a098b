package dev.squall.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.BackendOptions;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A JVM in which TornadoVM's arrays have another header than 16 bytes computes what it should: vectors begin at byte 16 all the same. */
@Tag("opencl")
@EnabledIf("dev.squall.tornado.RealDevice#isPresent")
class ArrayHeaderTest {
    private static final int HEADER = 40;

    @Test
    void theSelfTestPasses() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of(System.getenv("TORNADOVM_HOME"), "tornado-argfile"),
                        "-Dtornado.recover.bailout=False",
                        "-Dtornado.panama.objectHeader=" + HEADER,
                        "-cp",
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(place -> !place.contains("tornado-sim"))
                                .collect(Collectors.joining(File.pathSeparator)),
                        ArrayHeaderTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("both are right with a header of " + HEADER);
    }

    /** Runs in the JVM that the test above starts. */
    public static void main(String[] arguments) {
        for (boolean gpu : new boolean[] {false, true}) {
            try (var backend = new TornadoVmBackend(BackendOptions.DEFAULT.withMemoryBytes(64L << 20), gpu)) {
                SelfTest.run(backend, false);
            }
        }
        System.out.println("both are right with a header of " + TornadoNativeArray.ARRAY_HEADER);
    }
}
