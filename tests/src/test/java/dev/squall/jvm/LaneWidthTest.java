package dev.squall.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.squall.backend.Backend;
import dev.squall.backend.BackendOptions;
import dev.squall.backend.reference.ReferenceBackend;
import dev.squall.jvm.runtime.Lanes;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions with vectors narrower than this machine's: each width needs a JVM of its own. */
@Tag("slow")
class LaneWidthTest {
    @ParameterizedTest
    @ValueSource(ints = {16, 32})
    void agreesWithTheReference(int bytes) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:MaxVectorSize=" + bytes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        LaneWidthTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(output).contains("lanes " + bytes / Float.BYTES);
        assertThat(process.exitValue()).as(output).isZero();
    }

    /** Runs in the JVM that {@link #agreesWithTheReference} starts. */
    public static void main(String[] arguments) {
        System.out.println("lanes " + Lanes.COUNT);
        try (Backend reference = new ReferenceBackend();
                Backend jvm = new JvmBackend(BackendOptions.DEFAULT)) {
            for (ConvolutionCase c : ConvolutionCase.all()) {
                List<float[]> expected = JvmConvolutionTest.results(reference, c);
                List<float[]> actual = JvmConvolutionTest.results(jvm, c);
                for (int i = 0; i < expected.size(); i++) {
                    double error = JvmConvolutionTest.relativeError(actual.get(i), expected.get(i));
                    if (!(error < 3e-5)) {
                        throw new AssertionError("result " + i + " of " + c + " has a relative error of " + error);
                    }
                }
            }
        }
    }
}
